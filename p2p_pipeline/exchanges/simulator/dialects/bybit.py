"""Bybit v5 spot: orderbook topics of 1, 50, 200 and 1,000 levels, ping and pong as messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    Side,
    answer_of,
    asked_of,
    begin,
    book_named,
    changes,
    depth_of,
    step_text,
    text_of,
    texts_of,
)

_SOCKET = "/v5/public/spot"
_DEPTHS = ("1", "50", "200", "1000")
_MOST_TOPICS = 10
_CONNECTION = "2324d924-aa4d-45b0-a858-7b8be29ab52b"
_TICKER = "tickers"
_CALM_MS = 3_000
_BOOK, _TICKERS, _INSTRUMENTS = "/v5/market/orderbook", "/v5/market/tickers", "/v5/market/instruments-info"
_KEY_PATHS = ("/v5/asset/", "/v5/account/", "/v5/user/")


class BybitDialect:
    """One topic that is not known refuses the whole request."""

    name = "bybit"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Requests with an operation."""
        request = asked_of(message) or {}
        operation, topics = str(request.get("op")), texts_of(request.get("args"))
        if operation == "ping":
            return [_told(request, "pong")]
        wrong = self._wrong(session, operation, topics, books)
        if wrong:
            return [_told(request, wrong, is_good=False)]
        if operation == "unsubscribe":
            for topic in topics:
                session.subscriptions.pop(topic, None)
            return [_told(request, "")]
        frames: list[Outgoing] = [_told(request, "subscribe")]
        for topic in topics:
            book = self._book_of(session, topic, books)
            if book is not None:
                depth = _TICKER if topic.startswith(f"{_TICKER}.") else topic.split(".")[1]
                session.subscriptions[topic] = (depth, book)
                frames.append(self._first(session, topic, book, books.now_ms()))
        return frames

    def _first(self, session: Session, topic: str, book: SimulatedBook, at_ms: int) -> str:
        if session.subscriptions[topic][0] != _TICKER:
            return self._snapshot(session, topic, book, at_ms)
        session.memory[topic] = _best(book)
        row = {key: value for key, value in self._ticker(book).items() if "1" not in key}  # no best prices in these
        return text_of({"topic": topic, "ts": at_ms, "type": "snapshot", "cs": book.last * 7, "data": row})

    def _wrong(self, session: Session, operation: str, topics: list[str], books: Books) -> str:
        """What is wrong with a request; empty for nothing."""
        if operation not in ("subscribe", "unsubscribe") or not topics:
            return "Invalid request"
        if len(topics) > _MOST_TOPICS:
            return "args size >10"
        unknown = [topic for topic in topics if self._book_of(session, topic, books) is None]
        return f"Invalid topic: {unknown[0]}" if unknown and operation == "subscribe" else ""

    def _book_of(self, session: Session, topic: str, books: Books) -> SimulatedBook | None:
        parts = topic.split(".")
        is_ticker = len(parts) == 2 and parts[0] == _TICKER
        is_book = len(parts) == 3 and parts[0] == "orderbook" and parts[1] in _DEPTHS
        is_spot = session.path.partition("?")[0] == _SOCKET
        return book_named(books, parts[-1], self.symbol) if is_spot and (is_ticker or is_book) else None

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each topic of the book; one level only speaks when it is another."""
        frames: list[Outgoing] = []
        for topic, depth in session.topics_of(book):
            if depth == _TICKER:
                frames += (
                    [self._first(session, topic, book, change.at_ms)] if _best(book) != session.memory[topic] else []
                )
            elif depth != "1":
                sides = changes(session, topic, book, int(depth))
                frames.append(self._frame(topic, "delta", book, sides, change.at_ms))
            elif _best(book) != session.memory[topic]:
                frames.append(self._snapshot(session, topic, book, change.at_ms))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """One level is told again after three seconds of calm, with the same number."""
        return [
            self._snapshot(session, topic, book, books.now_ms(), is_again=True)
            for topic, (depth, book) in session.subscriptions.items()
            if depth == "1" and book is not None and books.now_ms() - session.memory[f"{topic} at"] >= _CALM_MS
        ]

    def _snapshot(
        self, session: Session, topic: str, book: SimulatedBook, at_ms: int, *, is_again: bool = False
    ) -> str:
        sides = begin(session, topic, book, int(topic.split(".")[1]))
        session.memory[f"{topic} at"] = at_ms
        number = session.memory.get(f"{topic} u", book.last) if is_again else book.last
        session.memory[f"{topic} u"] = number
        return self._frame(topic, "snapshot", book, sides, at_ms, number)

    def _frame(
        self, topic: str, kind: str, book: SimulatedBook, sides: tuple[Side, Side], at_ms: int, number: int = 0
    ) -> str:
        number = number or book.last
        data = {"s": self.symbol(book), "b": sides[0], "a": sides[1], "u": number, "seq": number * 7}
        return text_of({"topic": topic, "ts": at_ms + 2, "type": kind, "data": data, "cts": at_ms})

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; what is of an account wants a key."""
        now_ms = books.now_ms()
        if path.startswith(_KEY_PATHS):
            told = {"retCode": 10003, "retMsg": "API key is invalid.", "result": {}, "retExtInfo": {}, "time": now_ms}
            return answer_of(told, 401)
        if path == "/v5/market/time":
            return _result({"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}, now_ms)
        if path not in (_BOOK, _TICKERS, _INSTRUMENTS):
            return None
        category, symbol = query.get("category"), query.get("symbol")
        rows = [book for book in books.all() if category == "spot" and symbol in (None, self.symbol(book))]
        if not rows and (symbol is not None or path == _BOOK):
            return _bad(now_ms)
        if path == _BOOK:
            return self._book(rows[0], query, now_ms)
        found = [self._ticker(book) if path == _TICKERS else _listed(book, self.symbol(book)) for book in rows]
        return _result({"category": category, "list": found, "nextPageCursor": ""}, now_ms)

    def _book(self, book: SimulatedBook, query: Mapping[str, str], now_ms: int) -> Answer:
        bids, asks = book.top(depth_of(query.get("limit"), 1, 200))
        told = {
            "s": self.symbol(book), "a": asks, "b": bids, "ts": now_ms, "u": book.last, "seq": book.last * 7,
            "cts": book.at_ms,
        }  # fmt: skip
        return _result(told, now_ms)

    def _ticker(self, book: SimulatedBook) -> dict[str, Any]:
        bid, ask = _best_levels(book)
        return {
            "symbol": self.symbol(book), "bid1Price": bid[0], "bid1Size": bid[1], "ask1Price": ask[0],
            "ask1Size": ask[1], "lastPrice": bid[0], "prevPrice24h": bid[0], "price24hPcnt": "0",
            "highPrice24h": ask[0], "lowPrice24h": bid[0], "turnover24h": "0", "volume24h": "0",
        }  # fmt: skip

    def symbol(self, book: SimulatedBook) -> str:
        """BTCUSDT."""
        return f"{book.instrument.base}{book.instrument.quote}"


def _best(book: SimulatedBook) -> tuple[dict[str, str], dict[str, str]]:
    bids, asks = book.top(1)
    return dict(bids), dict(asks)


def _best_levels(book: SimulatedBook) -> tuple[tuple[str, str], tuple[str, str]]:
    (bid, *_), (ask, *_) = book.top(1)
    return bid, ask


def _told(request: dict[str, Any], words: str, *, is_good: bool = True) -> str:
    told: dict[str, Any] = {"success": is_good, "ret_msg": words, "conn_id": _CONNECTION}
    if "req_id" in request:
        told["req_id"] = request["req_id"]
    return text_of({**told, "op": request.get("op", "")})


def _result(result: dict[str, Any], now_ms: int) -> Answer:
    return answer_of({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now_ms})


def _bad(now_ms: int) -> Answer:
    words = "Not supported symbols"
    return answer_of({"retCode": 10001, "retMsg": words, "result": {}, "retExtInfo": {}, "time": now_ms})


def _listed(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    step = step_text(what.quantity_decimals)
    return {
        "symbol": symbol,
        "baseCoin": what.base,
        "quoteCoin": what.quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": step,
            "quotePrecision": "0.00000001",
            "minOrderQty": step,
            "maxOrderQty": "100000000",
            "minOrderAmt": f"{what.min_notional:f}",
            "maxOrderAmt": "8000000",
        },
        "priceFilter": {"tickSize": step_text(what.price_decimals)},
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.01"},
        "symbolType": "",
    }
