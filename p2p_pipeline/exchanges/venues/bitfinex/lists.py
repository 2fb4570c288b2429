"""Bitfinex by REST: books, best prices, instruments, currencies. It has no clock to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.bitfinex.wire import sides_of
from p2p_pipeline.exchanges.venues.listing import NotUsed, Row, currencies_of, instruments_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    decimal_of,
    decimal_or_none,
    exact_json,
    guarded,
    guarded_rows,
    list_of,
    quote,
    symbol_of,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK, _CONF = "/v2/book/", "/v2/tickers", "/v2/conf/"
_PAIRS, _NAMES = f"{_CONF}pub:info:pair", f"{_CONF}pub:map:currency:sym"
_METHODS, _STATES, _FEES = (
    f"{_CONF}pub:map:tx:method",
    f"{_CONF}pub:info:tx:status",
    f"{_CONF}pub:map:currency:tx:fee",
)

_STEP = Decimal("0.00000001")
"""Amounts have 8 decimals. Prices have 5 significant digits, so their step goes with the price: this is the least."""
_LISTED_NAMES = {"UST": "USDT"}
"""What a name stands for where the exchange's own list of names was not answered."""


def book_request(symbol: str) -> Request:
    """The best hundred a side; it has no number, so books come from the socket."""
    return Request(f"{_BOOK}{symbol}/P0", (("len", "100"),))


def bulk_request() -> Request | None:
    """Best bid and ask of every pair; quantities are sums of 25 levels."""
    return Request(_BULK, (("symbols", "ALL"),))


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(partial(_events, url), body)


def _events(url: str, body: bytes) -> Sequence[Event]:
    path, answer = url.partition("?")[0], _checked(body)
    if path.startswith(_BOOK):
        symbol = symbol_of(path.removeprefix(_BOOK).partition("/")[0])
        bids, asks = sides_of(answer)
        return (Event(Kind.SNAPSHOT, symbol, bids, asks),)
    if path == _BULK:
        # Names that begin with f are of loans.
        return guarded_rows(_ticker, [row for row in answer if str(row[0]).startswith("t")], 0)
    raise Unreadable("an answer to an address that was not asked")


def _ticker(row: list[Any]) -> Event:
    symbol, bid, bid_size, ask, ask_size = row[:5]
    return Event(Kind.TICKER, symbol_of(symbol), quote(bid, bid_size), quote(ask, ask_size))


def _checked(body: bytes) -> list[Any]:
    answer = list_of(exact_json(body))
    if answer and answer[0] == "error":
        raise Refused(" ".join(str(word) for word in answer[1:]))
    return answer


def _listed(body: bytes) -> list[Row]:
    """A list of configuration is one element of one; its rows are a name and what belongs to it."""
    (rows,) = _checked(body)
    return [{"name": row[0], "of": row[1]} for row in list_of(rows)]


def _table(body: bytes | None) -> dict[str, Any]:
    """Such a list by name; nothing where it was not answered or can't be read."""
    try:
        return {} if body is None else {str(row["name"]): row["of"] for row in _listed(body)}
    except MISREAD:
        return {}


def instrument_requests() -> tuple[Request, ...]:
    """Pairs, and what their names stand for."""
    return (Request(_PAIRS), Request(_NAMES))


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market."""
    names = _table(answer_of(answers, _NAMES))
    return instruments_of(answer_of(answers, _PAIRS), _listed, partial(_instrument, names), "name")


def _instrument(names: Mapping[str, Any], row: Row) -> Instrument:
    pair = symbol_of(row["name"])
    base, quote_name = _codes(pair)
    if "TEST" in base or "TEST" in quote_name:
        raise NotUsed("it is paper money")
    if base.endswith("F0") or quote_name.endswith("F0"):
        raise NotUsed("it is a derivative")
    return Instrument(
        exchange="bitfinex",
        symbol=f"t{pair}",
        base=_asset(base, names),
        quote=_asset(quote_name, names),
        price_step=_STEP,
        quantity_step=_STEP,
        min_quantity=decimal_of(row["of"][3]),
    )


def _codes(pair: str) -> tuple[str, str]:
    """Codes of three letters stand side by side, longer ones are parted by a colon."""
    base, colon, quote_name = pair.partition(":")
    if not colon:
        base, quote_name = pair[:3], pair[3:]
        if len(quote_name) != 3:
            raise Unreadable(f"{pair} is not two codes of three letters")
    return base, quote_name


def _asset(code: str, names: Mapping[str, Any]) -> str:
    return str(names.get(code) or _LISTED_NAMES.get(code, code)).upper()


def currency_requests() -> tuple[Request, ...]:
    """Methods with their currencies, whether they are open, fees, and what names stand for."""
    return tuple(Request(path) for path in (_METHODS, _STATES, _FEES, _NAMES))


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets by the method they move with, which is as near to a chain as the exchange comes; no contracts."""
    names, fees = _table(answer_of(answers, _NAMES)), _table(answer_of(answers, _FEES))
    states = _states(answer_of(answers, _STATES))
    return currencies_of(
        answer_of(answers, _METHODS),
        _listed,
        lambda row: list_of(row["of"]),
        lambda row, code: _on_chain(symbol_of(row["name"]), symbol_of(code), names, states, fees),
        "name",
    )


def _states(body: bytes | None) -> dict[str, list[Any]]:
    """Rows are a method, deposit 1 or 0, withdrawal 1 or 0, and more."""
    try:
        return {} if body is None else {str(row[0]): row for row in list_of(_checked(body)[0])}
    except MISREAD:
        return {}


def _on_chain(
    method: str, code: str, names: Mapping[str, Any], states: Mapping[str, list[Any]], fees: Mapping[str, Any]
) -> AssetOnChain:
    state, fee = states.get(method), fees.get(code)
    return AssetOnChain(
        exchange="bitfinex",
        asset=_asset(code, names),
        chain=method,
        deposit_open=None if state is None else state[1] == "1",
        withdraw_open=None if state is None else state[2] == "1",
        withdrawal_fee=None if fee is None else decimal_or_none(fee[1]),
    )


def time_request() -> Request | None:
    """There is none."""
    return None


def time_ms(body: bytes) -> int | None:
    """There is none."""
    return None
