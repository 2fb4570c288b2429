"""`/offers`: the offers of a book, and of which book."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import (
    Asset,
    Fiat,
    Paged,
    Price,
    Seconds,
    Shape,
    Share,
    SideName,
    Stranger,
    Time,
)


class BookOffer(Shape):
    """One offer, by the columns of the table `offers`."""

    offer_id: str
    advertiser_id: str | None
    advertiser_name: Stranger | None
    price: Price
    min_fiat: Fiat
    max_fiat: Fiat
    """What it can fill now; below `min_fiat` it can't fill its own minimum."""
    stated_max_fiat: Fiat
    available_asset: Asset
    payment_methods: list[str]
    """Canonical codes; of methods that aren't known, a stranger's words."""
    completion_rate: Share | None
    orders_30d: int | None
    is_merchant: bool
    is_promoted: bool
    payment_minutes: int | None
    """How long it gives to pay."""
    remark: Stranger | None


class BookOffers(Paged):
    """Offers of one book, best price first. All pages are of the book that the first was of."""

    items: list[BookOffer]
    market_key: str
    side: SideName
    snapshot_id: str
    snapshot_at: Time
    is_complete: bool
    """Whether the whole book was read."""
    asked_at: Time
    age_seconds: Seconds
    is_stale: bool
