"""What HTX's REST answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.fields import ticker
from p2p_pipeline.exchanges.venues.listing import NotUsed, currencies_of, instruments_of, multiplier_of
from p2p_pipeline.exchanges.venues.no_token import connect_path, connect_request  # noqa: F401 - see `Lists`
from p2p_pipeline.exchanges.venues.reading import (
    MISREAD,
    Refused,
    Unreadable,
    answer_of,
    bounded_value,
    decimal_of,
    decimal_or_none,
    exact_json,
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

_SYMBOLS = "/v2/settings/common/symbols"
_RULES = "/v1/settings/common/market-symbols"
_FEES = "/v2/reference/transact-fee-rate"
"""Signed: read where it was asked for."""
_CURRENCIES = "/v2/reference/currencies"


def book_request(symbol: str) -> Request:
    """The first 150 levels; the deltas' own snapshot comes over their socket."""
    return Request("/market/depth", (("symbol", symbol), ("type", "step0")))


def bulk_request() -> Request | None:
    """Best prices of all symbols."""
    return Request("/market/tickers")


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book, or best prices."""

    def events(content: bytes) -> Sequence[Event]:
        answer = _answer(content)
        if "tick" in answer:
            return (_book(symbol_of(queried(url, "symbol")), object_of(answer["tick"])),)
        return guarded_rows(_ticker, answer["data"], "symbol")

    return guarded(events, body)


def _answer(body: bytes) -> dict[str, Any]:
    answer = object_of(exact_json(body))
    status, code = answer.get("status", "ok"), answer.get("code", "200")
    if status != "ok" or code != "200":
        words = answer.get("err-msg") or answer.get("message") or ""
        raise Refused(f"{answer.get('err-code') or code} {words}".strip())
    return answer


def _rows(body: bytes) -> list[Any]:
    return list_of(_answer(body)["data"])


def _book(symbol: str, tick: Mapping[str, Any]) -> Event:
    return Event(
        Kind.SNAPSHOT,
        symbol=symbol,
        bids=levels(tick["bids"]),
        asks=levels(tick["asks"]),
        last=whole(tick["version"]),
        exchange_time_us=time_us(tick["ts"]),
    )


def _ticker(row: Mapping[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol=symbol_of(row["symbol"]),
        bids=quote(row["bid"], row["bidSize"]),
        asks=quote(row["ask"], row["askSize"]),
    )


def instrument_requests() -> tuple[Request, ...]:
    """What there is, and its least orders."""
    return Request(_SYMBOLS), Request(_RULES)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What can be traded. Where the least orders were not answered, none are known."""
    rules = _by_symbol(answer_of(answers, _RULES))
    fees = _by_symbol(answer_of(answers, _FEES))

    def read(row: Mapping[str, Any]) -> Instrument:
        symbol = symbol_of(row["sc"])
        return _instrument(row, rules.get(symbol, {}), fees.get(symbol, {}))

    return instruments_of(answer_of(answers, _SYMBOLS), _rows, read, "sc")


def _by_symbol(body: bytes | None) -> dict[str, dict[str, Any]]:
    try:
        rows = _rows(body) if body is not None else []
        return {symbol_of(row["symbol"]): row for row in rows if isinstance(row, dict)}
    except MISREAD:
        return {}


def _instrument(row: Mapping[str, Any], rules: Mapping[str, Any], fees: Mapping[str, Any]) -> Instrument:
    symbol = symbol_of(row["sc"])
    if row["state"] != "online":
        raise NotUsed(f"its state is {row['state']}")
    if row["te"] is not True:
        raise NotUsed("its trading is closed")
    base = ticker(row["bc"])
    return Instrument(
        "htx",
        symbol,
        base,
        ticker(row["qc"]),
        price_step=step_of_decimals(row["tpp"]),
        quantity_step=step_of_decimals(row["tap"]),
        min_notional=decimal_or_none(rules.get("minov")) or Decimal(0),
        min_quantity=decimal_or_none(rules.get("lominoa")) or Decimal(0),
        taker_fee=decimal_or_none(fees.get("actualTakerRate") or fees.get("takerFeeRate")),
        multiplier=multiplier_of(base),
    )


def currency_requests() -> tuple[Request, ...]:
    """One list; it has no contracts."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """All coins on their chains."""
    return currencies_of(answer_of(answers, _CURRENCIES), _rows, _chains, _on_chain, "currency")


def _chains(row: Mapping[str, Any]) -> list[Any]:
    if row.get("instStatus", "normal") != "normal":
        raise NotUsed(f"its status is {row['instStatus']}")
    return list_of(row["chains"])


def _on_chain(row: Mapping[str, Any], chain: Mapping[str, Any]) -> AssetOnChain:
    # `chain` is a name of the asset there (trc20usdt): the protocol says which chain that is. OMNI has BTC below it.
    name = chain.get("baseChainProtocol") or chain.get("baseChain") or chain.get("displayName") or chain["chain"]
    return AssetOnChain(
        "htx",
        ticker(row["currency"]),
        symbol_of(name),
        deposit_open=_is_open(chain["depositStatus"]),
        withdraw_open=_is_open(chain["withdrawStatus"]),
        withdrawal_fee=_withdrawal_fee(chain),
    )


def _is_open(status: object) -> bool:
    if not isinstance(status, str):
        raise Unreadable(f"{bounded_value(status)} is no status")
    return status == "allowed"


def _withdrawal_fee(row: Mapping[str, Any]) -> Decimal | None:
    """A fixed amount, or the least of one that varies; a share of what is withdrawn is no amount."""
    if row.get("withdrawFeeType") == "fixed":
        return decimal_of(row["transactFeeWithdraw"])
    return decimal_or_none(row.get("minTransactFeeWithdraw")) if row.get("withdrawFeeType") == "circulated" else None


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/v1/common/timestamp")


def time_ms(body: bytes) -> int | None:
    """What it says; None where it can't be read."""
    try:
        return whole(_answer(body)["data"])
    except MISREAD:
        return None
