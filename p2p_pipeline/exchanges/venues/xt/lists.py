"""What XT's REST answers say."""

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
    step_of,
    step_of_decimals,
    symbol_of,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, Listed, Request

_SYMBOLS = "/v4/public/symbol"
_CURRENCIES = "/v4/public/wallet/support/currency"


def book_request(symbol: str) -> Request:
    """The snapshot that deltas follow on."""
    return Request("/v4/public/depth", (("symbol", symbol), ("limit", "500")))


def bulk_request() -> Request | None:
    """Best prices of all symbols."""
    return Request("/v4/public/ticker/book")


def decode_answer(url: str, body: bytes) -> Sequence[Event]:
    """A book, or best prices."""

    def events(content: bytes) -> Sequence[Event]:
        result = _result(content)
        if isinstance(result, list):
            return guarded_rows(_ticker, result, "s")
        return (_book(symbol_of(queried(url, "symbol")), object_of(result)),)

    return guarded(events, body)


def _result(body: bytes) -> Any:
    answer = object_of(exact_json(body))
    if answer["rc"] != "0":
        raise Refused(f"{answer['rc']} {answer.get('mc', '')}")
    return answer["result"]


def _book(symbol: str, result: Mapping[str, Any]) -> Event:
    return Event(
        Kind.SNAPSHOT,
        symbol=symbol,
        bids=levels(result["bids"]),
        asks=levels(result["asks"]),
        last=whole(result["lastUpdateId"]),
        exchange_time_us=time_us(result["timestamp"]),
    )


def _ticker(row: Mapping[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol=symbol_of(row["s"]),
        bids=quote(row["bp"], row["bq"]),
        asks=quote(row["ap"], row["aq"]),
        exchange_time_us=time_us(row.get("t")),
    )


def instrument_requests() -> tuple[Request, ...]:
    """One list."""
    return (Request(_SYMBOLS),)


def instruments(answers: Mapping[str, bytes]) -> Listed:
    """What can be traded."""
    rows = lambda body: list_of(object_of(_result(body))["symbols"])  # noqa: E731
    return instruments_of(answer_of(answers, _SYMBOLS), rows, _instrument, "symbol")


def _instrument(row: Mapping[str, Any]) -> Instrument:
    symbol = symbol_of(row["symbol"])
    if row["state"] != "ONLINE":
        raise NotUsed(f"its state is {row['state']}")
    if row["tradingEnabled"] is not True:
        raise NotUsed("its trading is closed")
    filters = {one["filter"]: one for one in map(object_of, list_of(row.get("filters") or []))}
    price, quantity = filters.get("PRICE", {}), filters.get("QUANTITY", {})
    base = ticker(row["baseCurrency"])
    return Instrument(
        "xt",
        symbol,
        base,
        ticker(row["quoteCurrency"]),
        price_step=_step(price.get("tickSize"), row["pricePrecision"]),
        quantity_step=_step(quantity.get("tickSize"), row["quantityPrecision"]),
        min_notional=decimal_or_none(filters.get("QUOTE_QTY", {}).get("min")) or Decimal(0),
        min_quantity=decimal_or_none(quantity.get("min")) or Decimal(0),
        taker_fee=decimal_or_none(row.get("takerFeeRate")),
        multiplier=multiplier_of(base),
    )


def _step(told: object, decimals: object) -> Decimal:
    return step_of_decimals(decimals) if told is None else step_of(told)


def currency_requests() -> tuple[Request, ...]:
    """One list, public, with contracts."""
    return (Request(_CURRENCIES),)


def currencies(answers: Mapping[str, bytes]) -> Currencies:
    """All coins on their chains."""
    return currencies_of(
        answer_of(answers, _CURRENCIES), lambda body: list_of(_result(body)), _chains, _on_chain, "currency"
    )


def _chains(row: Mapping[str, Any]) -> list[Any]:
    return list_of(row["supportChains"])


def _on_chain(row: Mapping[str, Any], chain: Mapping[str, Any]) -> AssetOnChain:
    asset = ticker(row["currency"])
    paid_in = chain.get("withdrawFeeCurrency")
    is_own = paid_in is None or ticker(paid_in) == asset
    return AssetOnChain(
        "xt",
        asset,
        symbol_of(chain["chain"]),
        contract=contract(chain.get("contract")),
        deposit_open=flag_of(chain["depositEnabled"]),
        withdraw_open=flag_of(chain["withdrawEnabled"]),
        withdrawal_fee=decimal_or_none(chain.get("withdrawFeeAmount")) if is_own else None,
    )


def time_request() -> Request | None:
    """The exchange's clock."""
    return Request("/v4/public/time")


def time_ms(body: bytes) -> int | None:
    """What it says; None where it can't be read."""
    try:
        return whole(object_of(_result(body))["serverTime"])
    except MISREAD:
        return None
