"""The books of connections that the service itself closed at a recording's end, as they were just before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Levels
from p2p_pipeline.exchanges.frames.frame import CLOSED_BY_US, Frame, Passage
from p2p_pipeline.exchanges.replay.outcome import levels_of
from p2p_pipeline.exchanges.replay.replaying import Replay

_BEGINNINGS = (Passage.OPENED, Passage.SUBSCRIBED)


class Closings:
    """A service that is stopped closes its connections one by one, and with each its books are worth nothing more.

    Whoever asks what a recording came to wants to know them all the same. A connection that broke is not meant: what
    happened after it is not known.
    """

    def __init__(self) -> None:
        self.books: dict[tuple[str, str], tuple[Levels, Levels]] = {}
        """By exchange and symbol, of those that were live and of which nothing came again."""

    def watched(self, frames: Iterable[Frame], replay: Replay) -> Iterator[Frame]:
        """The frames, each before the replay takes it."""
        for frame in frames:
            if frame.passage is Passage.CLOSED and frame.body == CLOSED_BY_US:
                self._closes(frame, replay)
            elif frame.passage in _BEGINNINGS and self.books:
                self.books = {place: book for place, book in self.books.items() if place[0] != frame.exchange}
            yield frame

    def _closes(self, frame: Frame, replay: Replay) -> None:
        exchange = replay.books.get(frame.exchange)
        for symbol, books in exchange.books.items() if exchange is not None else ():
            if _deepest_from(books) == frame.connection and any(levels := levels_of(books)):
                self.books[frame.exchange, symbol] = levels


def _deepest_from(books: SymbolBooks) -> str:
    """The connection that the most is known from."""
    if books.has_changes:
        return books.owner
    return books.view_from if books.has_views else books.ticker_from
