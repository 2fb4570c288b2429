"""Books given in a file as a scan sees books: a row for each base and quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np

from p2p_pipeline.exchanges.books.view import ExactBook, Floats, MarketView
from p2p_pipeline.exchanges.words import Instrument

_DIGITS_OF_FLOATS = 15


def view_of(
    instruments: Mapping[tuple[str, str], Instrument], books: Mapping[tuple[str, str], ExactBook]
) -> tuple[MarketView, dict[str, str]]:
    """The view, and the base of each row by its symbol: as the file spells it, BASE/QUOTE where it spells it twice."""
    exchanges = tuple(dict.fromkeys(instrument.exchange for instrument in instruments.values()))
    names = _names_of(instruments.values())
    rows = list(names)
    places = {
        (exchanges.index(instrument.exchange), rows.index((instrument.base, instrument.quote))): key
        for key, instrument in instruments.items()
    }
    by_place = {place: books[key] for place, key in places.items() if key in books}
    depth = max([1, *(max(len(book.bids), len(book.asks)) for book in by_place.values())])
    shape = (len(exchanges), len(rows))
    arrays = [np.full((*shape, depth), np.nan) for _ in range(4)]
    is_live, is_long = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for place, book in by_place.items():
        is_live[place] = True
        is_long[place] = _has_long_number(book)
        _fill(arrays[0], arrays[1], place, book.bids)
        _fill(arrays[2], arrays[3], place, book.asks)
    view = MarketView(
        exchanges=exchanges,
        symbols=tuple(names.values()),
        bid_prices=arrays[0],
        bid_quantities=arrays[1],
        ask_prices=arrays[2],
        ask_quantities=arrays[3],
        is_live=is_live,
        received_ns=np.zeros(shape, dtype=np.int64),
        exchange_age_ms=np.full(shape, np.nan),
        now_ns=0,
        instruments={place: instruments[key] for place, key in places.items()},
        exact=lambda exchange, row: by_place[exchange, row],
        has_long_numbers=is_long,
    )
    return view, {name: base for (base, _), name in names.items()}


def _names_of(instruments: Iterable[Instrument]) -> dict[tuple[str, str], str]:
    """The rows, by base and quote."""
    spelled: dict[tuple[str, str], set[str]] = {}
    for instrument in instruments:
        spelled.setdefault((instrument.base, instrument.quote), set()).add(instrument.symbol)
    used = Counter(name for names in spelled.values() for name in names)
    return {
        (base, quote): next(iter(names)) if len(names) == 1 and used[next(iter(names))] == 1 else f"{base}/{quote}"
        for (base, quote), names in spelled.items()
    }


def _has_long_number(book: ExactBook) -> bool:
    numbers = (number for level in (*book.bids, *book.asks) for number in level)
    return any(len(number.normalize().as_tuple().digits) > _DIGITS_OF_FLOATS for number in numbers)


def _fill(
    prices: Floats, quantities: Floats, place: tuple[int, int], levels: tuple[tuple[Decimal, Decimal], ...]
) -> None:
    for number, (price, quantity) in enumerate(levels):
        prices[place][number], quantities[place][number] = float(price), float(quantity)
