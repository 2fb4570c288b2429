"""Small price files, made of few words."""

from __future__ import annotations

from typing import Any

import orjson

from p2p_pipeline.exchanges.scan.price_file import PriceQuestion, read_price_file
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.exchanges.scan.scanning import scan
from p2p_pipeline_tests.exchanges.scan.moments import AT

Levels = list[list[str]]


def instrument(exchange: str, symbol: str, **changed: str) -> dict[str, str]:
    base, quote = symbol.split("/")
    usual = {"price_step": "0.01", "quantity_step": "0.001", "min_notional": "5", "taker_fee": "0.001"}
    return {"exchange": exchange, "symbol": symbol, "base": base, "quote": quote, **usual, **changed}


def book(exchange: str, symbol: str, bids: Levels, asks: Levels) -> dict[str, Any]:
    return {"exchange": exchange, "symbol": symbol, "bids": bids, "asks": asks}


def market(instruments: list[dict[str, str]], books: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    usual = {"notionals": ["1000"], "slippage_pct": "0", "withdrawal_fee_base": {}, "rebalance_cost": "0"}
    more = {"min_net_edge_pct": "0.1", "too_good_pct": "10", "start": {}}
    return {"instruments": instruments, "books": books, **usual, **more, **changed}


def two_exchanges(
    asks: Levels,
    bids: Levels,
    *,
    one: dict[str, str] | None = None,
    other: dict[str, str] | None = None,
    **changed: Any,
) -> dict[str, Any]:
    """BTC/USDT asked for at `here` and bid for at `there`; the two sides between stand far away."""
    symbol = "BTC/USDT"
    instruments = [instrument("here", symbol, **(one or {})), instrument("there", symbol, **(other or {}))]
    books = [book("here", symbol, [["0.01", "1"]], asks), book("there", symbol, bids, [["99999999", "1"]])]
    return market(instruments, books, **changed)


def asked(document: dict[str, Any]) -> PriceQuestion:
    return read_price_file(orjson.dumps(document), "books.json")


def scanned(document: dict[str, Any]) -> Scan:
    question = asked(document)
    return scan(question.view, question.rules, question.pairs, cycle=1, at=AT)
