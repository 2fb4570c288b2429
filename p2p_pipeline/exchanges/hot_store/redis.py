"""The hot store in Redis: the newest board, newest snapshots of books, the opportunities, a feed of their changes.

Keys: `board`, `book:<exchange>:<BASE/QUOTE>` (each ends ten minutes after it was last written), the list
`opportunities` (best edge first), the stream `opportunities_feed`; all values are JSON.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_json import (
    UnreadableBoard,
    board_from_json,
    board_to_json,
    book_from_json,
    book_to_json,
    entry_from_json,
    entry_to_json,
    opportunity_to_json,
)
from p2p_pipeline.exchanges.hot_store.store import (
    FEED_LENGTH,
    REDIS_VARIABLE,
    FeedEntry,
    StoredBook,
    entries_after,
    feed_entry,
)
from p2p_pipeline.kernel.errors import InvalidInput

BOARD, OPPORTUNITIES, FEED, ENTRY = "board", "opportunities", "opportunities_feed", b"entry"
BOOK_SECONDS = 600
"""A book that has not changed for so long, or is not watched any more, is no snapshot of anything."""
_PATIENCE_SECONDS = 1.0
_BOOKS_A_REQUEST = 500

logger = logging.getLogger(__name__)


class RedisStore:
    """See HotStore. A server that is gone costs its copy and one line; it gets everything when it is back."""

    def __init__(self, url: str, feed_length: int = FEED_LENGTH) -> None:
        """Raises InvalidInput for what is no address of a Redis."""
        try:
            self._redis: Any = Redis.from_url(
                url,
                socket_timeout=_PATIENCE_SECONDS,
                socket_connect_timeout=_PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError:
            # The address may hold a password: it is not repeated.
            raise InvalidInput(
                "{variable} is no address of a Redis; write redis://host:6379/0", variable=REDIS_VARIABLE
            ) from None
        self._feed_length = feed_length
        self._before: Board | None = None
        self._books: dict[tuple[str, str], StoredBook] = {}
        self._is_gone = False

    def publish(self, board: Board, books: Sequence[StoredBook] = ()) -> None:
        """See HotStore."""
        self._books.update(((book.exchange, book.symbol), book) for book in books)
        # One that was away may have begun again with nothing.
        sent = list(books) if self._before is not None else list(self._books.values())
        try:
            self._send(board, sent)
        except RedisError as error:
            self._before = None
            if not self._is_gone:
                logger.warning("Redis does not answer (%s); the pages read the file, and it is tried again", error)
            self._is_gone = True
            return
        if self._is_gone:
            logger.warning("Redis answers again and has everything")
        self._is_gone, self._before = False, board

    def _send(self, board: Board, books: Sequence[StoredBook]) -> None:
        for begin in range(0, len(books), _BOOKS_A_REQUEST):
            part = books[begin : begin + _BOOKS_A_REQUEST]
            with self._redis.pipeline(transaction=False) as together:
                for book in part:
                    together.set(_book_key(book.exchange, book.symbol), book_to_json(book), ex=BOOK_SECONDS)
                together.execute()
        with self._redis.pipeline(transaction=True) as together:
            together.set(BOARD, board_to_json(board))
            together.delete(OPPORTUNITIES)
            if board.opportunities:
                together.rpush(OPPORTUNITIES, *map(opportunity_to_json, board.opportunities))
            entry = entry_to_json(feed_entry(self._before, board))
            together.xadd(FEED, {ENTRY: entry}, maxlen=self._feed_length, approximate=False)
            together.execute()

    def newest(self) -> Board | None:
        """See HotStore."""
        try:
            text = self._redis.get(BOARD)
            return None if text is None else board_from_json(text)
        except (RedisError, UnreadableBoard):
            return None

    def changes_since(self, service: str, sequence: int) -> tuple[FeedEntry, ...] | None:
        """See HotStore."""
        newest = self.newest()
        if newest is None or newest.service != service:
            return None
        if newest.sequence == sequence:
            return ()
        try:
            count = max(1, newest.sequence - sequence)
            kept = self._redis.xrevrange(FEED, count=min(count, self._feed_length))
            entries = [entry_from_json(fields[ENTRY]) for _, fields in reversed(kept)]
        except (RedisError, UnreadableBoard, KeyError):
            return None
        return entries_after(entries, newest, service, sequence)

    def book(self, exchange: str, symbol: str) -> StoredBook | None:
        """See HotStore."""
        try:
            text = self._redis.get(_book_key(exchange, symbol))
            return None if text is None else book_from_json(text)
        except (RedisError, UnreadableBoard):
            return None

    def close(self) -> None:
        """End its connections."""
        self._redis.close()


def _book_key(exchange: str, symbol: str) -> str:
    return f"book:{exchange}:{symbol}"
