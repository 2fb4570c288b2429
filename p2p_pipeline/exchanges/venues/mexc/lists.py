"""What MEXC's REST answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.fields import contract, ticker
from p2p_pipeline.exchanges.venues.listing import NotUsed, currencies_of, instruments_of, multiplier_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    answer_of,
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
    step_of_decimals,
    symbol_of,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_SYMBOLS = "/api/v3/exchangeInfo"
_COINS = "/api/v3/capital/config/getall"
_TRADING = {"1", "ENABLED"}
"""The table of the documentation has 1, its older sample the word."""


def book_request(symbol: str) -> Request:
    """The snapshot that deltas follow on."""
    return Request("/api/v3/depth", (("symbol", symbol), ("limit", "1000")))


def bulk_request() -> Request | None:
    """Best prices of all symbols."""
    return Request("/api/v3/ticker/bookTicker")


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book, or best prices."""

    def events(content: bytes) -> Sequence[Event]:
        answer = _answer(content)
        if isinstance(answer, list):
            return guarded_rows(_ticker, answer, "symbol")
        book = object_of(answer)
        if "lastUpdateId" not in book:
            return (_ticker(book),)
        return (_book(symbol_of(queried(url, "symbol")), book),)

    return guarded(events, body)


def _answer(body: bytes) -> Any:
    answer = exact_json(body)
    if isinstance(answer, dict) and "code" in answer and "msg" in answer:
        raise Refused(f"{answer['code']} {answer['msg']}")
    return answer


def _book(symbol: str, book: Mapping[str, Any]) -> Event:
    return Event(
        Kind.SNAPSHOT,
        symbol=symbol,
        bids=levels(book["bids"]),
        asks=levels(book["asks"]),
        last=whole(book["lastUpdateId"]),
        exchange_time_us=time_us(book.get("timestamp")),
    )


def _ticker(row: Mapping[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol=symbol_of(row["symbol"]),
        bids=quote(row["bidPrice"], row["bidQty"]),
        asks=quote(row["askPrice"], row["askQty"]),
    )


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_SYMBOLS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What the API may trade: less than what it shows."""
    rows = lambda body: list_of(object_of(_answer(body))["symbols"])  # noqa: E731
    return instruments_of(answer_of(answers, _SYMBOLS), rows, _instrument, "symbol")


def _instrument(row: Mapping[str, Any]) -> Instrument:
    symbol = symbol_of(row["symbol"])
    if str(row["status"]) not in _TRADING:
        raise NotUsed(f"its status is {row['status']}")
    if row["isSpotTradingAllowed"] is not True:
        raise NotUsed("the API may not trade it")
    if str(row.get("tradeSideType", "1")) != "1":
        raise NotUsed("only one side of it may be traded")
    base = ticker(row["baseAsset"])
    return Instrument(
        "mexc",
        symbol,
        base,
        ticker(row["quoteAsset"]),
        price_step=step_of_decimals(row["quotePrecision"]),
        quantity_step=step_of_decimals(row["baseAssetPrecision"]),
        min_notional=decimal_or_none(row.get("quoteAmountPrecision")) or Decimal(0),
        min_quantity=decimal_or_none(row.get("baseSizePrecision")) or Decimal(0),
        taker_fee=decimal_or_none(row.get("takerCommission")),
        multiplier=multiplier_of(base),
    )


def currency_requests() -> tuple[Request, ...]:
    """One list, signed."""
    return (Request(_COINS),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """All coins on their chains."""
    return currencies_of(answer_of(answers, _COINS), lambda body: list_of(_answer(body)), _chains, _on_chain, "coin")


def _chains(row: Mapping[str, Any]) -> list[Any]:
    return list_of(row["networkList"])


def _on_chain(row: Mapping[str, Any], chain: Mapping[str, Any]) -> AssetOnChain:
    return AssetOnChain(
        "mexc",
        ticker(row["coin"]),
        symbol_of(chain.get("netWork") or chain["network"]),
        contract=contract(chain.get("contract")),
        deposit_open=flag_of(chain["depositEnable"]),
        withdraw_open=flag_of(chain["withdrawEnable"]),
        withdrawal_fee=decimal_or_none(chain.get("withdrawFee")),
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/api/v3/time")


def time_ms(body: bytes) -> int | None:
    """What it says; None where it can't be read."""
    try:
        return whole(object_of(_answer(body))["serverTime"])
    except MISREAD:
        return None
