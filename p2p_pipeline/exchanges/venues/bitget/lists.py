"""What Bitget's REST answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.bitget.quotes import quotes_of
from p2p_pipeline.exchanges.venues.fields import contract, ticker
from p2p_pipeline.exchanges.venues.listing import NotUsed, currencies_of, instruments_of, multiplier_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
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
    step_of,
    step_of_decimals,
    symbol_of,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_SYMBOLS = "/api/v2/spot/public/symbols"
_UNIFIED_SYMBOLS = "/api/v3/market/instruments"
_COINS = "/api/v2/spot/public/coins"
_DOLLARS = {"USDT", "USDC", "USD"}


def book_request(symbol: str) -> Request:
    """The first 150 levels; without a sequence, so no deltas follow on it."""
    return Request("/api/v2/spot/market/orderbook", (("symbol", symbol), ("type", "step0"), ("limit", "150")))


def bulk_request() -> Request | None:
    """Best prices of all symbols."""
    return Request("/api/v2/spot/market/tickers")


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book, or best prices."""

    def events(content: bytes) -> Sequence[Event]:
        data = _data(content)
        if isinstance(data, list):
            return guarded_rows(_ticker, data, "symbol")
        return (_book(symbol_of(queried(url, "symbol")), object_of(data)),)

    return guarded(events, body)


def _data(body: bytes) -> Any:
    answer = object_of(exact_json(body))
    if answer["code"] != "00000":
        raise Refused(f"{answer['code']} {answer.get('msg', '')}")
    return answer["data"]


def _book(symbol: str, data: Mapping[str, Any]) -> Event:
    bids, asks = ("bids", "asks") if "bids" in data else ("b", "a")
    return Event(
        Kind.SNAPSHOT,
        symbol=symbol,
        bids=levels(data[bids]),
        asks=levels(data[asks]),
        last=whole(data["seq"]) if data.get("seq") is not None else None,
        exchange_time_us=time_us(data["ts"]),
    )


def _ticker(row: Mapping[str, Any]) -> Event:
    bids, asks = quotes_of(row)
    time = time_us(row.get("ts"))
    return Event(Kind.TICKER, symbol=symbol_of(row["symbol"]), bids=bids, asks=asks, exchange_time_us=time)


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_SYMBOLS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What can be traded; the unified list is read where it was asked for instead."""
    path = _SYMBOLS if answer_of(answers, _SYMBOLS) is not None else _UNIFIED_SYMBOLS
    return instruments_of(answer_of(answers, path), _rows, _instrument, "symbol")


def _rows(body: bytes) -> list[Any]:
    return list_of(_data(body))


def _instrument(row: Mapping[str, Any]) -> Instrument:
    if row["status"] != "online":
        raise NotUsed(f"its status is {row['status']}")
    base, quote_ticker = ticker(row["baseCoin"]), ticker(row["quoteCoin"])
    return Instrument(
        "bitget",
        symbol_of(row["symbol"]),
        base,
        quote_ticker,
        price_step=_step(row, "priceMultiplier", "pricePrecision"),
        quantity_step=_step(row, "quantityMultiplier", "quantityPrecision"),
        min_notional=_least_notional(row, quote_ticker),
        min_quantity=decimal_or_none(row.get("minOrderQty") or row.get("minTradeAmount")) or Decimal(0),
        taker_fee=decimal_or_none(row.get("takerFeeRate")),
        multiplier=multiplier_of(base),
    )


def _step(row: Mapping[str, Any], step: str, decimals: str) -> Decimal:
    return step_of(row[step]) if row.get(step) else step_of_decimals(row[decimals])


def _least_notional(row: Mapping[str, Any], quote_ticker: str) -> Decimal:
    """In the quote. `minTradeUSDT` is in USDT: of other quotes than dollars nothing is known by it."""
    if row.get("minOrderAmount"):
        return decimal_of(row["minOrderAmount"])
    return decimal_of(row["minTradeUSDT"]) if row.get("minTradeUSDT") and quote_ticker in _DOLLARS else Decimal(0)


def currency_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_COINS),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """All coins on their chains."""
    return currencies_of(answer_of(answers, _COINS), _rows, _chains, _on_chain, "coin")


def _chains(row: Mapping[str, Any]) -> list[Any]:
    return list_of(row["chains"])


def _on_chain(row: Mapping[str, Any], chain: Mapping[str, Any]) -> AssetOnChain:
    # What is burnt of a transfer is told as a share: the fee is then no amount that could be told.
    is_amount = not decimal_or_none(chain.get("extraWithdrawFee"))
    return AssetOnChain(
        "bitget",
        ticker(row["coin"]),
        symbol_of(chain["chain"]),
        contract=contract(chain.get("contractAddress")),
        deposit_open=flag_of(chain["rechargeable"]),
        withdraw_open=flag_of(chain["withdrawable"]),
        withdrawal_fee=decimal_or_none(chain.get("withdrawFee")) if is_amount else None,
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/api/v2/public/time")


def time_ms(body: bytes) -> int | None:
    """What it says; None where it can't be read."""
    try:
        return whole(object_of(_data(body))["serverTime"])
    except MISREAD:
        return None
