"""Gate by REST: books, best prices, instruments, currencies, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
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
    step_of_decimals,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_ROOT = "/api/v4"
_BOOK, _BULK = f"{_ROOT}/spot/order_book", f"{_ROOT}/spot/tickers"
_INSTRUMENTS, _CURRENCIES = f"{_ROOT}/spot/currency_pairs", f"{_ROOT}/spot/currencies"
_UNTOLD = "0"
"""The quantity of best prices of everything: Gate tells sizes only of a single pair."""


def book_request(symbol: str) -> Request:
    """A snapshot with the number that `spot.order_book_update` goes on from."""
    return Request(_BOOK, (("currency_pair", symbol), ("limit", "100"), ("with_id", "true")))


def bulk_request() -> Request | None:
    """Best bid and ask of every pair, without sizes."""
    return Request(_BULK)


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(lambda answer: _events(url, answer), body)


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_INSTRUMENTS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market, with the pair's own fee."""
    return instruments_of(answer_of(answers, _INSTRUMENTS), _listed, _instrument, "id")


def currency_requests() -> tuple[Request, ...]:
    """One public list; fees of withdrawals would need a key."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains; a row of the older shape names one chain and no contract."""
    return currencies_of(answer_of(answers, _CURRENCIES), _listed, _chains, _on_chain, "currency")


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request(f"{_ROOT}/spot/time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(object_of(text_json(body))["server_time"])
    except MISREAD:
        return None


def _checked(body: bytes) -> Any:
    answer = text_json(body)
    if isinstance(answer, dict) and "label" in answer:
        raise Refused(f"{answer['label']} {answer.get('message', '')}")
    return answer


def _listed(body: bytes) -> list[Any]:
    return list_of(_checked(body))


def _events(url: str, body: bytes) -> Sequence[Event]:
    answer, path = _checked(body), url.partition("?")[0]
    if path == _BOOK:
        return (_book(object_of(answer), queried(url, "currency_pair")),)
    if path == _BULK:
        return guarded_rows(_ticker, answer, "currency_pair")
    raise Unreadable("an answer to an address that was not asked")


def _book(book: Row, symbol: str) -> Event:
    bids, asks, sequence = levels(book["bids"]), levels(book["asks"]), book.get("id")
    last = None if sequence is None else whole(sequence)
    return Event(Kind.SNAPSHOT, symbol, bids, asks, last=last, exchange_time_us=time_us(book.get("update")))


def _ticker(row: Row) -> Event:
    bids = quote(row.get("highest_bid"), row.get("highest_size") or _UNTOLD)
    asks = quote(row.get("lowest_ask"), row.get("lowest_size") or _UNTOLD)
    return Event(Kind.TICKER, symbol_of(row["currency_pair"]), bids, asks)


def _instrument(row: Row) -> Instrument:
    symbol = symbol_of(row["id"])
    if row["trade_status"] != "tradable":
        raise NotUsed(f"its status is {row['trade_status']}")
    if row.get("type", "normal") != "normal":
        raise NotUsed(f"it is of the {row['type']} market")
    base, fee = symbol_of(row["base"]), decimal_or_none(row.get("fee"))
    return Instrument(
        exchange="gate",
        symbol=symbol,
        base=base.upper(),
        quote=symbol_of(row["quote"]).upper(),
        price_step=step_of_decimals(row["precision"]),
        quantity_step=step_of_decimals(row["amount_precision"]),
        min_notional=decimal_of(row.get("min_quote_amount") or "0"),
        min_quantity=decimal_of(row.get("min_base_amount") or "0"),
        taker_fee=None if fee is None else fee / Decimal(100),
        multiplier=multiplier_of(base),
    )


def _chains(row: Row) -> list[Any]:
    if row.get("delisted") is True:
        raise NotUsed("it is delisted")
    if "chains" in row:
        return list_of(row["chains"])
    return [{**row, "name": row["chain"]}]


def _on_chain(row: Row, chain: Row) -> AssetOnChain:
    contract = chain.get("addr")
    is_delayed = flag_of(chain.get("withdraw_delayed", False))
    return AssetOnChain(
        exchange="gate",
        asset=symbol_of(row["currency"]).upper(),
        chain=symbol_of(chain["name"]),
        contract=None if contract is None else str(contract),
        deposit_open=not flag_of(chain["deposit_disabled"]),
        withdraw_open=not (flag_of(chain["withdraw_disabled"]) or is_delayed),
    )
