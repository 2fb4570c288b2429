"""How an exchange is, in one word and its numbers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from p2p_pipeline.exchanges.books.sequencer import State


def state_of(*, is_unreachable: bool, is_up: bool, in_maintenance: bool, books: Iterable[State]) -> str:
    """The word; `books` are the states of those whose depth is watched.

    It is live as long as half of its books are: one that re-syncs is no trouble of its exchange.
    """
    if is_unreachable:
        return "unreachable"
    if in_maintenance:
        return "maintenance"
    if not is_up:
        return "connecting"
    counted = Counter(books)
    if 2 * counted[State.LIVE] >= counted.total():
        return "live"
    return "stale" if counted[State.STALE] > counted.total() // 2 else "resyncing"
