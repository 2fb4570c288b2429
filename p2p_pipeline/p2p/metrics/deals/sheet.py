"""One snapshot's offers as columns, and what they say about a deal in them.

Here: room to spare, the distance to the next offers, the deals that a book allows. Floats will do: nothing here is
paid, and what is (legs, prices) comes from the book. Not here: the past (past.py, prices.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import SLOT_SECONDS, Offer, Profile, Side
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import Leg, Quote

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

OTHER_SIDE_WITHIN_SECONDS = 300.0
"""How old the other side's snapshot may be."""
SAME_SWEEP_SECONDS = float(SLOT_SECONDS)
"""How much later it may come and still belong to the same sweep."""
NEAR_SHARE = 0.002
"""What counts as near a price: 0.2 % worse than it at most."""
NEXT_OFFERS = 5
"""A leg's lead is measured against the median of this many offers that could take it instead."""
LEAST_NEXT_OFFERS = 2
OTHER_SIDE_OFFERS = 3
"""The other side's price is the median of this many of its best: a single best one is a teaser too often."""
SINGLE_RANKS = (2, 3, 5, 8)
"""Besides the best deal, these single offers are judged in a calibration, so that scores vary."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One side of one snapshot, as columns in the snapshot's order."""

    side: Side
    offer_ids: Sequence[str]
    advertiser_ids: Sequence[str | None]
    price: Floats
    min_fiat: Floats
    max_fiat: Floats
    available_asset: Floats
    completion_rate: Sequence[float | None]
    orders_30d: Sequence[int | None]
    is_admitted: NDArray[np.bool_]
    """The profile's verdict."""

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Where each offer stands."""
        return {offer_id: place for place, offer_id in enumerate(self.offer_ids)}

    @cached_property
    def badness(self) -> Floats:
        """The price turned so that lower is better for the taker."""
        return self.price if self.side is Side.BUY else -self.price

    def headroom(self, leg: Leg) -> float:
        """How much more the leg's offer takes than the leg, as a share of it."""
        place = self.place_of[leg.offer_id]
        if self.side is Side.BUY:
            return max(0.0, float(self.max_fiat[place]) / float(leg.fiat) - 1)
        most = min(self.max_fiat[place] / self.price[place], self.available_asset[place])
        return max(0.0, float(most) / float(leg.asset) - 1)

    def used(self, leg: Leg) -> float:
        """The share of the offer's quantity that the leg takes, 0..1."""
        available = float(self.available_asset[self.place_of[leg.offer_id]])
        return min(1.0, float(leg.asset) / available) if available > 0 else 1.0

    def limits_ratio(self, leg: Leg) -> float:
        """The largest over the smallest order of the leg's offer; infinite for an offer without a minimum."""
        place = self.place_of[leg.offer_id]
        return (
            max(1.0, float(self.max_fiat[place] / self.min_fiat[place])) if self.min_fiat[place] > 0 else float("inf")
        )

    def near_cover(self, deal: Deal) -> float:
        """How many times the amount the admitted offers take at no worse than `NEAR_SHARE` from the deal's price."""
        amount = float(sum(leg.fiat for leg in deal.legs))
        worst = float(deal.price) * (1 + NEAR_SHARE if self.side is Side.BUY else 1 - NEAR_SHARE)
        limit = worst if self.side is Side.BUY else -worst
        near = self.is_admitted & (self.badness <= limit) & (self.min_fiat <= amount)
        return float(self.max_fiat[near & (self.max_fiat >= self.min_fiat)].sum()) / amount

    def lead(self, leg: Leg) -> float | None:
        """How far the leg's price lies beyond the next offers that could take the leg, a share.

        None when fewer than two offers of other advertisers could: then there is nothing to compare with.
        """
        place, fiat = self.place_of[leg.offer_id], float(leg.fiat)
        able = (self.min_fiat <= fiat) & (self.max_fiat >= fiat)
        able[place] = False
        own = self.advertiser_ids[place]
        if own is not None:
            able &= np.array([advertiser != own for advertiser in self.advertiser_ids], dtype=bool)
        others = np.sort(self.badness[able])[:NEXT_OFFERS]
        if len(others) < LEAST_NEXT_OFFERS:
            return None
        middle = float(np.median(others))
        return (middle - float(self.badness[place])) / abs(middle)

    def top_price(self, fiat: float) -> float | None:
        """What a single order of this much fiat gets about the best price of: the median of the first few."""
        able = np.sort(self.badness[(self.min_fiat <= fiat) & (self.max_fiat >= fiat)])[:OTHER_SIDE_OFFERS]
        return abs(float(np.median(able))) if len(able) else None


def crossing(deal: Deal, other: Sheet | None) -> float | None:
    """How far a deal's price lies beyond what the other side pays for as much, a share; None without the other side."""
    if other is None:
        return None
    pays = other.top_price(float(sum(leg.fiat for leg in deal.legs)))
    if pays is None:
        return None
    gain = pays - float(deal.price) if deal.side is Side.BUY else float(deal.price) - pays
    return gain / pays


def sheet_of_rows(side: Side, offers: pa.Table, profile: Profile) -> Sheet:
    """A sheet of rows of the table `offers`, all of one snapshot."""
    rates, orders = offers.column("completion_rate").to_pylist(), offers.column("orders_30d").to_pylist()
    columns = zip(
        offers.column("payment_methods").to_pylist(), rates, orders, offers.column("is_merchant").to_pylist(),
        strict=True,
    )  # fmt: skip
    return Sheet(
        side=side,
        offer_ids=offers.column("offer_id").to_pylist(),
        advertiser_ids=offers.column("advertiser_id").to_pylist(),
        price=_floats(offers, "price"),
        min_fiat=_floats(offers, "min_fiat"),
        max_fiat=_floats(offers, "max_fiat"),
        available_asset=_floats(offers, "available_asset"),
        completion_rate=rates,
        orders_30d=orders,
        is_admitted=np.array([profile.admits(*row) for row in columns], dtype=bool),
    )


def sheet_of_offers(side: Side, offers: Sequence[Offer], is_admitted: Sequence[bool]) -> Sheet:
    """A sheet of parsed offers."""

    def floats(name: str) -> Floats:
        return np.array([float(getattr(offer, name)) for offer in offers], dtype=np.float64)

    return Sheet(
        side=side,
        offer_ids=[offer.offer_id for offer in offers],
        advertiser_ids=[offer.advertiser_id for offer in offers],
        price=floats("price"),
        min_fiat=floats("min_fiat"),
        max_fiat=floats("max_fiat"),
        available_asset=floats("available_asset"),
        completion_rate=[offer.completion_rate for offer in offers],
        orders_30d=[offer.orders_30d for offer in offers],
        is_admitted=np.array(is_admitted, dtype=bool),
    )


def best_deal(quote: Quote) -> Deal | None:
    """The deal of a quote: its best split, which is a single offer where that is best; None when there is none."""
    split = quote.best_split
    return None if split is None else Deal(quote.side, quote.amount, split.price, split.legs)


def single_deals(book: Book, amount: Decimal, ranks: Sequence[int] = (1, *SINGLE_RANKS)) -> dict[int, Deal]:
    """The deals with one offer each: by rank among the offers that take the whole amount, 1 for the best."""
    ticks = int(amount.scaleb(book.tick_scale))
    able = np.flatnonzero((book.minima <= ticks) & (book.maxima >= ticks))
    found = {}
    for rank in ranks:
        if rank <= len(able):
            place = int(able[rank - 1])
            leg = _single_leg(book, place, amount)
            found[rank] = Deal(book.side, amount, leg.price, (leg,))
    return found


def _single_leg(book: Book, place: int, amount: Decimal) -> Leg:
    price, finest = book.price(place), Decimal(1).scaleb(-book.other_scale)
    if book.side is Side.BUY:
        return Leg(book.offer_ids[place], price, amount, amount / price // finest * finest)
    return Leg(book.offer_ids[place], price, amount * price // finest * finest, amount)


def _floats(offers: pa.Table, name: str) -> Floats:
    values: Floats = offers.column(name).cast("float64").to_numpy()
    return values
