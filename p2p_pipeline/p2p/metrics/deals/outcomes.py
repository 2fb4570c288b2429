"""What became of a deal at a later look: could the same orders still be placed, and could the amount at all?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import Leg

HORIZONS_MINUTES = (1, 5, 15)
NEXT = "next"
"""The horizon of markets that are looked at too rarely for minutes: whatever the next look shows."""
TOLERANCE = 0.25
"""A look counts for a horizon when it comes at most this share of it (at least half a slot) early or late."""
LEAST_TOLERANCE_SECONDS = 20.0
NEXT_WITHIN_SECONDS = 24 * 3600.0
WORSE_SHARE = Decimal("0.002")
"""The amount counts as still placeable when it costs at most 0.2 % more than the deal did."""


@dataclass(frozen=True, slots=True)
class Later:
    """A later look: which one, and how long after the deal's."""

    place: int
    """Among the looks given."""
    seconds: float


def legs_held(deal: Deal, later: Book) -> bool:
    """Whether every leg's offer is still there at no worse a price, and takes its leg's amount."""
    places = {offer_id: place for place, offer_id in enumerate(later.offer_ids)}
    return all(_leg_held(leg, deal.side, later, places.get(leg.offer_id)) for leg in deal.legs)


def amount_held(deal: Deal, later_price: Decimal | None) -> bool:
    """Whether the amount can still be placed somewhere at no worse than `WORSE_SHARE` from the deal's price.

    `later_price` is the best price of the same amount at the later look; None when it can't be placed.
    """
    if later_price is None:
        return False
    if deal.side is Side.BUY:
        return later_price <= deal.price * (1 + WORSE_SHARE)
    return later_price >= deal.price * (1 - WORSE_SHARE)


def later_looks(at: NDArray[np.float64], first: int) -> dict[str, Later]:
    """The look for each horizon that has one: `1`, `5`, `15` minutes after look `first`, or else the next look."""
    found: dict[str, Later] = {}
    elapsed = at - at[first]
    for minutes in HORIZONS_MINUTES:
        tolerance = max(minutes * 60 * TOLERANCE, LEAST_TOLERANCE_SECONDS)
        place = int(np.abs(elapsed - minutes * 60).argmin())
        if place > first and abs(elapsed[place] - minutes * 60) <= tolerance:
            found[str(minutes)] = Later(place, float(elapsed[place]))
    if not found and first + 1 < len(at) and elapsed[first + 1] <= NEXT_WITHIN_SECONDS:
        found[NEXT] = Later(first + 1, float(elapsed[first + 1]))
    return found


def spread_evenly(moments: Sequence[int], most: int) -> list[int]:
    """At most this many of the moments, evenly over them."""
    if len(moments) <= most:
        return list(moments)
    return [moments[int(place)] for place in np.linspace(0, len(moments) - 1, most).round()]


def _leg_held(leg: Leg, side: Side, later: Book, place: int | None) -> bool:
    if place is None:
        return False
    price = later.price(place)
    if price > leg.price if side is Side.BUY else price < leg.price:
        return False
    given = leg.fiat if side is Side.BUY else leg.asset
    ticks = given.scaleb(later.tick_scale)
    return int(later.minima[place]) <= ticks <= int(later.maxima[place])
