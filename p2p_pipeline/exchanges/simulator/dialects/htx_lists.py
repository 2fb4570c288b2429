"""What HTX's REST lists say, and how HTX writes numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books
from p2p_pipeline.exchanges.simulator.listing import ListedAsset, assets_of

_PROTOCOLS = {"ETH": "ERC20", "TRX": "TRC20", "BSC": "BEP20", "ARB": "ARB", "OP": "OPT"}
_SMALL = Decimal("0.001")


def bare(number: str) -> orjson.Fragment:
    """A number without quotes as Java writes it: no zeros at its end, and an exponent below a thousandth."""
    value = Decimal(number).normalize()
    if value and value < _SMALL:
        return orjson.Fragment(f"{value:E}")
    return orjson.Fragment(f"{value:f}")


def levels(side: Iterable[tuple[str, str]]) -> list[list[orjson.Fragment]]:
    """Levels of bare numbers."""
    return [[bare(price), bare(quantity)] for price, quantity in side]


def answered(value: Any) -> Answer:
    """A REST answer."""
    return Answer(orjson.dumps(value), headers={"Content-Type": "application/json"})


def rest_answer(path: str, books: Books, spell: Callable[[SimulatedBook], str]) -> Answer | None:
    """Lists, best prices, the clock."""
    now = books.now_ms()

    def rows(row: Callable[[SimulatedBook, str], dict[str, Any]]) -> list[dict[str, Any]]:
        return [row(book, spell(book)) for book in books.all()]

    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "/market/tickers": lambda: {"status": "ok", "ts": now, "data": rows(_best)},
        "/v2/settings/common/symbols": lambda: {"status": "ok", "data": rows(_symbol), "ts": str(now), "full": 1},
        "/v1/settings/common/market-symbols": lambda: {"status": "ok", "data": rows(_rules), "ts": str(now), "full": 1},
        "/v1/common/symbols": lambda: {"status": "ok", "data": rows(_older_symbol)},
        "/v2/reference/currencies": lambda: {"code": 200, "data": [_currency(told) for told in assets_of(books.all())]},
        "/v1/common/timestamp": lambda: {"status": "ok", "data": now},
    }
    return answered(answers[path]()) if path in answers else None


def _best(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    bids, asks = book.top(1)
    bid, ask = (side[0] if side else ("0", "0") for side in (bids, asks))
    return {
        "symbol": symbol, "open": 0, "high": 0, "low": 0, "close": bare(bid[0]), "amount": 0, "vol": 0, "count": 0,
        "bid": bare(bid[0]), "bidSize": bare(bid[1]), "ask": bare(ask[0]), "askSize": bare(ask[1]),
    }  # fmt: skip


def _symbol(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    return {
        "tags": "", "state": "online", "wr": "1.5", "sc": symbol, "p": [], "bcdn": what.base, "qcdn": what.quote,
        "elr": None, "tpp": what.price_decimals, "tap": what.quantity_decimals, "fp": 8, "smlr": None, "flr": None,
        "whe": False, "cd": False, "te": True, "sp": "main", "d": None, "bc": what.base.lower(),
        "qc": what.quote.lower(), "toa": 1514779200000, "ttp": 8, "w": 999400000, "lr": 5,
        "dn": f"{what.base}/{what.quote}",
    }  # fmt: skip


def _rules(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    least = bare(f"{Decimal(1).scaleb(-what.quantity_decimals):f}")
    return {
        "symbol": symbol, "state": "online", "bc": what.base.lower(), "qc": what.quote.lower(),
        "pp": what.price_decimals, "ap": what.quantity_decimals, "sp": "main", "vp": 8, "minoa": least,
        "maxoa": 1e9, "minov": bare(f"{what.min_notional:f}"), "lominoa": least, "lomaxoa": 1e9, "at": "enabled",
        "tags": "",
    }  # fmt: skip


def _older_symbol(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    least = bare(f"{Decimal(1).scaleb(-what.quantity_decimals):f}")
    return {
        "base-currency": what.base.lower(), "quote-currency": what.quote.lower(), "symbol": symbol,
        "price-precision": what.price_decimals, "amount-precision": what.quantity_decimals, "value-precision": 8,
        "symbol-partition": "main", "state": "online", "min-order-amt": least, "max-order-amt": 1e9,
        "min-order-value": bare(f"{what.min_notional:f}"), "limit-order-min-order-amt": least,
        "limit-order-max-order-amt": 1e9, "api-trading": "enabled", "tags": "",
    }  # fmt: skip


def _currency(told: ListedAsset) -> dict[str, Any]:
    return {"chains": [_chain(told)], "currency": told.ticker.lower(), "instStatus": "normal"}


def _chain(told: ListedAsset) -> dict[str, Any]:
    """No contract: HTX does not tell any."""
    ticker = told.ticker.lower()
    is_own = told.chain == told.ticker
    protocol = told.chain if is_own else _PROTOCOLS.get(told.chain, told.chain)
    return {
        "chain": ticker if is_own else f"{protocol.lower()}{ticker}",
        "displayName": protocol,
        "baseChain": told.chain,
        "baseChainProtocol": protocol,
        "isDynamic": False,
        "depositStatus": "allowed" if told.deposit_open else "prohibited",
        "withdrawStatus": "allowed" if told.withdraw_open else "prohibited",
        "withdrawFeeType": "fixed",
        "transactFeeWithdraw": f"{told.withdrawal_fee:f}",
        "minDepositAmt": "0.001",
        "minWithdrawAmt": "0.001",
        "withdrawPrecision": 8,
        "numOfConfirmations": 12,
        "numOfFastConfirmations": 12,
    }
