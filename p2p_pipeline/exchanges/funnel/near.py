"""How near an edge the best prices of a symbol are at each exchange, both taker fees taken off. Floats may search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import nlargest, nsmallest


@dataclass(frozen=True, slots=True)
class BestPrices:
    """Of one symbol at one exchange; `taker_fee` is a fraction."""

    bid: float
    ask: float
    taker_fee: float


def near_edges(prices: Mapping[str, BestPrices]) -> dict[str, float]:
    """By exchange the best edge in per cent of any trade of one symbol that it takes part in, buying or selling there.

    An exchange that nobody can be traded against has none.
    """
    asks = {name: one.ask * (1 + one.taker_fee) for name, one in prices.items() if one.ask > 0}
    bids = {name: one.bid * (1 - one.taker_fee) for name, one in prices.items() if one.bid > 0}
    dearest, cheapest = _two(nlargest, bids), _two(nsmallest, asks)
    edges: dict[str, float] = {}
    for name in prices:
        found = []
        sells_at = next((bids[other] for other in dearest if other != name), None)
        if name in asks and sells_at is not None:
            found.append(sells_at / asks[name] - 1)
        buys_at = next((asks[other] for other in cheapest if other != name), None)
        if name in bids and buys_at is not None:
            found.append(bids[name] / buys_at - 1)
        if found:
            edges[name] = 100 * max(found)
    return edges


def _two(pick: Callable[..., list[str]], amounts: Mapping[str, float]) -> list[str]:
    return pick(2, amounts, key=amounts.__getitem__)
