"""What the linear market answers to REST requests. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer
from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket
from p2p_pipeline.exchanges.simulator.linear.rows import instrument_row, ticker_row
from p2p_pipeline.exchanges.simulator.linear.wire import INTERVALS, MINUTE_MS, candle_texts, text

_INSTRUMENTS, _TICKERS, _KLINE, _FUNDING = (
    "/v5/market/instruments-info",
    "/v5/market/tickers",
    "/v5/market/kline",
    "/v5/market/funding/history",
)
_MOST_CANDLES, _MOST_FUNDINGS, _MOST_ROWS = 1_000, 200, 1_000
_IS_LISTED = ("Trading", "PreLaunch", "Delivering", "Settling")
"""What a list has that does not ask for a status."""


def answered(market: LinearMarket, path: str, query: Mapping[str, str], now_ms: int, rows_a_page: int) -> Answer | None:
    """The answer to a request for linear contracts; None for any other."""
    find = {
        _INSTRUMENTS: _instruments,
        _TICKERS: _tickers,
        _KLINE: _candles,
        _FUNDING: _fundings,
    }.get(path)
    if find is None:
        return None
    symbol = query.get("symbol")
    if (symbol is None and path in (_KLINE, _FUNDING)) or (symbol is not None and symbol not in market.paths):
        return _answer({}, now_ms, 10001, f"params error: symbol invalid {symbol or ''}".strip())
    try:
        result = find(market, query, now_ms, rows_a_page)
    except ValueError:
        return _answer({}, now_ms, 10001, "params error")
    return _answer(result, now_ms)


def _instruments(market: LinearMarket, query: Mapping[str, str], now_ms: int, rows_a_page: int) -> dict[str, Any]:
    """A page; the cursor names the first and last symbol of it, percent-encoded once (clients may do so again)."""
    limit = min(_limit(query, 500, _MOST_ROWS), rows_a_page)
    status, base, symbol = query.get("status"), query.get("baseCoin"), query.get("symbol")
    rows = [
        of
        for of in market.contracts
        if (of.status == status if status else of.status in _IS_LISTED)
        and base in (None, "", of.base)
        and symbol in (None, of.symbol)
    ]
    after = parse_qs(unquote(query.get("cursor", ""))).get("last", [""])[0]
    if query.get("cursor") and not after:
        raise ValueError(query["cursor"])
    left = [of for of in rows if of.symbol > after]
    page = left[:limit]
    more = len(left) > limit
    cursor = quote(f"first={page[0].symbol}&last={page[-1].symbol}", safe="") if more else ""
    found = [instrument_row(of, now_ms) for of in page]
    return {"category": "linear", "list": found, "nextPageCursor": cursor}


def _tickers(market: LinearMarket, query: Mapping[str, str], now_ms: int, rows_a_page: int) -> dict[str, Any]:  # noqa: ARG001
    symbol = query.get("symbol")
    paths = [market.paths[symbol]] if symbol else [p for p in market.paths.values() if p.contract.status == "Trading"]
    moment = now_ms / 1000
    rows = [
        ticker_row(path.contract, market.ticker(path.contract.symbol, path.number_at(moment)), now_ms) for path in paths
    ]
    return {"category": "linear", "list": rows}


def _candles(market: LinearMarket, query: Mapping[str, str], now_ms: int, rows_a_page: int) -> dict[str, Any]:  # noqa: ARG001
    """Newest first, the one that runs among them."""
    symbol, interval = query["symbol"], INTERVALS.get(query.get("interval", ""))
    if interval is None:
        raise ValueError(query.get("interval"))
    limit = _limit(query, 200, _MOST_CANDLES)
    path = market.paths[symbol]
    newest = _whole_interval(now_ms, interval)
    last = min(newest, _whole_interval(_time(query, "end", now_ms), interval))
    first = last - (limit - 1) * interval
    if query.get("start"):
        first = max(first, -(-_time(query, "start", 0) // (interval * MINUTE_MS)) * interval)
    found = market.candles(symbol, interval, first, last) if first <= last else []
    if found and last == newest:
        found[-1] = market.candle(symbol, interval, newest, path.number_at(now_ms / 1000))
    rows = [candle_texts(path.contract, candle) for candle in reversed(found)]
    return {"symbol": symbol, "category": "linear", "list": rows}


def _fundings(market: LinearMarket, query: Mapping[str, str], now_ms: int, rows_a_page: int) -> dict[str, Any]:  # noqa: ARG001
    """Newest first: the rate that was known last before each funding."""
    path = market.paths[query["symbol"]]
    every = path.contract.funding_hours * 60
    last = min(now_ms, _time(query, "endTime", now_ms)) // MINUTE_MS // every * every
    earliest = _time(query, "startTime", 0) / MINUTE_MS
    times = [last - place * every for place in range(_limit(query, 200, _MOST_FUNDINGS))]
    rows = [
        {
            "symbol": query["symbol"],
            "fundingRate": path.funding_rate(minute - 1),
            "fundingRateTimestamp": str(minute * MINUTE_MS),
        }
        for minute in times
        if minute >= earliest
    ]
    return {"category": "linear", "list": rows}


def _whole_interval(at_ms: int, interval: int) -> int:
    return at_ms // MINUTE_MS // interval * interval


def _time(query: Mapping[str, str], name: str, usual: int) -> int:
    return int(query.get(name) or usual)


def _limit(query: Mapping[str, str], usual: int, most: int) -> int:
    limit = int(query.get("limit") or usual)
    if limit < 1:
        raise ValueError(limit)
    return min(limit, most)


def _answer(result: dict[str, Any], now_ms: int, code: int = 0, words: str = "OK") -> Answer:
    told = {"retCode": code, "retMsg": words, "result": result, "retExtInfo": {}, "time": now_ms}
    return Answer(text(told).encode(), 200, {"Content-Type": "application/json"})
