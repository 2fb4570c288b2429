"""Books of a view as the exact arithmetic takes them, each read once a scan."""

from __future__ import annotations

import math
from decimal import Decimal

from p2p_pipeline.exchanges.books.view import MarketView
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
        self._found: dict[Place, tuple[BookSide, BookSide]] = {}

    def to_buy(self, place: Place) -> BookSide:
        """The asks."""
        return self._of(place)[1]

    def to_sell(self, place: Place) -> BookSide:
        """The bids."""
        return self._of(place)[0]

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

    def fee(self, place: Place) -> Decimal:
        """The taker's fee at a book."""
        return self._rules.taker_fee(self._view.instruments[place])
