"""Kraken spot: socket v2 with numbers bare and a checksum over their text, REST with names of its own for pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.first_levels import FirstLevels, Level
from p2p_pipeline.exchanges.simulator.dialects.kraken_rest import answer
from p2p_pipeline.exchanges.simulator.dialects.spelled import bare, iso, step, written

_DEPTHS = (10, 25, 100, 500, 1000)
_TOPICS = ("book", "ticker")
_COVERED = 10


class KrakenDialect:
    """No sequence: only the checksum shows a loss. What is pushed out of the depth is not told."""

    name = "kraken"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """The state of the system comes first; its connection's number is beyond 2^53."""
        return [_status("online")]

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Requests with a method; one answer a symbol."""
        try:
            request = json.loads(message)
            method, params = request["method"], request.get("params", {})
            about = {"req_id": request["req_id"]} if "req_id" in request else {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return [written({"error": "Malformed request", "success": False, **_times(books)})]
        if method == "ping":
            return [written({"method": "pong", **_times(books), **about})]
        if method not in ("subscribe", "unsubscribe") or not isinstance(params, dict):
            return [
                written({"error": "Method not found", "method": method, "success": False, **_times(books), **about})
            ]
        about = {"method": method, **_times(books), **about}
        if params.get("channel") == "instrument" and method == "subscribe":
            ack = {"result": {"channel": "instrument", "snapshot": True}, "success": True, **about}
            return [written(ack), _instruments(books)]
        wrong = _wrong(params)
        if wrong:
            return [written({"error": wrong, "success": False, **about})]
        treat = _subscribe if method == "subscribe" else _unsubscribe
        return [frame for symbol in params["symbol"] for frame in treat(session, params, symbol, about, books)]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each channel of the book."""
        frames: list[Outgoing] = []
        for topic, kind in session.topics_of(book):
            if kind == "ticker":
                best = book.top(1)
                if session.memory[topic] != best:
                    session.memory[topic] = best
                    frames.append(_ticker("update", book, change.at_ms))
            elif kind == "book":
                bids, asks = session.memory[topic].changed(book, tells_leaving=False)
                if bids or asks:
                    frames.append(_book(session, "update", book, bids, asks, change.at_ms))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Once a second, busy or not."""
        return [written({"channel": "heartbeat"})] if session.subscriptions else []

    def maintenance(self, session: Session, *, is_over: bool) -> list[Outgoing]:  # noqa: ARG002
        """The same message as the first one."""
        return [_status("online" if is_over else "maintenance")]

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:  # noqa: ARG002
        """The public requests; networks and fees want a key."""
        return answer(path, query, books)

    def symbol(self, book: SimulatedBook) -> str:
        """BTC/USD."""
        return symbol_of(book)


def symbol_of(book: SimulatedBook) -> str:
    """BTC/USD."""
    return f"{book.instrument.base}/{book.instrument.quote}"


def _status(system: str) -> str:
    data = {"version": "2.0.10", "system": system, "api_version": "v2", "connection_id": 15113583034416118705}
    return written({"channel": "status", "type": "update", "data": [data]})


def _times(books: Books) -> dict[str, str]:
    return {"time_in": iso(books.now_ms()), "time_out": iso(books.now_ms())}


def _wrong(params: dict[str, Any]) -> str | None:
    symbols = params.get("symbol")
    if params.get("channel") not in _TOPICS:
        return "Channel field must be an enum"
    if not isinstance(symbols, list) or not symbols or not all(isinstance(symbol, str) for symbol in symbols):
        return "Symbol(s) not found"
    if params["channel"] == "book" and params.get("depth", 10) not in _DEPTHS:
        return "Subscription depth not supported"
    return None


def _subscribe(
    session: Session, params: dict[str, Any], symbol: str, about: dict[str, Any], books: Books
) -> list[Outgoing]:
    book = next((book for book in books.all() if symbol_of(book) == symbol), None)
    if book is None:
        return [
            written({"error": f"Currency pair not supported {symbol}", "success": False, "symbol": symbol, **about})
        ]
    channel, wants_snapshot = params["channel"], params.get("snapshot", True) is not False
    depth = params.get("depth", 10)
    topic = f"{channel}:{symbol}" if channel == "ticker" else f"{channel}:{symbol}:{depth}"
    if topic in session.subscriptions:
        return [written({"error": "Already subscribed", "success": False, "symbol": symbol, **about})]
    result: dict[str, Any] = {"channel": channel, "snapshot": wants_snapshot, "symbol": symbol}
    if channel == "ticker":
        # Without trades the default trigger tells nothing.
        is_followed = params.get("event_trigger") == "bbo"
        session.subscriptions[topic] = ("ticker" if is_followed else "silent", book)
        session.memory[topic] = book.top(1)
        first = _ticker("snapshot", book, books.now_ms())
        result["event_trigger"] = params.get("event_trigger", "trades")
    else:
        session.subscriptions[topic] = ("book", book)
        window = session.memory[topic] = FirstLevels(book, depth)
        bids, asks = list(window.bids.items()), list(window.asks.items())
        first = _book(session, "snapshot", book, bids, asks, books.now_ms())
        result["depth"] = depth
    return [written({"result": result, "success": True, **about}), *([first] if wants_snapshot else [])]


def _unsubscribe(
    session: Session,
    params: dict[str, Any],
    symbol: str,
    about: dict[str, Any],
    books: Books,  # noqa: ARG001
) -> list[Outgoing]:
    channel, depth = params["channel"], params.get("depth", 10)
    topic = f"{channel}:{symbol}" if channel == "ticker" else f"{channel}:{symbol}:{depth}"
    if session.subscriptions.pop(topic, None) is None:
        return [written({"error": "Subscription Not Found", "success": False, "symbol": symbol, **about})]
    return [written({"result": {"channel": channel, "symbol": symbol}, "success": True, **about})]


def _book(session: Session, kind: str, book: SimulatedBook, bids: list[Level], asks: list[Level], at_ms: int) -> str:
    what = book.instrument
    zero = f"{0:.{what.quantity_decimals}f}"

    def rows(levels: list[Level]) -> list[dict[str, Any]]:
        return [{"price": bare(price), "qty": bare(zero if qty == "0" else qty)} for price, qty in levels]

    data: dict[str, Any] = {"symbol": symbol_of(book), "bids": rows(bids), "asks": rows(asks)}
    data |= {"checksum": session.checksum(_checksum(book)), "timestamp": iso(at_ms)}
    return written({"channel": "book", "type": kind, "data": [data]})


def _checksum(book: SimulatedBook) -> int:
    """Ten asks low to high, ten bids high to low, points and leading zeros taken out of their numbers."""
    bids, asks = book.top(_COVERED)
    text = "".join(number.replace(".", "").lstrip("0") for level in [*asks, *bids] for number in level)
    return crc32(text.encode())


def _ticker(kind: str, book: SimulatedBook, at_ms: int) -> str:
    bids, asks = book.top(1)
    (bid, bid_qty), (ask, ask_qty) = *(bids or [("0", "0")]), *(asks or [("0", "0")])
    data = {
        "symbol": symbol_of(book),
        "bid": bare(bid), "bid_qty": bare(bid_qty), "ask": bare(ask), "ask_qty": bare(ask_qty),
        "last": bare(bid), "volume": bare("1000.00000000"), "vwap": bare(bid), "low": bare(bid), "high": bare(ask),
        "change": bare("0"), "change_pct": bare("0"), "timestamp": iso(at_ms),
    }  # fmt: skip
    return written({"channel": "ticker", "type": kind, "data": [data]})


def _instruments(books: Books) -> str:
    """Increments are spelled with exponents, unlike the books' numbers."""
    names = {name for book in books.all() for name in (book.instrument.base, book.instrument.quote)}
    assets = [{"id": name, "status": "enabled", "precision": 8, "precision_display": 8} for name in sorted(names)]
    pairs = [
        {
            "symbol": symbol_of(book), "base": book.instrument.base, "quote": book.instrument.quote,
            "status": "online", "qty_precision": book.instrument.quantity_decimals,
            "qty_increment": float(step(book.instrument.quantity_decimals)),
            "price_precision": book.instrument.price_decimals, "cost_precision": 5,
            "cost_min": float(book.instrument.min_notional), "tick_size": float(step(book.instrument.price_decimals)),
            "price_increment": float(step(book.instrument.price_decimals)), "qty_min": 5e-05,
        }
        for book in books.all()
    ]  # fmt: skip
    return written({"channel": "instrument", "type": "snapshot", "data": {"assets": assets, "pairs": pairs}})
