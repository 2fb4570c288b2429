"""Coinbase by REST: books, instruments, currencies, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.iso_time import iso_us
from p2p_pipeline.exchanges.venues.listing import NotUsed, Row, currencies_of, instruments_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    decimal_of,
    guarded,
    levels,
    list_of,
    object_of,
    step_of,
    symbol_of,
    text_json,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _INSTRUMENTS = "/api/v3/brokerage/market/product_book", "/api/v3/brokerage/market/products"
_CURRENCIES, _TIME = "/currencies", "/api/v3/brokerage/time"

_HALTS = ("trading_disabled", "is_disabled", "view_only", "cancel_only", "post_only", "auction_mode")
"""Nothing can be taken from a book while one of these is true."""


def book_request(symbol: str) -> Request:
    """The best 500 a side; it has no number, so books come from the socket."""
    return Request(_BOOK, (("product_id", symbol), ("limit", "500")))


def bulk_request() -> Request | None:
    """Best prices of all need a key here: the socket's `ticker_batch` gives them."""
    return None


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book."""
    return guarded(partial(_events, url), body)


def _events(url: str, body: bytes) -> Sequence[Event]:
    answer = _checked(body)
    if url.partition("?")[0] != _BOOK:
        raise Unreadable("an answer to an address that was not asked")
    book = object_of(object_of(answer)["pricebook"])
    bids, asks = (levels([[row["price"], row["size"]] for row in book[side]]) for side in ("bids", "asks"))
    at = iso_us(book["time"]) if book.get("time") else None
    return (Event(Kind.SNAPSHOT, symbol_of(book["product_id"]), bids, asks, exchange_time_us=at),)


def _checked(body: bytes) -> Any:
    answer = text_json(body)
    if isinstance(answer, dict) and ("error" in answer or set(answer) == {"message"}):
        raise Refused(f"{answer.get('error', '')} {answer.get('message', '')}".strip())
    return answer


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_INSTRUMENTS, (("product_type", "SPOT"),)),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market; one book under two names is one instrument."""
    return instruments_of(
        answer_of(answers, _INSTRUMENTS), lambda body: list_of(_checked(body)["products"]), _instrument, "product_id"
    )


def _instrument(row: Row) -> Instrument:
    if row["product_type"] != "SPOT":
        raise NotUsed(f"its type is {row['product_type']}")
    if row.get("alias"):
        raise NotUsed(f"it is the same book as {row['alias']}")
    if row["status"] != "online":
        raise NotUsed(f"its status is {row['status'] or 'empty'}")
    for halt in _HALTS:
        if row.get(halt) is True:
            raise NotUsed(f"it is halted: {halt}")
    return Instrument(
        exchange="coinbase",
        symbol=symbol_of(row["product_id"]),
        base=symbol_of(row["base_currency_id"]).upper(),
        quote=symbol_of(row["quote_currency_id"]).upper(),
        price_step=step_of(row["price_increment"]),
        quantity_step=step_of(row["base_increment"]),
        min_notional=decimal_of(row["quote_min_size"]),
        min_quantity=decimal_of(row["base_min_size"]),
        aliases=tuple(symbol_of(name) for name in list_of(row.get("alias_to") or [])),
    )


def currency_requests() -> tuple[Request, ...]:
    """The public list of Coinbase Exchange, on a host of its own."""
    return (Request(_CURRENCIES, host="exchange"),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains, with contracts; withdrawal fees are not listed."""
    return currencies_of(
        answer_of(answers, _CURRENCIES), lambda body: list_of(_checked(body)), _networks, _on_chain, "id"
    )


def _networks(row: Row) -> list[Any]:
    if object_of(row.get("details") or {}).get("type") == "fiat":
        raise NotUsed("it is money of a state, on no chain")
    if row.get("status", "online") != "online":
        raise NotUsed(f"its status is {row['status']}")
    return list_of(row["supported_networks"])


def _on_chain(row: Row, network: Row) -> AssetOnChain:
    """One state stands for both ways."""
    contract, is_open = network.get("contract_address"), network["status"] == "online"
    return AssetOnChain(
        exchange="coinbase",
        asset=symbol_of(row["id"]).upper(),
        chain=symbol_of(network["id"]),
        contract=None if contract is None else str(contract),
        deposit_open=is_open,
        withdraw_open=is_open,
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request(_TIME)


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(object_of(_checked(body))["epochMillis"])
    except MISREAD:
        return None
