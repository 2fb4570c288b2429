"""Where a market stands among others, and in which order a table shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from p2p_pipeline.p2p.metrics.markets.figures import MarketFigures


class SortedBy(StrEnum):
    """What a table of markets can be sorted by."""

    MARKET = "market"
    PREMIUM = "premium"
    SPREAD = "spread"
    DEPTH = "depth"
    OFFERS = "offers"
    ADVERTISERS = "advertisers"
    AGE = "age"


_FIGURES: Mapping[SortedBy, Callable[[MarketFigures], Any]] = {
    SortedBy.PREMIUM: lambda one: one.premium.share if one.premium else None,
    SortedBy.SPREAD: lambda one: one.spread,
    SortedBy.DEPTH: lambda one: one.near_asset,
    SortedBy.OFFERS: lambda one: one.offers if one.sides else None,
    SortedBy.ADVERTISERS: lambda one: one.advertisers if one.sides else None,
    # The most recently read is the youngest: by age, not by clock.
    SortedBy.AGE: lambda one: -one.read_at.timestamp() if one.read_at else None,
}
LARGEST_FIRST = frozenset({SortedBy.PREMIUM, SortedBy.DEPTH, SortedBy.OFFERS, SortedBy.ADVERTISERS})
"""What one looks for the most of; of the others for the least."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A place among markets that have the figure."""

    by: SortedBy
    place: int
    """1 is the first; equal ones share the better place."""
    of: int

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


def sorted_markets(markets: Sequence[MarketFigures], by: SortedBy, *, is_descending: bool) -> list[MarketFigures]:
    """By a figure, equal ones by key; those without the figure come last, in either direction."""
    if by is SortedBy.MARKET:
        return sorted(markets, key=lambda one: one.market.key, reverse=is_descending)
    figure = _FIGURES[by]
    in_order = sorted(markets, key=lambda one: one.market.key)
    having = [one for one in in_order if figure(one) is not None]
    having.sort(key=figure, reverse=is_descending)
    return having + [one for one in in_order if figure(one) is None]


def ranks_of(market: MarketFigures, markets: Sequence[MarketFigures]) -> list[Rank]:
    """Its places among the markets of the same asset at the same venue, by each figure that it has."""
    others = [
        one for one in markets if (one.market.asset, one.market.venue) == (market.market.asset, market.market.venue)
    ]
    found = []
    for by in (SortedBy.PREMIUM, SortedBy.SPREAD, SortedBy.DEPTH, SortedBy.OFFERS):
        figure = _FIGURES[by]
        own, values = figure(market), [value for one in others if (value := figure(one)) is not None]
        if own is not None:
            better = sum(value > own if by in LARGEST_FIRST else value < own for value in values)
            found.append(Rank(by, better + 1, len(values)))
    return found
