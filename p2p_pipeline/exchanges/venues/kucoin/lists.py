"""KuCoin by REST: the token, books, best prices, instruments, currencies, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.listing import NotUsed, Row, currencies_of, instruments_of, multiplier_of
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
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_TOKEN, _TIME = "/api/v1/bullet-public", "/api/v1/timestamp"
_BOOK, _BULK = "/api/v1/market/orderbook/level2_100", "/api/v1/market/allTickers"
_BOOKS = (_BOOK, "/api/v1/market/orderbook/level2_20", "/api/v3/market/orderbook/level2")
"""The last is the whole book: signed by now, and in recordings."""
_INSTRUMENTS, _CURRENCIES = "/api/v2/symbols", "/api/v3/currencies"

_FINE = "200000"
_RATE_OF_CATEGORY = {1: Decimal("0.001"), 2: Decimal("0.002"), 3: Decimal("0.003")}
"""Taker at the base tier of fee classes A, B, C. A class that is not known counts as the dearest."""


def connect_request() -> Request | None:
    """A token, good for 24 hours, and where to connect with it."""
    return Request(_TOKEN, method="POST")


def connect_path(answer: bytes) -> str:
    """The socket's address with the token, at the host that the answer names: that is where the token counts.

    A simulated one names no host worth keeping (ws://): only its path, without the name that all exchanges there have.
    """
    try:
        data = object_of(_data(answer))
        endpoint, token = data["instanceServers"][0]["endpoint"], data["token"]
        if not (isinstance(endpoint, str) and isinstance(token, str) and token):
            return ""
        parts = urlsplit(endpoint)
        host = f"wss://{parts.netloc}" if parts.scheme == "wss" else ""
        path = parts.path.removeprefix("/kucoin") or "/"
        return f"{host}{path}?{urlencode({'token': token, 'connectId': 'p2p'})}"
    except MISREAD:
        return ""


def book_request(symbol: str) -> Request:
    """The best hundred a side, with the sequence: the whole book needs a key."""
    return Request(_BOOK, (("symbol", symbol),))


def bulk_request() -> Request | None:
    """Best bid and ask of every symbol."""
    return Request(_BULK)


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(partial(_events, url), body)


def _events(url: str, body: bytes) -> Sequence[Event]:
    path, data = url.partition("?")[0], object_of(_data(body))
    if path in _BOOKS:
        return (
            Event(
                Kind.SNAPSHOT,
                queried(url, "symbol"),
                levels(data["bids"]),
                levels(data["asks"]),
                last=whole(data["sequence"]),
                exchange_time_us=time_us(data.get("time")),
            ),
        )
    if path == _BULK:
        return guarded_rows(partial(_ticker, time_us(data.get("time"))), data["ticker"], "symbol")
    raise Unreadable("an answer to an address that was not asked")


def _ticker(at_us: int | None, row: Row) -> Event:
    bids, asks = quote(row["buy"], row["bestBidSize"]), quote(row["sell"], row["bestAskSize"])
    return Event(Kind.TICKER, symbol_of(row["symbol"]), bids, asks, exchange_time_us=at_us)


def _data(body: bytes) -> Any:
    answer = object_of(text_json(body))
    if answer["code"] != _FINE:
        raise Refused(f"{answer['code']} {answer.get('msg', '')}".strip())
    return answer["data"]


def instrument_requests() -> tuple[Request, ...]:
    """One list, with the fees' classes and coefficients."""
    return (Request(_INSTRUMENTS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market."""
    return instruments_of(answer_of(answers, _INSTRUMENTS), lambda body: list_of(_data(body)), _instrument, "symbol")


def _instrument(row: Row) -> Instrument:
    if not flag_of(row["enableTrading"]):
        raise NotUsed("its trading is off")
    base = symbol_of(row["baseCurrency"]).upper()
    rate = _RATE_OF_CATEGORY.get(row.get("feeCategory", 1), max(_RATE_OF_CATEGORY.values()))
    return Instrument(
        exchange="kucoin",
        symbol=symbol_of(row["symbol"]),
        base=base,
        quote=symbol_of(row["quoteCurrency"]).upper(),
        price_step=step_of(row["priceIncrement"]),
        quantity_step=step_of(row["baseIncrement"]),
        min_notional=decimal_or_none(row.get("minFunds")) or decimal_of(row["quoteMinSize"]),
        min_quantity=decimal_of(row["baseMinSize"]),
        taker_fee=rate * decimal_of(row.get("takerFeeCoefficient") or "1"),
        multiplier=multiplier_of(base),
    )


def currency_requests() -> tuple[Request, ...]:
    """One public list."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains, with contracts, states and fees."""
    return currencies_of(
        answer_of(answers, _CURRENCIES), lambda body: list_of(_data(body)), _networks, _on_chain, "currency"
    )


def _networks(row: Row) -> list[Any]:
    if row["chains"] is None:
        raise NotUsed("it is on no chain")
    return list_of(row["chains"])


def _on_chain(row: Row, network: Row) -> AssetOnChain:
    contract = network.get("contractAddress")
    return AssetOnChain(
        exchange="kucoin",
        asset=symbol_of(row["currency"]).upper(),
        chain=symbol_of(network["chainName"]),
        contract=None if contract is None else str(contract),
        deposit_open=flag_of(network["isDepositEnabled"]),
        withdraw_open=flag_of(network["isWithdrawEnabled"]),
        withdrawal_fee=decimal_or_none(network.get("withdrawalMinFee")),
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request(_TIME)


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(_data(body))
    except MISREAD:
        return None
