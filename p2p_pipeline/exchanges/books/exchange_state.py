"""What is known of one exchange at a moment: its books, its connections, what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from p2p_pipeline.exchanges.books.actions import Action
from p2p_pipeline.exchanges.books.clock_offset import ClockOffset
from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.counters import Counters
from p2p_pipeline.exchanges.books.rules import Rules
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Kind


@dataclass(slots=True)
class ExchangeState:
    """Shared by all that works on it; the edge sees it through ExchangeBooks."""

    rules: Rules
    books: dict[str, SymbolBooks] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    clock: ClockOffset = field(default_factory=ClockOffset)
    actions: list[Action] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    last_error: str = ""
    wanted: frozenset[str] | None = None
    """Symbols whose best prices are kept; None for all."""
    opened: int = 0
    """Connections so far."""
    changed: Callable[[SymbolBooks, Kind], None] | None = None

    def wants(self, symbol: str) -> bool:
        """Whether its best prices are of any use: a bulk answer has those of thousands of symbols."""
        return self.wanted is None or symbol in self.wanted

    def books_of(self, symbol: str) -> SymbolBooks:
        """Those of a symbol, made when it is first named."""
        books = self.books.get(symbol)
        if books is None:
            books = self.books[symbol] = SymbolBooks(symbol, self.rules)
        return books

    def connection(self, name: str) -> Connection:
        """One that was opened, or (in a recording that begins later) one that is first heard of now."""
        return self.connections.get(name) or self.open(name)

    def open(self, name: str, url: str = "") -> Connection:
        """A connection that came up."""
        self.opened += 1
        made = self.connections[name] = Connection(name, url, self.opened)
        return made

    def tell(self, books: SymbolBooks, kind: Kind) -> None:
        """Whoever shows books may have to show this one anew."""
        if self.changed is not None:
            self.changed(books, kind)
