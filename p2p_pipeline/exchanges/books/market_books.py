"""All books side by side as arrays [exchange, symbol, level], written in place as frames change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from p2p_pipeline.exchanges.books.book import Book
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.books.view import ExactBook, Flags, Floats, MarketView, Nanoseconds
from p2p_pipeline.exchanges.events import Kind, Level
from p2p_pipeline.exchanges.words import Instrument

LEVELS = 20
"""A side, of each book."""
_NO_BOOK = ExactBook((), ())


@dataclass(frozen=True, slots=True)
class BestPrices:
    """The newest best bid and ask of everything, [exchange, symbol], from feeds of best prices and from live books.

    For choosing what to look at more closely. NaN and 0 where nothing is known. Of some exchanges (Bitfinex) the
    quantities behind them are sums over many levels, so no quantity is told.
    """

    bids: Floats
    asks: Floats
    received_ns: Nanoseconds


_Place = tuple[int, int]
"""Row and column."""


class MarketBooks:
    """Rows are exchanges, columns symbols (BASE/QUOTE). `instruments` says which of an exchange's symbols is which.

    It listens to the books it is given: whenever what is served of one changes, its levels here do. `view` hands out
    the arrays themselves; what is done with it is done before the next frame is taken.
    """

    def __init__(
        self,
        exchanges: Sequence[ExchangeBooks],
        symbols: Sequence[str],
        instruments: Mapping[tuple[int, int], Instrument],
    ) -> None:
        self.exchanges = tuple(exchanges)
        self.symbols = tuple(symbols)
        shape = (len(self.exchanges), len(self.symbols))
        self.bid_prices, self.bid_quantities, self.ask_prices, self.ask_quantities = (
            np.full((*shape, LEVELS), np.nan) for _ in range(4)
        )
        self.is_live: Flags = np.zeros(shape, dtype=np.bool_)
        self.received_ns: Nanoseconds = np.zeros(shape, dtype=np.int64)
        self.best = BestPrices(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))
        self._best_prices_ns: Nanoseconds = np.zeros(shape, dtype=np.int64)
        """When a feed of best prices was heard last: a book does not overwrite what is newer."""
        self._age_when_received_ms: Floats = np.full(shape, np.nan)
        self._shown: dict[_Place, Book] = {}
        """Which of a symbol's books was written last: of another one all levels are."""
        self._places: list[dict[str, _Place]] = [{} for _ in self.exchanges]
        self._names: dict[_Place, tuple[str, ...]] = {}
        """All that a place is called there."""
        self.instruments: Mapping[tuple[int, int], Instrument] = {}
        self.use(instruments)
        for row, books in enumerate(self.exchanges):
            books.on_change(partial(self._changed, row))

    def use(self, instruments: Mapping[tuple[int, int], Instrument]) -> None:
        """What is traded where, anew: symbols that went are cleared, those that came are written."""
        self.instruments = dict(instruments)
        self._shown.clear()
        self._names.clear()
        self._best_prices_ns.fill(0)
        for places in self._places:
            places.clear()
        for (row, column), instrument in instruments.items():
            self._names[row, column] = names = (instrument.symbol, *instrument.aliases)
            for name in names:
                self._places[row][name] = (row, column)
        self.is_live[:] = False
        for array in (self.best.bids, self.best.asks, self.bid_prices, self.ask_prices):
            array.fill(np.nan)
        for array in (self.bid_quantities, self.ask_quantities, self._age_when_received_ms):
            array.fill(np.nan)
        for row, exchange in enumerate(self.exchanges):
            for books in exchange.books.values():
                self._changed(row, books, Kind.TICKER)
                self._changed(row, books, Kind.SNAPSHOT)

    def view(self, now_ns: int) -> MarketView:
        """What a scan sees now."""
        ages = self._age_when_received_ms + (now_ns - self.received_ns) / 1e6
        return MarketView(
            exchanges=tuple(books.exchange for books in self.exchanges),
            symbols=self.symbols,
            bid_prices=self.bid_prices,
            bid_quantities=self.bid_quantities,
            ask_prices=self.ask_prices,
            ask_quantities=self.ask_quantities,
            is_live=self.is_live,
            received_ns=self.received_ns,
            exchange_age_ms=ages,
            now_ns=now_ns,
            instruments=self.instruments,
            exact=self.exact,
        )

    def exact(self, row: int, column: int) -> ExactBook:
        """The levels of one book as exact numbers; none when it is not live."""
        if not self.is_live[row, column]:
            return _NO_BOOK
        found = self._live((row, column))
        return _NO_BOOK if found is None else found[1].exact(LEVELS)

    def _live(self, at: _Place) -> tuple[SymbolBooks, Book] | None:
        """The book that is served of a place, and whose it is: the first that is live of all its names."""
        known = self.exchanges[at[0]].books
        for name in self._names.get(at, ()):
            books = known.get(name)
            book = None if books is None else books.book
            if books is not None and book is not None:
                return books, book
        return None

    def _changed(self, row: int, books: SymbolBooks, kind: Kind) -> None:
        place = self._places[row].get(books.symbol)
        if place is None:
            return
        if kind is Kind.TICKER:
            self._write_best_prices(place)
        else:
            self._write_book(place, kind)

    def _write_best_prices(self, at: _Place) -> None:
        known = self.exchanges[at[0]].books
        told = [books for name in self._names[at] if (books := known.get(name)) is not None and books.ticker.is_sure]
        books = max(told, key=lambda one: one.ticker_received_ns or 0, default=None)
        event = None if books is None else books.ticker.event
        if books is None or event is None or not event.bids or not event.asks:
            self.best.bids[at] = self.best.asks[at] = np.nan
            return
        self.best.bids[at] = float(event.bids[0][0])
        self.best.asks[at] = float(event.asks[0][0])
        self.best.received_ns[at] = self._best_prices_ns[at] = books.ticker_received_ns or 0

    def _write_book(self, at: _Place, kind: Kind) -> None:
        found = self._live(at)
        if found is None:
            self.is_live[at] = False
            return
        books, book = found
        sequencer = books.sequencer
        is_change = kind is Kind.DELTA and self._shown.get(at) is book and self.is_live[at] and book.is_told_whole
        self._shown[at] = book
        if not is_change or sequencer.touched_bid >= book.bids.rank_of(LEVELS):
            _write(self.bid_prices[at], self.bid_quantities[at], book.top_bids(LEVELS))
        if not is_change or sequencer.touched_ask >= book.asks.rank_of(LEVELS):
            _write(self.ask_prices[at], self.ask_quantities[at], book.top_asks(LEVELS))
        self.is_live[at] = True
        heard = books.heard
        received_ns = heard.received_ns or 0
        self.received_ns[at] = received_ns
        told, received_at_ns = heard.exchange_time_us, heard.received_at_ns
        self._age_when_received_ms[at] = (
            np.nan if told is None or received_at_ns is None else self.exchanges[at[0]].age_ms(received_at_ns, told)
        )
        if book.bids.ranks and book.asks.ranks and received_ns > self._best_prices_ns[at]:
            self.best.bids[at], self.best.asks[at] = book.bids.ranks[-1], -book.asks.ranks[-1]
            self.best.received_ns[at] = received_ns


def _write(prices: Floats, quantities: Floats, levels: Sequence[Level]) -> None:
    count = len(levels)
    prices[:count] = [float(level[0]) for level in levels]
    quantities[:count] = [float(level[1]) for level in levels]
    if count < LEVELS:
        prices[count:] = np.nan
        quantities[count:] = np.nan
