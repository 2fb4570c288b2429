"""Whether the symbols that are watched can form a round trip at all: without one, finding none says nothing."""

from __future__ import annotations

from collections.abc import Iterable

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.settings import ExchangesSettings


def symbols_watched(settings: ExchangesSettings, board: Board | None) -> frozenset[str]:
    """Those of the settings, and those that a service started with others shows to watch."""
    found = {*settings.symbols, *settings.watch_depth}
    if board is not None:
        found.update(one.symbol for one in board.watched)
        found.update(one.found.symbol for one in board.opportunities)
    return frozenset(found)


def has_round_trip(symbols: Iterable[str], starts: Iterable[str], longest: int) -> bool:
    """Whether a way of at least three legs leads from a start back to it, no asset on it twice."""
    beside: dict[str, set[str]] = {}
    for symbol in symbols:
        base, _, quote = symbol.partition("/")
        beside.setdefault(base, set()).add(quote)
        beside.setdefault(quote, set()).add(base)

    def comes_back(way: tuple[str, ...]) -> bool:
        if len(way) >= 3 and way[0] in beside[way[-1]]:
            return True
        return len(way) < longest and any(comes_back((*way, asset)) for asset in beside[way[-1]] - set(way))

    return any(comes_back((start,)) for start in starts if start in beside)
