"""`/quotes`: what an amount costs."""

from __future__ import annotations

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import (
    Amount,
    Asset,
    Fiat,
    Price,
    Seconds,
    Shape,
    Share,
    SideName,
    Stranger,
    Time,
)
from p2p_pipeline.web.api.shapes.warnings import DataWarning


class Order(Shape):
    """One order at one offer, and whose it is."""

    offer_id: str
    fiat: Fiat
    asset: Asset
    price: Price
    advertiser_id: str | None = None
    advertiser_name: Stranger | None = None
    is_merchant: bool | None = None
    completion_rate: Share | None = None
    orders_30d: int | None = None
    min_fiat: Fiat | None = None
    max_fiat: Fiat | None = None
    """What it can really fill now, not what it states."""
    payment_methods: list[str] = Field(default_factory=list)
    payment_minutes: int | None = None
    """How long it gives to pay."""


class Split(Shape):
    """An amount spread over several offers."""

    price: Price
    fiat: Fiat
    asset: Asset
    legs: list[Order]


class Quote(Shape):
    """What an amount costs in one snapshot under one profile."""

    market_key: str
    side: SideName
    snapshot_id: str
    snapshot_at: Time
    is_complete: bool
    """Whether the whole book was read."""
    profile: str
    payment_methods: list[str]
    amount: Amount
    best_single: Order | None
    best_split: Split | None
    """Never worse than the best single offer."""
    greedy_price: Price | None
    """What buying from the best price on would cost; null where that does not place the amount."""
    proven_gap: Share | None
    """At most so much better a split could exist; 0 where this one is proven to be the best."""
    is_proven: bool
    is_executable: bool
    reason: str | None
    """Why the amount can't be placed, as a kind; null when it can."""
    explanation: str | None
    """The same in words."""
    nearest_below: Amount | None
    """The nearest smaller amount that can be placed."""
    nearest_above: Amount | None
    is_nearest_proven: bool | None
    would_more_steps_help: bool


class UsualCost(Shape):
    """What a profile cost over the week before."""

    amount: Amount
    looks: int
    placed: int
    median: Share | None
    low: Share | None
    high: Share | None


class ProfileCost(Shape):
    """What another profile would make of the same amount in the same book."""

    profile: str
    price: Price | None
    cost_against_wide: Share | None
    is_executable: bool
    reason: str | None
    explanation: str | None
    usual: UsualCost | None


class PricedQuote(Quote):
    """A quote, how old its book is, and what each profile would make of it."""

    asked_at: Time
    age_seconds: Seconds
    is_stale: bool
    """Older than the settings allow: nobody may trade at it any more."""
    profiles: list[ProfileCost]
    warnings: list[DataWarning]
    """What is wrong with the data of this side now; of a time that has been nothing is said."""
