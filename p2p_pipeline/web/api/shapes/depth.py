"""`/depth`: a book by price."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Asset, Fiat, Price, Seconds, Shape, SideName, Time


class Level(Shape):
    """All offers at one price."""

    price: Price
    offers: int
    asset: Asset
    cumulative_asset: Asset
    """At this price and all better ones."""
    cumulative_fiat: Fiat


class Depth(Shape):
    """The best prices of a book, best first, as stated: no amount need be able to take them."""

    market_key: str
    side: SideName
    snapshot_at: Time
    asked_at: Time
    age_seconds: Seconds
    is_stale: bool
    is_complete: bool
    levels: list[Level]
