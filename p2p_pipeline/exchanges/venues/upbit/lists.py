"""Upbit by REST: books, instruments, currencies. It has no clock to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.listing import Row, currencies_of, instruments_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    exact_json,
    guarded,
    guarded_rows,
    list_of,
    step_of,
    symbol_of,
    time_us,
)
from p2p_pipeline.exchanges.venues.upbit.wire import side_of
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _INSTRUMENTS, _STEPS = "/v1/orderbook", "/v1/market/all", "/v1/orderbook/instruments"
_CURRENCIES = "/v1/status/wallet"

_STEP = Decimal("0.00000001")
"""Quantities have 8 decimals, prices at most: their step is told by market, and goes with the price in won."""
_FEE_OF_QUOTE = {"KRW": Decimal("0.0005")}
_OTHER_FEE = Decimal("0.0025")
_MIN_NOTIONAL = {"KRW": Decimal(5000)}
"""Of public clients; nothing is known of the other quotes."""

_DEPOSITS = ("working", "deposit_only")
_WITHDRAWALS = ("working", "withdraw_only")


def book_request(symbol: str) -> Request:
    """Thirty levels a side."""
    return Request(_BOOK, (("markets", symbol),))


def bulk_request() -> Request | None:
    """No request gives best prices without naming all markets: the socket's first level does."""
    return None


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """Books, one a market."""
    return guarded(partial(_events, url), body)


def _events(url: str, body: bytes) -> Sequence[Event]:
    answer = _checked(body)
    if url.partition("?")[0] != _BOOK:
        raise Unreadable("an answer to an address that was not asked")
    return guarded_rows(_book, answer, "market")


def _book(row: Row) -> Event:
    units = list_of(row["orderbook_units"])
    bids, asks = side_of(units, "bid_price", "bid_size"), side_of(units, "ask_price", "ask_size")
    return Event(Kind.SNAPSHOT, symbol_of(row["market"]), bids, asks, exchange_time_us=time_us(row.get("timestamp")))


def _checked(body: bytes) -> Any:
    answer = exact_json(body)
    if isinstance(answer, dict) and "error" in answer:
        error = answer["error"]
        raise Refused(f"{error['name']}: {error.get('message', '')}" if isinstance(error, dict) else str(error))
    return answer


def instrument_requests() -> tuple[Request, ...]:
    """One list. Price steps would need all markets named in an address, and get old with the price."""
    return (Request(_INSTRUMENTS, (("is_details", "true"),)),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades; a market under warning trades too. Price steps, where they were answered."""
    steps = _steps(answer_of(answers, _STEPS))
    return instruments_of(
        answer_of(answers, _INSTRUMENTS), lambda body: list_of(_checked(body)), partial(_instrument, steps), "market"
    )


def _steps(body: bytes | None) -> dict[str, Any]:
    try:
        return {} if body is None else {str(row["market"]): row["tick_size"] for row in list_of(_checked(body))}
    except MISREAD:
        return {}


def _instrument(steps: Mapping[str, Any], row: Row) -> Instrument:
    symbol = symbol_of(row["market"])
    quote, dash, base = symbol.partition("-")
    if not (quote and dash and base):
        raise Unreadable(f"{symbol} is not a quote and a base")
    return Instrument(
        exchange="upbit",
        symbol=symbol,
        base=base.upper(),
        quote=quote.upper(),
        price_step=step_of(steps[symbol]) if symbol in steps else _STEP,
        quantity_step=_STEP,
        min_notional=_MIN_NOTIONAL.get(quote, Decimal(0)),
        taker_fee=_FEE_OF_QUOTE.get(quote, _OTHER_FEE),
    )


def currency_requests() -> tuple[Request, ...]:
    """One signed list."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their networks: no contracts, no fees."""
    return currencies_of(
        answer_of(answers, _CURRENCIES), lambda body: list_of(_checked(body)), lambda row: [row], _on_chain, "currency"
    )


def _on_chain(row: Row, _: Row) -> AssetOnChain:
    state = row["wallet_state"]
    return AssetOnChain(
        exchange="upbit",
        asset=symbol_of(row["currency"]).upper(),
        chain=symbol_of(row["net_type"]),
        deposit_open=state in _DEPOSITS,
        withdraw_open=state in _WITHDRAWALS,
    )


def time_request() -> Request | None:
    """There is none: HTTP's `Date` is the only clock."""
    return None


def time_ms(body: bytes) -> int | None:
    """There is none."""
    return None
