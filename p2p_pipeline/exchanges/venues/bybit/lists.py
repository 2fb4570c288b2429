"""Bybit by REST: books, best prices, instruments, currencies, time."""

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
    quote,
    step_of,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK = "/v5/market/orderbook", "/v5/market/tickers"
_INSTRUMENTS, _CURRENCIES = "/v5/market/instruments-info", "/v5/asset/coin/query-info"
_SPOT = ("category", "spot")


def book_request(symbol: str) -> Request:
    """A snapshot; its `u` is of the topic of 1,000 levels and starts no other."""
    return Request(_BOOK, (_SPOT, ("symbol", symbol), ("limit", "200")))


def bulk_request() -> Request | None:
    """Best bid and ask of every spot pair."""
    return Request(_BULK, (_SPOT,))


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(lambda answer: _events(url, answer), body)


def instrument_requests() -> tuple[Request, ...]:
    """One list: the spot market has no pages."""
    return (Request(_INSTRUMENTS, (_SPOT,)),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market (a linear list is read too)."""
    return instruments_of(answer_of(answers, _INSTRUMENTS), _listed, _instrument, "symbol")


def currency_requests() -> tuple[Request, ...]:
    """One signed list."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains."""
    return currencies_of(
        answer_of(answers, _CURRENCIES),
        lambda body: list_of(_result(body)["rows"]),
        lambda row: list_of(row["chains"]),
        _on_chain,
        "coin",
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/v5/market/time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(_result(body)["timeNano"]) // 1_000_000
    except MISREAD:
        return None


def _result(body: bytes) -> dict[str, Any]:
    answer = object_of(text_json(body))
    if answer["retCode"] != 0:
        raise Refused(f"{answer['retCode']} {answer.get('retMsg', '')}")
    return object_of(answer["result"])


def _listed(body: bytes) -> list[Any]:
    return list_of(_result(body)["list"])


def _events(url: str, body: bytes) -> Sequence[Event]:
    path = url.partition("?")[0]
    if path == _BOOK:
        return (_book(_result(body)),)
    if path == _BULK:
        return guarded_rows(_ticker, _listed(body), "symbol")
    raise Unreadable("an answer to an address that was not asked")


def _book(book: Row) -> Event:
    matched = book.get("cts")
    return Event(
        Kind.SNAPSHOT,
        symbol_of(book["s"]),
        levels(book["b"]),
        levels(book["a"]),
        last=whole(book["u"]),
        exchange_time_us=time_us(book.get("ts") if matched is None else matched),
    )


def _ticker(row: Row) -> Event:
    bids, asks = quote(row["bid1Price"], row["bid1Size"]), quote(row["ask1Price"], row["ask1Size"])
    return Event(Kind.TICKER, symbol_of(row["symbol"]), bids, asks)


def _instrument(row: Row) -> Instrument:
    symbol = symbol_of(row["symbol"])
    if row["status"] != "Trading":
        raise NotUsed(f"its status is {row['status']}")
    lot, base = object_of(row["lotSizeFilter"]), symbol_of(row["baseCoin"])
    is_spot = "basePrecision" in lot
    return Instrument(
        exchange="bybit",
        symbol=symbol,
        base=base.upper(),
        quote=symbol_of(row["quoteCoin"]).upper(),
        price_step=step_of(row["priceFilter"]["tickSize"]),
        quantity_step=step_of(lot["basePrecision" if is_spot else "qtyStep"]),
        min_notional=decimal_of(lot["minOrderAmt"] if is_spot else lot.get("minNotionalValue", "0")),
        # of spot it is deprecated: only the amount in quote counts there
        min_quantity=decimal_of("0" if is_spot else lot["minOrderQty"]),
        multiplier=multiplier_of(base),
    )


def _on_chain(row: Row, chain: Row) -> AssetOnChain:
    contract, fee = chain.get("contractAddress"), decimal_or_none(chain.get("withdrawFee"))
    share = decimal_or_none(chain.get("withdrawPercentageFee"))
    return AssetOnChain(
        exchange="bybit",
        asset=symbol_of(row["coin"]).upper(),
        chain=symbol_of(chain["chain"]),
        contract=None if contract is None else str(contract),
        deposit_open=flag_of(chain["chainDeposit"]),
        # an empty fee says that it can't be withdrawn
        withdraw_open=flag_of(chain["chainWithdraw"]) and fee is not None,
        withdrawal_fee=None if share else fee,
    )
