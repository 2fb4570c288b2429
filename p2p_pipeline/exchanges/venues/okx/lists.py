"""OKX by REST: books, best prices, instruments, currencies, time."""

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
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_BOOK, _BULK = "/api/v5/market/books", "/api/v5/market/tickers"
_INSTRUMENTS, _CURRENCIES = "/api/v5/public/instruments", "/api/v5/asset/currencies"


def book_request(symbol: str) -> Request:
    """A snapshot; the socket's own is what deltas follow."""
    return Request(_BOOK, (("instId", symbol), ("sz", "400")))


def bulk_request() -> Request | None:
    """Best bid and ask of every spot pair."""
    return Request(_BULK, (("instType", "SPOT"),))


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book or best prices."""
    return guarded(lambda answer: _events(url, answer), body)


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_INSTRUMENTS, (("instType", "SPOT"),)),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What trades on the spot market; OKX states no smallest notional, only a smallest quantity."""
    return instruments_of(answer_of(answers, _INSTRUMENTS), _data, _instrument, "instId")


def currency_requests() -> tuple[Request, ...]:
    """One signed list."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """Assets on their chains; a contract may be only its last 6 characters."""
    return currencies_of(answer_of(answers, _CURRENCIES), _data, lambda row: [row], _on_chain, "ccy")


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/api/v5/public/time")


def time_ms(body: bytes) -> int | None:
    """What it says."""
    try:
        return whole(_data(body)[0]["ts"])
    except MISREAD:
        return None


def _data(body: bytes) -> list[Any]:
    answer = object_of(text_json(body))
    if answer["code"] != "0":
        raise Refused(f"{answer['code']} {answer.get('msg', '')}")
    return list_of(answer["data"])


def _events(url: str, body: bytes) -> Sequence[Event]:
    rows, path = _data(body), url.partition("?")[0]
    if path == _BOOK:
        return [_book(row, queried(url, "instId")) for row in rows]
    if path == _BULK:
        return guarded_rows(_ticker, rows, "instId")
    raise Unreadable("an answer to an address that was not asked")


def _book(row: Row, symbol: str) -> Event:
    bids, asks, sequence = levels(row["bids"]), levels(row["asks"]), row.get("seqId")
    last = None if sequence is None else whole(sequence)
    return Event(Kind.SNAPSHOT, symbol, bids, asks, last=last, exchange_time_us=time_us(row.get("ts")))


def _ticker(row: Row) -> Event:
    bids, asks = quote(row["bidPx"], row["bidSz"]), quote(row["askPx"], row["askSz"])
    return Event(Kind.TICKER, symbol_of(row["instId"]), bids, asks, exchange_time_us=time_us(row.get("ts")))


def _instrument(row: Row) -> Instrument:
    symbol = symbol_of(row["instId"])
    if row["instType"] != "SPOT":
        raise NotUsed(f"it is of the {row['instType']} market")
    if row["state"] != "live":
        raise NotUsed(f"its state is {row['state']}")
    if row.get("ruleType", "normal") != "normal":
        raise NotUsed(f"it trades by the rules of {row['ruleType']}")
    base = symbol_of(row["baseCcy"])
    return Instrument(
        exchange="okx",
        symbol=symbol,
        base=base.upper(),
        quote=symbol_of(row["quoteCcy"]).upper(),
        price_step=step_of(row["tickSz"]),
        quantity_step=step_of(row["lotSz"]),
        min_quantity=decimal_of(row["minSz"]),
        multiplier=multiplier_of(base),
    )


def _on_chain(row: Row, chain: Row) -> AssetOnChain:
    asset, contract = symbol_of(row["ccy"]), chain.get("ctAddr")
    return AssetOnChain(
        exchange="okx",
        asset=asset.upper(),
        chain=symbol_of(chain["chain"]).removeprefix(f"{asset}-"),
        contract=None if contract is None else str(contract),
        deposit_open=flag_of(chain["canDep"]),
        withdraw_open=flag_of(chain["canWd"]),
        withdrawal_fee=_fee(chain),
    )


def _fee(chain: Row) -> Any:
    """None where a share is burnt on top: a fee in units can't say that."""
    burnt = decimal_or_none(chain.get("burningFeeRate"))
    fee = chain.get("fee") or chain.get("minFee")
    return None if burnt else decimal_or_none(fee)
