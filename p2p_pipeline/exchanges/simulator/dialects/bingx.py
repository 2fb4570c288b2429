"""BingX spot: everything packed with gzip, asks worst first, two kinds of ping."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
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
    is_new,
    text_of,
)

_DEPTHS = ("depth5", "depth10", "depth20", "depth50", "depth100")
_FEEDS = ("bookTicker", "ticker", "incrDepth", *_DEPTHS)
_INCREMENTAL_LEVELS = 1000
_MOST_TOPICS = 200
_PING_SECONDS = 5
_SYMBOLS, _DEPTH = "/openApi/spot/v1/common/symbols", "/openApi/spot/v1/market/depth"
_TICKERS = ("/openApi/spot/v1/ticker/24hr", "/openApi/spot/v2/quote/bookTicker")
_PLAIN = ("/openApi/swap/v2/server/time", "/openApi/swap/v2/quote/contracts", "/openApi/cswap/v1/market/contracts")
"""The clock, and lists of other markets, which are empty here."""
_NO_KEY = answer_of({"code": 100413, "msg": "Incorrect apiKey", "timestamp": 0})


class BingxDialect:
    """One topic a request: `BTC-USDT@depth20`."""

    name = "bingx"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:
        """Nothing is said first; pings are counted from here."""
        session.memory["pinged"] = books.now_ms()
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Subscriptions; pongs are taken without an answer."""
        if message == "Ping":
            return [_packed("Pong")]
        request = asked_of(message)
        if message == "Pong" or (request is not None and "pong" in request):
            return []
        # without a kind it is a subscription: clients of the older documentation send none
        kind = request.get("reqType", "sub") if request else None
        if request is None or "dataType" not in request or kind not in ("sub", "unsub"):
            return [_told(request or {}, books, 80014, "request is not valid")]
        topic = str(request["dataType"])
        if kind == "unsub":
            session.subscriptions.pop(topic, None)
            return [_told(request, books, 0, "SUCCESS")]
        return self._subscribed(session, request, topic, books)

    def _subscribed(self, session: Session, request: dict[str, Any], topic: str, books: Books) -> list[Outgoing]:
        symbol, _, feed = topic.partition("@")
        book = book_named(books, symbol, self.symbol)
        if book is None or feed not in _FEEDS:
            return [_told(request, books, 80015, f"{topic} does not exist")]
        if len(session.subscriptions) >= _MOST_TOPICS and topic not in session.subscriptions:
            return [_told(request, books, 80403, "too many topics on this connection")]
        session.subscriptions[topic] = (feed, book)
        session.memory.pop(topic, None)
        acknowledged = _told(request, books, 0, "SUCCESS")
        if feed != "incrDepth":
            return [acknowledged, *self._whole(session, topic, feed, book, books.now_ms())]
        sides = begin(session, topic, book, _INCREMENTAL_LEVELS)
        return [acknowledged, _incremental(topic, "all", book.last, sides, books.now_ms())]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each topic of the book."""
        frames: list[Outgoing] = []
        for topic, feed in session.topics_of(book):
            if feed == "incrDepth":
                sides = changes(session, topic, book, _INCREMENTAL_LEVELS)
                frames.append(_incremental(topic, "update", change.last, sides, change.at_ms))
            else:
                frames += self._whole(session, topic, feed, book, change.at_ms)
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """A ping every five seconds, the two kinds in turn."""
        now_ms = books.now_ms()
        if now_ms - session.memory["pinged"] < _PING_SECONDS * 1000:
            return []
        session.memory["pinged"] = now_ms
        session.counter += 1
        if session.counter % 2 == 0:
            return [_packed("Ping")]
        at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return [_packed(text_of({"ping": f"{now_ms:032x}", "time": f"{at}+0000"}))]

    def _whole(self, session: Session, topic: str, feed: str, book: SimulatedBook, at_ms: int) -> list[Outgoing]:
        """Feeds that need nothing before them; they speak when what they show is another."""
        depth = int(feed.removeprefix("depth")) if feed in _DEPTHS else 1
        bids, asks = sides = book.top(depth)
        if not is_new(session, topic, sides):
            return []
        symbol, (bid, ask) = self.symbol(book), (bids[0], asks[0])
        if feed == "bookTicker":
            data = {
                "A": ask[1], "B": bid[1], "E": at_ms, "a": ask[0], "b": bid[0], "e": "bookTicker", "s": symbol,
            }  # fmt: skip
            return [_packed(text_of({"code": 0, "data": data, "dataType": topic, "success": True}))]
        if feed == "ticker":  # bare numbers, and the letters the other way round
            row = {"e": '"24hTicker"', "E": str(at_ms), "s": f'"{symbol}"', "c": bid[0], "A": ask[0], "a": ask[1], "B": bid[0], "b": bid[1]}  # fmt: skip  # noqa: E501
            bare = ",".join(f'"{name}":{value}' for name, value in row.items())
            return [_packed(f'{{"code":0,"timestamp":{at_ms},"dataType":"{topic}","data":{{{bare}}}}}')]
        data = {"asks": asks[::-1], "bids": bids, "lastUpdateId": book.last}
        return [_packed(text_of({"code": 0, "data": data, "dataType": topic, "success": True, "timestamp": at_ms}))]

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; the wallet wants a key."""
        now_ms = books.now_ms()
        if path.startswith("/openApi/wallets/"):
            return _NO_KEY
        if path in _PLAIN:
            return _data({"serverTime": now_ms} if path.endswith("time") else [], now_ms)
        if path not in (_SYMBOLS, _DEPTH, *_TICKERS):
            return None
        symbol = query.get("symbol")
        every = [book for book in books.all() if symbol in (None, self.symbol(book))]
        if not every or (path == _DEPTH and symbol is None):
            return answer_of({"code": 100204, "msg": f"symbol {symbol} does not exist", "timestamp": now_ms})
        if path == _SYMBOLS:
            return _listing([_listed(book, self.symbol(book)) for book in every], now_ms)
        return self._prices(path, query, every, now_ms)

    def _prices(self, path: str, query: Mapping[str, str], books: list[SimulatedBook], now_ms: int) -> Answer:
        if path == _DEPTH:
            bids, asks = books[0].top(depth_of(query.get("limit"), 20, 1000))
            return _data({"bids": bids, "asks": asks[::-1], "ts": books[0].at_ms}, now_ms)
        if "timestamp" not in query:
            return answer_of({"code": 100400, "msg": "timestamp is required", "timestamp": now_ms})
        return _data([self._ticker(book) for book in books], now_ms)

    def _ticker(self, book: SimulatedBook) -> dict[str, Any]:
        (bid, *_), (ask, *_) = book.top(1)
        return {
            "symbol": self.symbol(book), "openPrice": bid[0], "highPrice": ask[0], "lowPrice": bid[0],
            "lastPrice": bid[0], "priceChange": "0", "priceChangePercent": "0.00%", "volume": "0", "quoteVolume": "0",
            "openTime": book.at_ms, "closeTime": book.at_ms, "bidPrice": bid[0], "bidQty": bid[1],
            "askPrice": ask[0], "askQty": ask[1],
        }  # fmt: skip

    def symbol(self, book: SimulatedBook) -> str:
        """BTC-USDT."""
        return f"{book.instrument.base}-{book.instrument.quote}"


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), compresslevel=1, mtime=0)


def _told(request: dict[str, Any], books: Books, code: int, words: str) -> bytes:
    return _packed(text_of({"code": code, "id": request.get("id", ""), "msg": words, "timestamp": books.now_ms()}))


def _incremental(topic: str, action: str, last: int, sides: tuple[Side, Side], at_ms: int) -> bytes:
    data = {"action": action, "lastUpdateId": last, "time": at_ms, "bids": sides[0], "asks": sides[1][::-1]}
    return _packed(text_of({"code": 0, "dataType": topic, "data": data}))


def _data(data: Any, now_ms: int) -> Answer:
    return answer_of({"code": 0, "msg": "", "timestamp": now_ms, "data": data})


def _listing(rows: list[str], now_ms: int) -> Answer:
    head = f'{{"code":0,"msg":"","debugMsg":"","timestamp":{now_ms},"data":{{"symbols":['
    return Answer(f"{head}{','.join(rows)}]}}}}".encode(), headers={"Content-Type": "application/json"})


def _listed(book: SimulatedBook, symbol: str) -> str:
    """A row whose steps are bare numbers, spelled with their zeros."""
    what = book.instrument
    tick, step = (
        f"{10**-what.price_decimals:.{what.price_decimals}f}",
        f"{10**-what.quantity_decimals:.{what.quantity_decimals}f}",
    )
    return (
        f'{{"symbol":"{symbol}","minQty":{step},"maxQty":100000000,"minNotional":{what.min_notional:f},'
        f'"maxNotional":500000,"status":1,"tickSize":{tick},"stepSize":{step},'
        f'"apiStateBuy":true,"apiStateSell":true}}'
    )
