"""MEXC spot: JSON to ask and be answered, protobuf in binary frames for what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.protobuf_text import content, number
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    answer_of,
    asked_of,
    book_named,
    depth_of,
    is_new,
    text_of,
    texts_of,
)

_AGGREGATED, _LIMITED = "public.aggre.depth.v3.api.pb", "public.limit.depth.v3.api.pb"
_TICKER, _BATCH = "public.aggre.bookTicker.v3.api.pb", "public.bookTicker.batch.v3.api.pb"
_SPEEDS, _DEPTHS = ("10ms", "100ms"), ("5", "10", "20")
_SUBSCRIPTIONS = 30
_NO_KEY = answer_of({"code": 10072, "msg": "Api key info invalid"}, 400)
_BAD_SYMBOL = answer_of({"code": -1121, "msg": "Invalid symbol."}, 400)


class MexcDialect:
    """Streams are named `spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT`."""

    name = "mexc"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """A refusal comes in the envelope of an acceptance, with other words."""
        request = asked_of(message) or {}
        method, topics = request.get("method"), texts_of(request.get("params"))
        if method == "PING":
            return [_told("PONG")]
        if method not in ("SUBSCRIPTION", "UNSUBSCRIPTION") or not topics:
            return [_told("msg format invalid")]
        if method == "UNSUBSCRIPTION":
            for topic in topics:
                session.subscriptions.pop(topic, None)
            return [_told(",".join(topics))]
        accepted, refused = [], []
        for topic in topics:
            found = self._found(topic, books)
            if found is None or (len(session.subscriptions) >= _SUBSCRIPTIONS and topic not in session.subscriptions):
                refused.append(topic)
                continue
            session.subscriptions[topic] = found
            session.memory.pop(topic, None)
            accepted.append(topic)
        frames: list[Outgoing] = [_told(",".join(accepted))] if accepted else []
        if refused:
            frames.append(_told(f"Not Subscribed successfully! [{','.join(refused)}].  Reason： Blocked! "))
        return frames

    def _found(self, topic: str, books: Books) -> tuple[str, SimulatedBook] | None:
        market, channel, *rest = [*topic.split("@"), ""]
        first, second = [*rest, "", ""][:2]
        if channel in (_AGGREGATED, _TICKER):
            symbol, is_right = second, first in _SPEEDS
        elif channel == _LIMITED:
            symbol, is_right = first, second in _DEPTHS
        else:
            symbol, is_right = first, channel == _BATCH
        book = book_named(books, symbol, self.symbol)
        return (channel, book) if market == "spot" and is_right and book is not None else None

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A binary frame for each stream of the book that has something new."""
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel == _AGGREGATED:
                body = _sides(change.asks, change.bids) + content(3, topic.rpartition("@")[0])
                body += content(4, str(change.first)) + content(5, str(change.last)) + number(6, change.at_ms)
                frames.append(self._frame(topic, book, change, 313, body))
            elif channel == _LIMITED:
                bids, asks = book.top(int(topic.rpartition("@")[2]))
                if is_new(session, topic, (bids, asks)):
                    body = _sides(asks, bids) + content(3, "spot@" + _LIMITED) + content(4, str(book.last))
                    frames.append(self._frame(topic, book, change, 303, body + number(5, change.at_ms)))
            elif is_new(session, topic, book.top(1)):
                best = _best_fields(book)
                if channel == _TICKER:
                    body = best + content(5, str(book.last)) + number(6, change.at_ms)
                    frames.append(self._frame(topic, book, change, 315, body))
                else:
                    frames.append(self._frame(topic, book, change, 311, content(1, best) + content(2, str(book.last))))
        return frames

    def _frame(self, topic: str, book: SimulatedBook, change: BookChange, field: int, body: bytes) -> bytes:
        head = content(1, topic) + content(3, self.symbol(book)) + number(6, change.at_ms)
        return head + content(field, body)

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002 - the client pings
        """MEXC has no heartbeat of its own."""
        return []

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; the list of currencies wants a key."""
        if path.startswith("/api/v3/capital/"):
            return _NO_KEY
        if path == "/api/v3/depth":
            return self._depth(query, books)
        if path == "/api/v3/ticker/bookTicker" and "symbol" in query:
            book = book_named(books, query["symbol"], self.symbol)
            return _BAD_SYMBOL if book is None else answer_of(_best(query["symbol"], book))
        now = books.now_ms()
        told: dict[str, Callable[[], Any]] = {
            "/api/v3/ticker/bookTicker": lambda: [_best(self.symbol(book), book) for book in books.all()],
            "/api/v3/ticker/24hr": lambda: [_day(self.symbol(book), book, now) for book in books.all()],
            "/api/v3/exchangeInfo": lambda: _information(books, query, self),
            "/api/v3/time": lambda: {"serverTime": now},
            "/api/v3/ping": dict,
        }
        return answer_of(told[path]()) if path in told else None

    def _depth(self, query: Mapping[str, str], books: Books) -> Answer:
        book = book_named(books, query.get("symbol"), self.symbol)
        if book is None:
            return _BAD_SYMBOL
        bids, asks = book.top(depth_of(query.get("limit"), 100, 5000))
        return answer_of({"lastUpdateId": book.last, "bids": bids, "asks": asks, "timestamp": books.now_ms()})

    def symbol(self, book: SimulatedBook) -> str:
        """BTCUSDT."""
        return f"{book.instrument.base}{book.instrument.quote}"


def _told(words: str) -> str:
    return text_of({"id": 0, "code": 0, "msg": words})


def _items(field: int, side: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(content(field, content(1, price) + content(2, quantity)) for price, quantity in side)


def _sides(asks: Iterable[tuple[str, str]], bids: Iterable[tuple[str, str]]) -> bytes:
    return _items(1, asks) + _items(2, bids)


def _best_fields(book: SimulatedBook) -> bytes:
    bids, asks = book.top(1)
    bid, ask = (side[0] if side else ("", "") for side in (bids, asks))
    return content(1, bid[0]) + content(2, bid[1]) + content(3, ask[0]) + content(4, ask[1])


def _best(symbol: str, book: SimulatedBook) -> dict[str, str]:
    bids, asks = book.top(1)
    bid, ask = (side[0] if side else ("", "") for side in (bids, asks))
    return {"symbol": symbol, "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1]}


def _day(symbol: str, book: SimulatedBook, now_ms: int) -> dict[str, Any]:
    """Of the last day's trades nothing is simulated but the price."""
    best = _best(symbol, book)
    price = best["bidPrice"] or "0"
    prices = dict.fromkeys(("prevClosePrice", "lastPrice", "openPrice", "highPrice", "lowPrice"), price)
    none = dict.fromkeys(("priceChange", "priceChangePercent", "volume", "quoteVolume"), "0")
    return best | prices | none | {"openTime": now_ms - 86_400_000, "closeTime": now_ms, "count": None}


def _information(books: Books, query: Mapping[str, str], dialect: MexcDialect) -> dict[str, Any]:
    rows = [_listed(dialect.symbol(book), book) for book in books.all()]
    return {
        "timezone": "CST",
        "serverTime": books.now_ms(),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [row for row in rows if query.get("symbol") in (None, row["symbol"])],
    }


def _listed(symbol: str, book: SimulatedBook) -> dict[str, Any]:
    """The precision fields say what the documentation's text says of them, not what their names do."""
    what = book.instrument
    return {
        "symbol": symbol,
        "status": "1",
        "baseAsset": what.base,
        "baseAssetPrecision": what.quantity_decimals,
        "quoteAsset": what.quote,
        "quotePrecision": what.price_decimals,
        "quoteAssetPrecision": what.price_decimals,
        "baseCommissionPrecision": what.quantity_decimals,
        "quoteCommissionPrecision": what.price_decimals,
        "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "quoteAmountPrecision": f"{what.min_notional:f}",
        "baseSizePrecision": "0",
        "permissions": ["SPOT"],
        "filters": [],
        "maxQuoteAmount": "5000000",
        "makerCommission": "0",
        "takerCommission": f"{what.taker_fee:f}",
        "tradeSideType": 1,
    }
