"""`/markets/{market_key}`: one market in full."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.markets import MarketFigures, SideFigures
from p2p_pipeline.web.api.shapes.units import Asset, Price, PriceNumber, Shape, Share, SideName, Stranger, Time


class MarketRank(Shape):
    """A place among the markets of the same asset at the same venue."""

    by: str
    """`premium`, `spread`, `depth` or `offers`."""
    place: int
    """1 is the first; equal ones share the better place."""
    of: int


class BookAdvertiser(Shape):
    """One of those who have the most of the asset on a side."""

    advertiser_id: str | None
    name: Stranger | None
    is_merchant: bool
    offers: int
    asset: Asset
    """What all his offers have."""
    share: Share | None
    """Of what the side has; null where it has nothing."""
    best_price: Price


class PaidBy(Shape):
    """A payment method. An offer that takes several counts in full for each: shares add up to more than 1."""

    method: Stranger
    offers: int
    asset: Asset
    share: Share | None
    best_price: Price


class BookInShort(SideFigures):
    """A side of the market as its newest book has it."""

    side: SideName
    snapshot_id: str
    biggest_advertisers: list[BookAdvertiser]
    payment_methods: list[PaidBy]


class MarketHour(Shape):
    """What the market cost in an hour; null where a side had no offers, or nothing to hold it against."""

    starts_at: Time
    buy_price: PriceNumber | None
    sell_price: PriceNumber | None
    premium: Share | None


class MarketHistory(Shape):
    """The hours that somebody looked at, oldest first; a gap is an absent hour."""

    measure: str
    """`best_of_sweeps`: the mean of an hour's best prices; or a measure of `/history`."""
    hours: list[MarketHour]


class MarketChange(Shape):
    """A market side that got its first offers lately, or lost its last."""

    market_key: str
    side: SideName
    what: str
    """`appeared` or `disappeared`."""
    first_day: Time | None
    last_day: Time | None


class MarketInFull(MarketFigures):
    """Its figures, its places among others, its newest books in short, and its last weeks."""

    missing: str | None
    """Why there is nothing of sweeps, and what to do."""
    ranks: list[MarketRank]
    books: list[BookInShort]
    """Of the sides that have one."""
    history: MarketHistory | None
    changes: list[MarketChange]
