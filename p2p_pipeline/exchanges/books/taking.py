"""A frame told to the books of its exchange, the same way live and in a replay."""

from __future__ import annotations

from p2p_pipeline.exchanges.books.actions import Action
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage

LISTS_SESSION, TOKEN_SESSION = "lists", "token"
_OF_NO_BOOK = frozenset({LISTS_SESSION, TOKEN_SESSION})
_ANSWERED = 200


def take_frame(books: ExchangeBooks, frame: Frame, now_ns: int) -> list[Action]:
    """What a frame makes of the books, and what the edge is to do about it.

    Answers of REST that no book is in, or that are a refusal, are recorded and not told to the books.
    """
    if frame.passage is Passage.NOTE:
        return []
    if frame.passage is Passage.REST and (frame.status != _ANSWERED or frame.connection in _OF_NO_BOOK):
        return []
    return books.take(frame, now_ns)
