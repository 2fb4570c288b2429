"""Binance by REST: books, best prices, instruments, currencies, time."""

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
    text_json,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK = "/api/v3/depth", "/api/v3/ticker/bookTicker"
_INSTRUMENTS, _CURRENCIES = "/api/v3/exchangeInfo", "/sapi/v1/capital/config/getall"


def book_request(symbol: str) -> Request:
    """A thousand levels a side cost 50 of 6,000 a minute; five thousand would cost 250."""
    return Request(_BOOK, (("symbol", symbol), ("limit", "1000")))


def bulk_request() -> Request | None:
    """Best bid and ask of every symbol."""
    return Request(_BULK)


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(lambda answer: _events(url, answer), body)


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_INSTRUMENTS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market."""
    return instruments_of(
        answer_of(answers, _INSTRUMENTS), lambda body: list_of(_checked(body)["symbols"]), _instrument, "symbol"
    )


def currency_requests() -> tuple[Request, ...]:
    """One signed list."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains; older answers tell no contracts."""
    return currencies_of(
        answer_of(answers, _CURRENCIES), lambda body: list_of(_checked(body)), _networks, _on_chain, "coin"
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/api/v3/time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(object_of(text_json(body))["serverTime"])
    except MISREAD:
        return None


def _checked(body: bytes) -> Any:
    answer = text_json(body)
    if isinstance(answer, dict) and "code" in answer and "msg" in answer:
        raise Refused(f"{answer['code']} {answer['msg']}")
    return answer


def _events(url: str, body: bytes) -> Sequence[Event]:
    answer, path = _checked(body), url.partition("?")[0]
    if path == _BOOK:
        book = object_of(answer)
        bids, asks = levels(book["bids"]), levels(book["asks"])
        return (Event(Kind.SNAPSHOT, queried(url, "symbol"), bids, asks, last=whole(book["lastUpdateId"])),)
    if path == _BULK:
        return guarded_rows(_ticker, [answer] if isinstance(answer, dict) else answer, "symbol")
    raise Unreadable("an answer to an address that was not asked")


def _ticker(row: Row) -> Event:
    bids, asks = quote(row["bidPrice"], row["bidQty"]), quote(row["askPrice"], row["askQty"])
    return Event(Kind.TICKER, symbol_of(row["symbol"]), bids, asks)


def _instrument(row: Row) -> Instrument:
    symbol = symbol_of(row["symbol"])
    if row["status"] != "TRADING":
        raise NotUsed(f"its status is {row['status']}")
    if row.get("isSpotTradingAllowed") is False:
        raise NotUsed("it is not traded on the spot market")
    filters = {one["filterType"]: one for one in list_of(row["filters"])}
    lot, notional = filters["LOT_SIZE"], filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
    base = symbol_of(row["baseAsset"])
    return Instrument(
        exchange="binance",
        symbol=symbol,
        base=base.upper(),
        quote=symbol_of(row["quoteAsset"]).upper(),
        price_step=step_of(filters["PRICE_FILTER"]["tickSize"]),
        quantity_step=step_of(lot["stepSize"]),
        min_notional=decimal_of(notional.get("minNotional", "0")),
        min_quantity=decimal_of(lot["minQty"]),
        multiplier=multiplier_of(base),
    )


def _networks(row: Row) -> list[Any]:
    if row.get("isLegalMoney") is True:
        raise NotUsed("it is money of a state, on no chain")
    return list_of(row["networkList"])


def _on_chain(row: Row, network: Row) -> AssetOnChain:
    contract = network.get("contractAddress")
    return AssetOnChain(
        exchange="binance",
        asset=symbol_of(row["coin"]).upper(),
        chain=symbol_of(network["network"]),
        contract=None if contract is None else str(contract),
        deposit_open=flag_of(network["depositEnable"]),
        withdraw_open=flag_of(network["withdrawEnable"]),
        withdrawal_fee=decimal_or_none(network.get("withdrawFee")),
    )
