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
        self.instruments: Mapping[tuple[int, int], Instrument] = {}
        self.use(instruments)
        for row, books in enumerate(self.exchanges):
            books.on_change(partial(self._changed, row))

    def use(self, instruments: Mapping[tuple[int, int], Instrument]) -> None:
        """What is traded where, anew: symbols that went are cleared, those that came are written."""
        self.instruments = dict(instruments)
        self._shown.clear()
        for places in self._places:
            places.clear()
        for (row, column), instrument in instruments.items():
            for name in (instrument.symbol, *instrument.aliases):
                self._places[row][name] = (row, column)
        self.is_live[:] = False
        for array in (self.best.bids, self.best.asks, self.bid_prices, self.ask_prices):
            array.fill(np.nan)
        for array in (self.bid_quantities, self.ask_quantities, self._age_when_received_ms):
            array.fill(np.nan)
        for row, exchange in enumerate(self.exchanges):
            for books in exchange.books.values():
                self._changed(row, books, Kind.SNAPSHOT)
                self._changed(row, books, Kind.TICKER)

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
        instrument = self.instruments.get((row, column))
        if instrument is None or not self.is_live[row, column]:
            return _NO_BOOK
        for name in (instrument.symbol, *instrument.aliases):
            book = self.exchanges[row].book(name)
            if book is not None:
                return book.exact(LEVELS)
        return _NO_BOOK

    def _changed(self, row: int, books: SymbolBooks, kind: Kind) -> None:
        place = self._places[row].get(books.symbol)
        if place is None:
            return
        if kind is Kind.TICKER:
            self._write_best_prices(place, books)
        else:
            self._write_book(place, books, kind)

    def _write_best_prices(self, at: _Place, books: SymbolBooks) -> None:
        event = books.ticker.event
        if event is None or not books.ticker.is_sure or not event.bids or not event.asks:
            self.best.bids[at] = self.best.asks[at] = np.nan
            return
        self.best.bids[at] = float(event.bids[0][0])
        self.best.asks[at] = float(event.asks[0][0])
        self.best.received_ns[at] = self._best_prices_ns[at] = books.ticker_received_ns or 0

    def _write_book(self, at: _Place, books: SymbolBooks, kind: Kind) -> None:
        book = books.book
        if book is None:
            self.is_live[at] = False
            return
        sequencer = books.sequencer
        is_change = kind is Kind.DELTA and self._shown.get(at) is book and self.is_live[at] and book.is_told_whole
        self._shown[at] = book
        if not is_change or sequencer.touched_bid >= book.bids.rank_of(LEVELS):
            _write(self.bid_prices[at], self.bid_quantities[at], book.top_bids(LEVELS))
        if not is_change or sequencer.touched_ask >= book.asks.rank_of(LEVELS):
            _write(self.ask_prices[at], self.ask_quantities[at], book.top_asks(LEVELS))
        self.is_live[at] = True
        received_ns = books.received_ns or 0
        self.received_ns[at] = received_ns
        told, received_at_ns = books.exchange_time_us, books.received_at_ns
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
