"""How the exchanges are and what is watched of them, in counts that a sentence can be made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from p2p_pipeline.exchanges.board import Board, Watched

STALE_SCANS = 6
"""A board that so many scans should have followed is told as stale: nothing on it is of now."""


@dataclass(frozen=True, slots=True)
class ExchangesSummed:
    """All exchanges in short."""

    exchanges: int
    live: int
    states: Mapping[str, int]
    """How many are in each state."""
    books_live: int
    books_wanted: int
    """Books whose depth is watched."""
    symbols: int
    """Of so many symbols."""


def summed(board: Board) -> ExchangesSummed:
    """How many exchanges are in which state, and of how many books."""
    states = Counter(one.state for one in board.exchanges)
    return ExchangesSummed(
        len(board.exchanges),
        states["live"],
        dict(sorted(states.items())),
        sum(one.books_live for one in board.exchanges),
        sum(one.books_wanted for one in board.exchanges),
        len({one.symbol for one in board.watched}),
    )


def watched_by_symbol(board: Board) -> tuple[tuple[str, tuple[Watched, ...]], ...]:
    """Whose depth is watched, by symbol: those nearest to an edge first."""
    found: dict[str, list[Watched]] = {}
    for one in board.watched:
        found.setdefault(one.symbol, []).append(one)

    def nearest(watched: list[Watched]) -> float:
        return -max((float(one.near_edge_pct) for one in watched if one.near_edge_pct is not None), default=-1e9)

    order = sorted(found.items(), key=lambda item: (nearest(item[1]), item[0]))
    return tuple((symbol, tuple(sorted(watched, key=lambda one: one.exchange))) for symbol, watched in order)


def age_seconds(board: Board, now: datetime) -> float:
    """How long ago the board's scan was."""
    return max(0.0, (now - board.scan.at).total_seconds())


def is_stale(board: Board, now: datetime, scan_seconds: float) -> bool:
    """Whether scans have stopped coming."""
    return age_seconds(board, now) > STALE_SCANS * scan_seconds
