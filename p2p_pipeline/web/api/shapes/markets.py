"""`/markets` and `/board`: all known markets in figures, and what a usual amount costs in those watched."""

from __future__ import annotations

from datetime import date

from p2p_pipeline.web.api.shapes.units import (
    Amount,
    Asset,
    Paged,
    Price,
    Rate,
    Seconds,
    Shape,
    Share,
    SideName,
    Time,
)


class SideFigures(Shape):
    """One side of a market, as it was read last."""

    offers: int
    advertisers: int
    best_price: Price | None
    """Of the offers that can fill their own minimum; null without any."""
    near_asset: Asset
    """What those of them have whose price is at most 1 % from the best."""
    total_asset: Asset
    """What all offers have."""
    read_at: Time
    is_complete: bool
    """Whether it was read to its end."""


class Premium(Shape):
    """How much more a dollar's token costs in a fiat than a dollar."""

    share: Share
    rate: Price
    """The fiat for one of the asset: the middle of both sides' median prices."""
    reference_rate: Rate
    """The fiat for one dollar."""
    reference: str
    """Who says so: a source of reference rates, or `implied by BTC`."""
    reference_date: date | None


class MarketFigures(Shape):
    """Both sides of a market."""

    market_key: str
    venue: str
    asset: str
    fiat: str
    known_from: str
    """`sweep` (the warehouse), `book` (the newest books), or `nowhere`: watched, and nothing was collected yet."""
    read_at: Time | None
    """The older of both readings."""
    premium: Premium | None
    spread: Share | None
    """Lost by buying and selling back at both best prices."""
    offers: int
    advertisers: int
    """On both sides together, each once."""
    buy: SideFigures | None
    sell: SideFigures | None
    is_watched: bool
    """Whether it stands in the settings."""


class KnownMarkets(Paged):
    """All known markets by key, and the names of the profiles."""

    items: list[MarketFigures]
    profiles: list[str]
    missing: str | None
    """Why there is nothing of sweeps, and what to do."""


class BoardRow(Shape):
    """One market side at its usual amount."""

    market_key: str
    side: SideName
    amount: Amount | None
    best_single: Price | None
    best_split: Price | None
    splits: int
    spread: Share | None
    """Lost by buying and selling back at once."""
    depth_asset: Asset | None
    """Within 1 % of the best executable price."""
    offers: int
    age_seconds: Seconds | None
    is_stale: bool
    is_sound: bool
    trouble: str
    """What is wrong, in a few words; `ok` when nothing is."""
    is_undecided: bool


class Board(Shape):
    """Every watched market side."""

    asked_at: Time
    rows: list[BoardRow]
