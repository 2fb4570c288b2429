"""Books that become invalid: one, or all of a connection. Pure."""

from __future__ import annotations

from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.exchange_state import ExchangeState
from p2p_pipeline.exchanges.books.resyncs import Resyncs
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Kind


class Breaking:
    """Marks them first, then has them mended."""

    def __init__(self, state: ExchangeState, resyncs: Resyncs) -> None:
        self._state = state
        self._resyncs = resyncs

    def gap(self, books: SymbolBooks, connection: Connection, now_ns: int) -> None:
        """A change was lost, or can't be believed."""
        books.sequencer.invalidate(State.GAP)
        books.counters.gaps += 1
        self._state.counters.gaps += 1
        self._resyncs.broke(connection, books, now_ns)
        self._state.tell(books, Kind.DELTA)

    def all_of(self, connection: Connection, now_ns: int, *, is_gap: bool) -> None:
        """Something of a connection was lost, and nobody knows of which book."""
        self._state.counters.gaps += is_gap
        for books in self._state.books.values():
            if books.owner == connection.name and books.has_changes and books.sequencer.state is not State.WAITING:
                books.sequencer.invalidate(State.GAP)
                books.counters.gaps += is_gap
                self._resyncs.broke(connection, books, now_ns)
                self._state.tell(books, Kind.DELTA)
