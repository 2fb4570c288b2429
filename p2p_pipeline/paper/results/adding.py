"""Trades added up in groups, and the equity that their changes of money make. Pure; only inside EXACT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from p2p_pipeline.exchanges.scan.exact import rounded_quotient
from p2p_pipeline.paper.results.parts import Drawdown, EquityPoint, Sums, Trade

Key = TypeVar("Key", str, int)
_NOTHING = Decimal(0)


def summed(trades: Iterable[Trade]) -> Sums:
    """What they came to."""
    count = wins = 0
    realised = fees = funding = net = _NOTHING
    for trade in trades:
        count += 1
        wins += trade.realised > 0
        realised += trade.realised
        fees += trade.fees
        funding += trade.funding
        net += trade.net
    return Sums(count, wins, realised, fees, funding, net)


def grouped(trades: Sequence[Trade], key: Callable[[Trade], Key]) -> dict[Key, Sums]:
    """The same by a key, in its order."""
    groups: dict[Key, list[Trade]] = {}
    for trade in trades:
        groups.setdefault(key(trade), []).append(trade)
    return {name: summed(groups[name]) for name in sorted(groups)}


def drawdown_of(points: Sequence[EquityPoint]) -> Drawdown:
    """The deepest fall from a highest equity before it; the earliest of equals."""
    highest = points[0]
    deepest, start, end = _NOTHING, points[0], points[0]
    for point in points:
        if point.equity > highest.equity:
            highest = point
        if highest.equity - point.equity > deepest:
            deepest, start, end = highest.equity - point.equity, highest, point
    pct = rounded_quotient(deepest * 100, start.equity) if start.equity > 0 else None
    return Drawdown(deepest, pct, start.at, end.at)
