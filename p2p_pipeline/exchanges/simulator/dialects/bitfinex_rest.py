"""Bitfinex' public requests and names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books
from p2p_pipeline.exchanges.simulator.dialects.spelled import answered, bare

CODES = {"USDT": "UST", "USDC": "UDC", "ALGO": "ALG", "ATOM": "ATO", "DASH": "DSH", "IOTA": "IOT"}
"""Three letters for what has four elsewhere."""
_SPELLED = {"UST": "USDt"}
_METHODS = {
    "BTC": "BITCOIN",
    "ETH": "ETHEREUM",
    "LTC": "LITECOIN",
    "USDT": "TETHERUSE",
    "XRP": "RIPPLE",
    "SOL": "SOLANA",
}
_TICKER_LEVELS = 25


def symbol_of(book: SimulatedBook) -> str:
    """tBTCUST, tDOGE:USD."""
    base, quote = _code(book.instrument.base), _code(book.instrument.quote)
    return f"t{base}{quote}" if len(base) == len(quote) == 3 else f"t{base}:{quote}"


def answer(path: str, query: Mapping[str, str], books: Books) -> Answer | None:
    """The answer to a request; None for a path that is not there."""
    if path == "/v2/platform/status":
        return answered([1])
    if path.startswith("/v2/conf/"):
        return answered([_configuration(key, books) for key in path.removeprefix("/v2/conf/").split(",")])
    if path == "/v2/tickers":
        return answered(_tickers(query.get("symbols", "ALL"), books))
    return _book(path, query, books) if path.startswith("/v2/book/") else None


def _tickers(symbols: str, books: Books) -> list[list[Any]]:
    rows = [[symbol_of(book), *map(bare, ticker_row(book))] for book in books.all()]
    # A loan among them, as in the real list.
    loan = ["fUSD", 0.0003, 0.0002, 30, 1000.5, 0.0004, 2, 500.1, 0, 0, 0.0003, 10, 0.0005, 0.0001, None, None, 1]
    return [*rows, loan] if symbols == "ALL" else [row for row in rows if row[0] in symbols.split(",")]


def _book(path: str, query: Mapping[str, str], books: Books) -> Answer:
    """Rows are price, count, amount; at the precision R0 an order's number, its price, its amount."""
    symbol, _, precision = path.removeprefix("/v2/book/").partition("/")
    book = next((book for book in books.all() if symbol_of(book) == symbol), None)
    if book is None:
        return answered(["error", 10020, "symbol: invalid"], 500)
    length = query.get("len", "25")
    sides = zip(("", "-"), book.top(int(length) if length.isdecimal() else 25), strict=True)
    rows = [(price, sign + amount) for sign, side in sides for price, amount in side]
    if precision == "R0":
        return answered([[number, bare(price), bare(amount)] for number, (price, amount) in enumerate(rows, 1)])
    return answered([[bare(price), 1, bare(amount)] for price, amount in rows])


def ticker_row(book: SimulatedBook) -> list[str]:
    """Bid, sum of 25 bids, ask, sum of 25 asks, change, change by part, last, volume, high, low."""
    bids, asks = book.top(_TICKER_LEVELS)
    bid, ask = (side[0][0] if side else "0" for side in (bids, asks))
    sizes = [str(sum((Decimal(amount) for _, amount in side), Decimal(0))) for side in (bids, asks)]
    return [bid, sizes[0], ask, sizes[1], "0", "0", bid, "1000", ask, bid]


def _code(name: str) -> str:
    return CODES.get(name, name)


def _configuration(key: str, books: Books) -> Any:
    names = sorted({name for book in books.all() for name in (book.instrument.base, book.instrument.quote)})
    of_base = {book.instrument.base: book.instrument for book in books.all()}
    pairs = [symbol_of(book)[1:] for book in books.all()]
    lists: dict[str, list[Any]] = {
        "pub:list:pair:exchange": pairs,
        "pub:info:pair": [[pair, [None, None, None, "0.0001", "100000.0", *[None] * 7]] for pair in pairs],
        "pub:list:currency": [_code(name) for name in names],
        "pub:map:currency:sym": [[code, _SPELLED.get(code, name)] for name, code in CODES.items()],
        "pub:map:currency:label": [[_code(name), name] for name in names],
        "pub:map:tx:method": [[_METHODS.get(name, name), [_code(name)]] for name in names],
        "pub:info:tx:status": [
            [_METHODS.get(name, name), int(what.deposit_open), int(what.withdraw_open), *[None] * 9]
            for name, what in of_base.items()
        ],
        "pub:map:currency:tx:fee": [[_code(name), [0, float(what.withdrawal_fee)]] for name, what in of_base.items()],
    }
    return lists.get(key, [])
