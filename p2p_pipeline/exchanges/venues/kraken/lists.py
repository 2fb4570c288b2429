"""Kraken by REST: books, best prices, instruments, currencies, time.

REST names a pair its own way (`XXBTZUSD`, `XBTUSD`): answers' events carry that name, and an instrument has it among
its aliases. Nothing is cut out of names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.listing import NotUsed, Row, currencies_of, instruments_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    decimal_of,
    exact_json,
    guarded,
    guarded_rows,
    levels,
    list_of,
    object_of,
    queried,
    quote,
    step_of,
    step_of_decimals,
    symbol_of,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK = "/0/public/Depth", "/0/public/Ticker"
_INSTRUMENTS, _ASSETS, _NETWORKS = "/0/public/AssetPairs", "/0/public/Assets", "/0/private/WithdrawMethods"

NAME_OF_V2 = {"XBT": "BTC", "XDG": "DOGE"}
"""v1 and REST have names of their own for two assets."""
_NAME_OF_REST = {name: old for old, name in NAME_OF_V2.items()}


def book_request(symbol: str) -> Request:
    """Best 500 a side. It has neither a checksum nor a number: books come from the socket."""
    pair = "".join(_NAME_OF_REST.get(name, name) for name in symbol.split("/"))
    return Request(_BOOK, (("pair", pair), ("count", "500")))


def bulk_request() -> Request | None:
    """Best bid and ask of every pair."""
    return Request(_BULK)


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices, under REST's names of the pairs."""
    return guarded(partial(_events, url), body)


def _events(url: str, body: bytes) -> Sequence[Event]:
    path, result = url.partition("?")[0], object_of(_result(body))
    if path == _BOOK:
        (book,) = result.values()
        bids, asks = levels(book["bids"]), levels(book["asks"])
        return (Event(Kind.SNAPSHOT, queried(url, "pair"), bids, asks),)
    if path == _BULK:
        return guarded_rows(_ticker, [[pair, ticker] for pair, ticker in result.items()], 0)
    raise Unreadable("an answer to an address that was not asked")


def _ticker(row: list[Any]) -> Event:
    pair, ticker = row
    # Price, whole lots, lots.
    bids, asks = (quote(ticker[side][0], ticker[side][2]) for side in "ba")
    return Event(Kind.TICKER, symbol_of(pair), bids, asks)


def _result(body: bytes) -> Any:
    answer = object_of(exact_json(body))
    if answer["error"]:
        raise Refused(", ".join(map(str, list_of(answer["error"]))))
    return answer["result"]


def instrument_requests() -> tuple[Request, ...]:
    """One list, with the base tier's fees."""
    return (Request(_INSTRUMENTS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market."""
    return instruments_of(answer_of(answers, _INSTRUMENTS), _rows, _instrument, "id")


def _rows(body: bytes) -> list[Row]:
    return [{**object_of(pair), "id": name} for name, pair in object_of(_result(body)).items()]


def _instrument(row: Row) -> Instrument:
    if row.get("status", "online") != "online":
        raise NotUsed(f"its status is {row['status']}")
    if not row.get("wsname"):
        raise NotUsed("it has no name on the socket")
    base, quote_name = (NAME_OF_V2.get(name, name) for name in symbol_of(row["wsname"]).split("/"))
    symbol = f"{base}/{quote_name}"
    names = dict.fromkeys(symbol_of(name) for name in (row["id"], row["altname"], row["wsname"]))
    return Instrument(
        exchange="kraken",
        symbol=symbol,
        base=base.upper(),
        quote=quote_name.upper(),
        price_step=step_of(row["tick_size"]) if "tick_size" in row else step_of_decimals(row["pair_decimals"]),
        quantity_step=step_of_decimals(row["lot_decimals"]),
        min_notional=decimal_of(row.get("costmin", "0")),
        min_quantity=decimal_of(row.get("ordermin", "0")),
        taker_fee=_first_fee(row),
        aliases=tuple(name for name in names if name != symbol),
    )


def _first_fee(row: Row) -> Decimal | None:
    """Of the lowest volume, from per cent."""
    fees = list_of(row.get("fees", []))
    return decimal_of(fees[0][1]) / 100 if fees else None


def currency_requests() -> tuple[Request, ...]:
    """Names and states of assets, and the networks, which need a key."""
    return (Request(_ASSETS), Request(_NETWORKS, method="POST"))


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their networks: no contracts, and fees only one by one."""
    assets = _assets(answer_of(answers, _ASSETS))
    return currencies_of(
        answer_of(answers, _NETWORKS),
        lambda body: list_of(_result(body)),
        lambda row: [row],
        lambda row, _: _on_chain(row, assets),
        "asset",
    )


def _assets(body: bytes | None) -> dict[str, Row]:
    try:
        return {} if body is None else object_of(_result(body))
    except MISREAD:
        return {}


def _on_chain(row: Row, assets: Mapping[str, Row]) -> AssetOnChain:
    known = assets.get(symbol_of(row["asset"]), {})
    name, status = symbol_of(known.get("altname", row["asset"])), known.get("status")
    return AssetOnChain(
        exchange="kraken",
        asset=NAME_OF_V2.get(name, name).upper(),
        chain=symbol_of(row.get("network") or row["method"]),
        deposit_open=None if status is None else status in ("enabled", "deposit_only"),
        withdraw_open=None if status is None else status in ("enabled", "withdrawal_only"),
    )


def time_request() -> Request | None:
    """The exchange's clock, in whole seconds."""
    return Request("/0/public/Time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(_result(body)["unixtime"]) * 1000
    except MISREAD:
        return None
