"""BingX by REST: books, best prices, instruments, currencies, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.listing import NotUsed, Row, currencies_of, instruments_of, multiplier_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    decimal_of,
    decimal_or_none,
    exact_json,
    flag_of,
    guarded,
    guarded_rows,
    levels,
    list_of,
    object_of,
    queried,
    quote,
    step_of,
    symbol_of,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK = "/openApi/spot/v1/market/depth", "/openApi/spot/v1/ticker/24hr"
_TICKERS = frozenset({_BULK, "/openApi/spot/v2/quote/ticker", "/openApi/spot/v2/quote/bookTicker"})
_INSTRUMENTS, _CURRENCIES = "/openApi/spot/v1/common/symbols", "/openApi/wallets/v1/capital/config/getall"
_STATUS = {
    "0": "offline",
    "5": "not open yet",
    "10": "accessed",
    "25": "suspended",
    "29": "to be delisted",
    "30": "delisted",
}


def book_request(symbol: str) -> Request:
    """A snapshot; asks come worst first."""
    return Request(_BOOK, (("symbol", symbol), ("limit", "1000")), time_field="timestamp")


def bulk_request() -> Request | None:
    """Best bid and ask of every pair."""
    return Request(_BULK, time_field="timestamp")


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(lambda answer: _events(url, answer), body)


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_INSTRUMENTS, time_field="timestamp"),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades; its smallest quantity is advice only, the smallest notional counts."""
    return instruments_of(
        answer_of(answers, _INSTRUMENTS), lambda body: list_of(object_of(_data(body))["symbols"]), _instrument, "symbol"
    )


def currency_requests() -> tuple[Request, ...]:
    """One signed list."""
    return (Request(_CURRENCIES, time_field="timestamp"),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains."""
    return currencies_of(
        answer_of(answers, _CURRENCIES),
        lambda body: list_of(_data(body)),
        lambda row: list_of(row["networkList"]),
        _on_chain,
        "coin",
    )


def time_request() -> Request | None:
    """The exchange's clock (the one that all its markets share)."""
    return Request("/openApi/swap/v2/server/time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(object_of(_data(body))["serverTime"])
    except MISREAD:
        return None


def _data(body: bytes) -> Any:
    answer = object_of(exact_json(body))
    if answer["code"] != "0":
        raise Refused(f"{answer['code']} {answer.get('msg', '')}")
    return answer["data"]


def _events(url: str, body: bytes) -> Sequence[Event]:
    data, path = _data(body), url.partition("?")[0]
    if path == _BOOK:
        return (_book(object_of(data), queried(url, "symbol")),)
    if path in _TICKERS:
        return guarded_rows(_ticker, data, "symbol")
    raise Unreadable("an answer to an address that was not asked")


def _book(book: Row, symbol: str) -> Event:
    bids, asks, sequence = levels(book["bids"]), levels(book["asks"]), book.get("lastUpdateId")
    last = None if sequence is None else whole(sequence)
    return Event(Kind.SNAPSHOT, symbol, bids, asks, last=last, exchange_time_us=time_us(book.get("ts")))


def _ticker(row: Row) -> Event:
    bids, asks = quote(row["bidPrice"], row["bidQty"]), quote(row["askPrice"], row["askQty"])
    return Event(Kind.TICKER, symbol_of(row["symbol"]), bids, asks, exchange_time_us=time_us(row.get("time")))


def _instrument(row: Row) -> Instrument:
    symbol = symbol_of(row["symbol"])
    if row["status"] != "1":
        raise NotUsed(f"its status is {row['status']} ({_STATUS.get(row['status'], 'not known')})")
    if row.get("apiStateBuy") is False or row.get("apiStateSell") is False:
        raise NotUsed("it is closed to programs")
    # the list has no fields for base and quote; its symbols have exactly one dash
    base, dash, quoted = symbol.partition("-")
    if not (base and dash and quoted) or "-" in quoted:
        raise Unreadable("the symbol is not BASE-QUOTE")
    return Instrument(
        exchange="bingx",
        symbol=symbol,
        base=base.upper(),
        quote=quoted.upper(),
        price_step=step_of(row["tickSize"]),
        quantity_step=step_of(row["stepSize"]),
        min_notional=decimal_of(row["minNotional"]),
        multiplier=multiplier_of(base),
    )


def _on_chain(row: Row, network: Row) -> AssetOnChain:
    contract = network.get("contractAddress")
    return AssetOnChain(
        exchange="bingx",
        asset=symbol_of(row["coin"]).upper(),
        chain=symbol_of(network["network"]),
        contract=None if contract is None else str(contract),
        deposit_open=flag_of(network["depositEnable"]),
        withdraw_open=flag_of(network["withdrawEnable"]),
        withdrawal_fee=decimal_or_none(network.get("withdrawFee")),
    )
