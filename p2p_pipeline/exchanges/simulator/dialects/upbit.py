"""Upbit: binary frames, whole views, requests that replace each other and are never acknowledged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.spelled import answered, bare, step, written

_DEPTHS = (1, 5, 15, 30)
_STATUS_SECONDS = 10
_SIMPLE = {
    "type": "ty", "code": "cd", "timestamp": "tms", "total_ask_size": "tas", "total_bid_size": "tbs",
    "orderbook_units": "obu", "stream_type": "st", "level": "lv", "ask_price": "ap", "bid_price": "bp",
    "ask_size": "as", "bid_size": "bs",
}  # fmt: skip


class UpbitDialect:
    """Symbols have the quote first; the number of levels is a suffix of the code."""

    name = "upbit"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        session.memory.update(is_simple=False, has_pinged=False)
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """The text PING, a query, or an array that replaces whatever was asked before."""
        text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
        if text.strip() == "PING":
            session.memory["has_pinged"] = True
            return [_frame({"status": "UP"})]
        try:
            request = json.loads(text)
        except ValueError:
            return [_error("WRONG_FORMAT")]
        if isinstance(request, dict) and request.get("method") == "LIST_SUBSCRIPTIONS":
            listed = [{"type": "orderbook", "codes": list(session.subscriptions), "level": 0}]
            return [_frame({"method": "LIST_SUBSCRIPTIONS", "result": listed, "ticket": "simulated"})]
        wrong = _wrong(request)
        if wrong:
            return [_error(wrong)]
        return self._replace(session, request, books)

    def _replace(self, session: Session, request: list[dict[str, Any]], books: Books) -> list[Outgoing]:
        by_code = {code_of(book): book for book in books.all()}
        session.subscriptions.clear()
        session.memory["is_simple"] = any(part.get("format") == "SIMPLE" for part in request)
        frames: list[Outgoing] = []
        for part in request:
            if part.get("type") != "orderbook":
                continue
            for asked in part["codes"]:
                code, _, levels = asked.partition(".")
                book = by_code.get(code)
                if book is None or (levels and levels not in map(str, _DEPTHS)):
                    continue
                depth = int(levels or 30)
                if part.get("is_only_snapshot") or part.get("isOnlySnapshot"):
                    frames.append(_book(session, book, depth, "SNAPSHOT", books.now_ms()))
                    continue
                session.subscriptions[asked] = (str(depth), book)
                if not (part.get("is_only_realtime") or part.get("isOnlyRealtime")):
                    frames.append(_book(session, book, depth, "SNAPSHOT", books.now_ms()))
                session.memory[asked] = book.top(depth)
        return frames

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """The whole view, when anything in it has changed."""
        frames: list[Outgoing] = []
        for topic, kind in session.topics_of(book):
            view = book.top(int(kind))
            if session.memory[topic] != view:
                session.memory[topic] = view
                frames.append(_book(session, book, int(kind), "REALTIME", change.at_ms))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """Every 10 seconds, once the client has sent PING."""
        is_due = session.memory["has_pinged"] and books.now_ms() // 1000 % _STATUS_SECONDS == 0
        return [_frame({"status": "UP"})] if is_due else []

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:  # noqa: ARG002
        """The public requests; the state of wallets wants a key."""
        if path == "/v1/status/wallet":
            return answered({"error": {"name": "jwt_verification", "message": "Failed to verify the token."}}, 401)
        if path == "/v1/market/all":
            return answered([_listed(book) for book in books.all()])
        quotes = query.get("quote_currencies", "").split(",")
        if path == "/v1/ticker/all":
            return answered([_ticker(book, books) for book in books.all() if book.instrument.quote in quotes])
        readers = {"/v1/orderbook": _rest_book, "/v1/orderbook/instruments": _rules, "/v1/ticker": _ticker}
        if path not in readers:
            return None
        by_code = {code_of(book): book for book in books.all()}
        wanted = query.get("markets", "").split(",")
        if any(code not in by_code for code in wanted):
            return answered({"error": {"name": 404, "message": "Code not found"}}, 404)
        return answered([readers[path](by_code[code], books) for code in wanted])

    def symbol(self, book: SimulatedBook) -> str:
        """USDT-BTC."""
        return code_of(book)


def code_of(book: SimulatedBook) -> str:
    """USDT-BTC: the quote first."""
    return f"{book.instrument.quote}-{book.instrument.base}"


def _frame(value: Any) -> bytes:
    return written(value).encode()


def _error(name: str) -> bytes:
    return _frame({"error": {"name": name, "message": f"{name.lower().replace('_', ' ')}"}})


def _wrong(request: Any) -> str | None:
    """The name of what is wrong with a request; None when nothing is."""
    if not isinstance(request, list) or not all(isinstance(part, dict) for part in request):
        return "WRONG_FORMAT"
    if not any("ticket" in part for part in request):
        return "NO_TICKET"
    typed = [part for part in request if "type" in part]
    if not typed:
        return "NO_TYPE"
    has_codes = all(isinstance(part.get("codes"), list) and part["codes"] for part in typed)
    return None if has_codes else "NO_CODES"


def _units(book: SimulatedBook, depth: int) -> dict[str, Any]:
    """Level by level both sides together; the shorter side is filled with 0."""
    bids, asks = book.top(depth)
    length = max(len(bids), len(asks))
    filled = [side + [("0", "0")] * (length - len(side)) for side in (asks, bids)]
    units = [
        {"ask_price": bare(ask), "bid_price": bare(bid), "ask_size": bare(ask_size), "bid_size": bare(bid_size)}
        for (ask, ask_size), (bid, bid_size) in zip(*filled, strict=True)
    ]
    sums = [str(sum((Decimal(size) for _, size in side), Decimal(0))) for side in (asks, bids)]
    return {"total_ask_size": bare(sums[0]), "total_bid_size": bare(sums[1]), "orderbook_units": units}


def _book(session: Session, book: SimulatedBook, depth: int, stream: str, at_ms: int) -> bytes:
    message = {"type": "orderbook", "code": code_of(book), "timestamp": at_ms, **_units(book, depth)}
    message |= {"stream_type": stream, "level": 0}
    if session.memory["is_simple"]:
        message["orderbook_units"] = [
            {_SIMPLE[key]: value for key, value in unit.items()} for unit in message["orderbook_units"]
        ]
        message = {_SIMPLE[key]: value for key, value in message.items()}
    return _frame(message)


def _rest_book(book: SimulatedBook, books: Books) -> dict[str, Any]:
    return {"market": code_of(book), "timestamp": books.now_ms(), **_units(book, 30), "level": 0}


def _rules(book: SimulatedBook, books: Books) -> dict[str, Any]:  # noqa: ARG001
    what = book.instrument
    tick = bare(step(what.price_decimals))
    return {"market": code_of(book), "quote_currency": what.quote, "tick_size": tick, "supported_levels": ["0"]}


def _listed(book: SimulatedBook) -> dict[str, Any]:
    event = {"warning": False, "caution": {"PRICE_FLUCTUATIONS": False, "TRADING_VOLUME_SOARING": False}}
    name = book.instrument.base
    return {"market": code_of(book), "korean_name": name, "english_name": name, "market_event": event}


def _ticker(book: SimulatedBook, books: Books) -> dict[str, Any]:
    """Prices of trades only: it has no bid and no ask."""
    bids, _ = book.top(1)
    last = bare(bids[0][0] if bids else "0")
    return {
        "market": code_of(book), "trade_date": "20261130", "trade_time": "000000", "trade_timestamp": books.now_ms(),
        "opening_price": last, "high_price": last, "low_price": last, "trade_price": last,
        "prev_closing_price": last, "change": "EVEN", "change_price": 0, "change_rate": 0, "signed_change_price": 0,
        "signed_change_rate": 0, "trade_volume": 1, "acc_trade_price": 1, "acc_trade_price_24h": 1,
        "acc_trade_volume": 1, "acc_trade_volume_24h": 1, "highest_52_week_price": last,
        "lowest_52_week_price": last, "timestamp": books.now_ms(),
    }  # fmt: skip
