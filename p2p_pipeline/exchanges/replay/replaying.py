"""Frames to the books of their exchanges, under the clock of the frames. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from p2p_pipeline.exchanges.books.actions import Action
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.taking import take_frame
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of

DUE_EVERY_NS = 100_000_000
"""How often timers are looked at, by the frames' own time."""


def books_of(exchange: str) -> ExchangeBooks:
    """Fresh books of an exchange. Raises InvalidInput for one that is not known."""
    return ExchangeBooks(exchange, wire_of(exchange), lists_of(exchange))


class Replay:
    """Takes frames in the order in which they were received. What the books ask for was answered then, or never is.

    Each exchange has the time of its own frames: recordings of different years can be one replay.
    """

    def __init__(self, make: Callable[[str], ExchangeBooks] = books_of) -> None:
        self.books: dict[str, ExchangeBooks] = {}
        self._make = make
        self._now_ns: dict[str, int] = {}
        self._due_ns: dict[str, int] = {}

    def take(self, frame: Frame) -> list[Action]:
        """One frame; what live would have been asked to do, for whoever wants to know."""
        if frame.passage is Passage.NOTE:
            return []
        books = self.books.get(frame.exchange)
        if books is None:
            books = self.books[frame.exchange] = self._make(frame.exchange)
        now_ns = max(self._now_ns.get(frame.exchange, 0), frame.received_at_ns or 0)
        self._now_ns[frame.exchange] = now_ns
        actions: list[Action] = []
        if now_ns - self._due_ns.get(frame.exchange, 0) >= DUE_EVERY_NS:
            self._due_ns[frame.exchange] = now_ns
            actions = books.due(now_ns)
        return actions + take_frame(books, frame, now_ns)

    def run(self, frames: Iterable[Frame]) -> Replay:
        """All of them."""
        for frame in frames:
            self.take(frame)
        return self

    def forget_counts(self) -> None:
        """What was told so far was only for the books to be whole: count from now on."""
        for books in self.books.values():
            books.forget_counts()
