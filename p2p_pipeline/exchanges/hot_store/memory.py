"""A hot store within one process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.store import FEED_LENGTH, FeedEntry, StoredBook, entries_after, feed_entry


class MemoryStore:
    """See HotStore. May be used by several threads."""

    def __init__(self, feed_length: int = FEED_LENGTH) -> None:
        self._board: Board | None = None
        self._books: dict[tuple[str, str], StoredBook] = {}
        self._feed: deque[FeedEntry] = deque(maxlen=feed_length)
        self._mutex = threading.Lock()

    def publish(self, board: Board, books: Sequence[StoredBook] = ()) -> None:
        """See HotStore."""
        with self._mutex:
            self._feed.append(feed_entry(self._board, board))
            self._board = board
            self._books.update(((book.exchange, book.symbol), book) for book in books)

    def newest(self) -> Board | None:
        """See HotStore."""
        return self._board

    def changes_since(self, service: str, sequence: int) -> tuple[FeedEntry, ...] | None:
        """See HotStore."""
        with self._mutex:
            return entries_after(self._feed, self._board, service, sequence)

    def book(self, exchange: str, symbol: str) -> StoredBook | None:
        """See HotStore."""
        return self._books.get((exchange, symbol))
