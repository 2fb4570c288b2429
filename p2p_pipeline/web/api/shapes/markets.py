"""`/markets` and `/board`: what is watched, and what a usual amount costs there now."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Amount, Asset, Price, Seconds, Shape, Share, SideName, Time


class WatchedMarket(Shape):
    """A market of the settings."""

    market_key: str
    venue: str
    asset: str
    fiat: str


class WatchedMarkets(Shape):
    """The markets, and the names of the profiles."""

    items: list[WatchedMarket]
    profiles: list[str]


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
