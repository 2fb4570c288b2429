"""Books of a view as the exact arithmetic takes them, each read once a scan."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from p2p_pipeline.exchanges.books.view import ExactBook, Floats, MarketView
from p2p_pipeline.exchanges.scan.deciding import PairList
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.spatial import BookSide
from p2p_pipeline.exchanges.scan.walk import present

_NS_A_MS = 1_000_000

Place = tuple[int, int]
"""(exchange, symbol) by their numbers in the view."""


class Sides:
    """The two sides of each book that is asked for."""

    def __init__(self, view: MarketView, rules: ScanRules) -> None:
        self._view, self._rules = view, rules
        self._kept: Sides | None = None
        self._found: dict[Place, tuple[BookSide, BookSide]] = {}

    def to_buy(self, place: Place) -> BookSide:
        """The asks."""
        return self._of(place)[1]

    def to_sell(self, place: Place) -> BookSide:
        """The bids."""
        return self._of(place)[0]

    def of_pair(self, pairs: PairList, pair: int) -> tuple[BookSide, BookSide]:
        """What a pair buys from, and what it sells to."""
        row = int(pairs.row[pair])
        return self.to_buy((int(pairs.buy[pair]), row)), self.to_sell((int(pairs.sell[pair]), row))

    def kept(self) -> Sides:
        """The same of books that don't change when the view's next frame comes, for what is unfolded later.

        A float is the number that the exchange spelled, up to 15 digits: its shortest spelling is the number again.
        """
        if self._kept is not None:
            return self._kept
        view = self._view
        arrays = (view.bid_prices, view.bid_quantities, view.ask_prices, view.ask_quantities)
        bid_prices, bid_quantities, ask_prices, ask_quantities = (array.copy() for array in arrays)

        def exact(exchange: int, row: int) -> ExactBook:
            at = exchange, row
            return ExactBook(
                tuple(exact_levels(bid_prices[at], bid_quantities[at])),
                tuple(exact_levels(ask_prices[at], ask_quantities[at])),
            )

        kept = self._kept = Sides(
            replace(
                view, exact=exact, received_ns=view.received_ns.copy(), exchange_age_ms=view.exchange_age_ms.copy()
            ),
            self._rules,
        )
        kept._found = self._found
        return kept

    def _of(self, place: Place) -> tuple[BookSide, BookSide]:
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = self._read(place)
        return found

    def _read(self, place: Place) -> tuple[BookSide, BookSide]:
        view, instrument = self._view, self._view.instruments[place]
        book, fee = view.exact(*place), self._rules.taker_fee(instrument)
        age_ms = (view.now_ns - int(view.received_ns[place])) // _NS_A_MS
        told = float(view.exchange_age_ms[place])
        exchange_age_ms = round(told) if math.isfinite(told) else None
        bids, asks = (
            BookSide(instrument, present(levels), fee, age_ms, exchange_age_ms) for levels in (book.bids, book.asks)
        )
        return bids, asks


def exact_levels(prices: Floats, quantities: Floats) -> Iterator[tuple[Decimal, Decimal]]:
    """The levels of a book's side, spelled as floats are; one after the other, for most walks end soon."""
    for price, quantity in zip(prices.tolist(), quantities.tolist(), strict=True):
        if quantity > 0:
            yield Decimal(repr(price)), Decimal(repr(quantity))
