"""`/combos`: one fiat into another."""

from __future__ import annotations

from datetime import date

from p2p_pipeline.web.api.shapes.quotes import Split
from p2p_pipeline.web.api.shapes.units import (
    Amount,
    Asset,
    Fiat,
    Rate,
    RateNumber,
    Seconds,
    Shape,
    Share,
    SideName,
    Time,
)


class ComboLeg(Shape):
    """One of the two exchanges of a route."""

    asked: Amount
    left_over: Amount
    best_split: Split | None
    proven_gap: Share | None
    reason: str | None
    explanation: str | None


class Legs(Shape):
    """Buying the asset with what is given, and selling it for what is wanted."""

    buy: ComboLeg | None
    sell: ComboLeg | None


class LegTimes(Shape):
    """Of the two books."""

    buy: Time | None
    sell: Time | None


class LegAges(Shape):
    """Of the two books."""

    buy: Seconds | None
    sell: Seconds | None


class LegsStale(Shape):
    """Whether nobody may trade at them any more."""

    buy: bool | None
    sell: bool | None


class Route(Shape):
    """One way from one fiat into the other."""

    asset: str
    buy_market_key: str
    sell_market_key: str
    needs_transfer: bool
    """Whether the asset has to be sent from one venue to the other."""
    fee_asset: Asset | None
    effective_rate: Rate | None
    """What one unit of the source becomes, all told."""
    target_received: Fiat | None
    spent_source: Fiat | None
    bought_asset: Asset | None
    sold_asset: Asset | None
    left_over_asset: Asset | None
    left_over_source: Fiat | None
    mid_rate: Rate | None
    loss_against_mid: Share | None
    no_mid_because: str | None
    legs: Legs
    is_executable: bool
    reason: str | None
    explanation: str | None
    snapshot_times: LegTimes
    age_seconds: LegAges
    is_stale: LegsStale
    apart_seconds: Seconds | None
    """How far apart the two books are: beyond a slot they never stood side by side."""
    warnings: list[str]


class Combo(Shape):
    """Every route, best first."""

    source: str
    target: str
    amount: Fiat
    profile: str
    payment_methods: list[str]
    max_splits: int
    asked_at: Time
    is_executable: bool
    reason: str | None
    explanation: str | None
    would_more_steps_help: bool
    routes: list[Route]


class ComboDay(Shape):
    """What the exchange was worth on a UTC day; rates are null where it could never be carried out."""

    day: date
    seen: int
    """Looks at the books of all legs."""
    executable: int
    """Those of them in which the amount could be placed."""
    hours: int
    low: RateNumber | None
    median: RateNumber | None
    high: RateNumber | None


class ComboHistory(Shape):
    """The best route's rate, a row a day."""

    source: str
    target: str
    market_key: str
    side: SideName
    measure: str
    profile: str
    step: int
    amount: Fiat
    """The kept size nearest to the amount asked for."""
    history: list[ComboDay]
