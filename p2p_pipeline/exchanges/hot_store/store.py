"""What every hot store offers, and what one board changes in the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.events import Level

REDIS_VARIABLE = "P2P_REDIS_URL"
"""The environment's name for the address of a Redis."""
FEED_LENGTH = 500
"""Boards whose changes are kept: 40 minutes of a scan every five seconds."""


@dataclass(frozen=True, slots=True)
class StoredBook:
    """The newest live snapshot of one book, its first levels as the exchange spelled them, best first."""

    exchange: str
    symbol: str
    """BASE/QUOTE."""
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    at: datetime
    """When its last change was received."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What a board changed: whoever has the board `after` and applies it has the board `sequence`."""

    service: str
    after: int
    """0: nothing is needed before it."""
    sequence: int
    at: datetime
    changed: tuple[SeenOpportunity, ...]
    """Appeared, or found again with other numbers."""
    gone: tuple[str, ...]
    """Keys that no scan finds any more."""


class HotStore(Protocol):
    """Where the newest board lies. Reading never raises: what can't be read is not there."""

    def publish(self, board: Board, books: Sequence[StoredBook] = ()) -> None:
        """Replace the newest board; `books` are those that changed since the last one."""

    def newest(self) -> Board | None:
        """The newest board; None before the first."""

    def changes_since(self, service: str, sequence: int) -> tuple[FeedEntry, ...] | None:
        """What came after that board of that service, oldest first, empty when it is the newest.

        None when it can't be told any more (another service, or too long ago): begin again with `newest`.
        """

    def book(self, exchange: str, symbol: str) -> StoredBook | None:
        """The newest snapshot of a book; None where there is none."""


def feed_entry(before: Board | None, board: Board) -> FeedEntry:
    """What `board` changes in the one before it; everything, where that is of another service."""
    known = {} if before is None or before.service != board.service else {one.key: one for one in before.opportunities}
    return FeedEntry(
        service=board.service,
        after=0 if before is None or before.service != board.service else before.sequence,
        sequence=board.sequence,
        at=board.scan.at,
        changed=tuple(one for one in board.opportunities if known.get(one.key) != one),
        gone=tuple(known.keys() - {one.key for one in board.opportunities}),
    )


def entries_after(
    entries: Sequence[FeedEntry], newest: Board | None, service: str, sequence: int
) -> tuple[FeedEntry, ...] | None:
    """Of the kept entries, oldest first, those that lead from that board to the newest; None where none do."""
    if newest is None or newest.service != service:
        return None
    if newest.sequence == sequence:
        return ()
    led = [entry for entry in entries if entry.service == service and entry.sequence > sequence]
    reached = sequence
    for entry in led:
        if entry.after != reached:
            return None
        reached = entry.sequence
    return tuple(led) if reached == newest.sequence else None
