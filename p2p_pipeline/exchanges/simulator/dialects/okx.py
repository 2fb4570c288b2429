"""OKX: one public socket, an acknowledgement an argument, books in a chain of seqId."""

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
    is_new,
    step_text,
    text_of,
)

_CONNECTION = "a4d3ae55"
_FOR_VIPS = ("books-l2-tbt", "books50-l2-tbt")
_DEPTHS = {"books": 400, "books5": 5, "bbo-tbt": 1, "tickers": 1}
_CALM_MS = 60_000
_NO_KEY = answer_of({"msg": "Request header OK-ACCESS-KEY can not be empty.", "code": "50103"}, 401)


class OkxDialect:
    """Channels `books` (snapshot and updates), `books5`, `bbo-tbt` and `tickers`."""

    name = "okx"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """`ping`, and subscriptions by arguments."""
        if message == "ping":
            return ["pong"]
        request = asked_of(message)
        arguments = request.get("args") if request else None
        if request is None or request.get("op") not in ("subscribe", "unsubscribe") or not isinstance(arguments, list):
            return [_refused("60012", f"Invalid request: {message!r}", request or {})]
        answers: list[Outgoing] = []
        for argument in arguments:
            answers += self._subscription(session, request, argument, books)
        return answers

    def _subscription(
        self, session: Session, request: dict[str, Any], argument: object, books: Books
    ) -> list[Outgoing]:
        wanted = argument if isinstance(argument, dict) else {}
        channel, symbol = wanted.get("channel"), wanted.get("instId")
        if channel in _FOR_VIPS:
            return [
                _refused("64003", f"Your trading fee tier doesn't meet the requirement to access {channel}", request)
            ]
        book = book_named(books, symbol, self.symbol)
        if channel not in _DEPTHS or book is None:
            words = f"Wrong URL or channel:{channel},instId:{symbol} doesn't exist. Please use the correct URL, channel"
            return [_refused("60018", f"{words} and parameters referring to API document.", request)]
        topic = f"{channel}:{symbol}"
        told = {"event": request["op"], "arg": argument, "connId": _CONNECTION}
        acknowledged = text_of({"id": request["id"], **told} if "id" in request else told)
        if request["op"] == "unsubscribe":
            session.subscriptions.pop(topic, None)
            return [acknowledged]
        session.subscriptions[topic] = (channel, book)
        session.memory[f"{topic} last"] = (book.last, books.now_ms())
        if channel != "books":
            session.memory.pop(topic, None)
            return [acknowledged, *self._whole(session, topic, channel, book, books.now_ms())]
        bids, asks = begin(session, topic, book, _DEPTHS[channel])
        return [acknowledged, self._book("snapshot", book, (bids, asks), (-1, book.last), books.now_ms())]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each channel of the book."""
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel != "books":
                frames += self._whole(session, topic, channel, book, change.at_ms)
                continue
            last, _ = session.memory[f"{topic} last"]
            session.memory[f"{topic} last"] = (change.last, change.at_ms)
            sides = changes(session, topic, book, _DEPTHS[channel])
            frames.append(self._book("update", book, sides, (last, change.last), change.at_ms))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """A book that has been calm for a minute says that it still stands."""
        frames: list[Outgoing] = []
        for topic, (channel, book) in session.subscriptions.items():
            last, at_ms = session.memory[f"{topic} last"]
            if channel == "books" and book is not None and books.now_ms() - at_ms >= _CALM_MS:
                session.memory[f"{topic} last"] = (last, books.now_ms())
                frames.append(self._book("update", book, ((), ()), (last, last), books.now_ms()))
        return frames

    def _whole(self, session: Session, topic: str, channel: str, book: SimulatedBook, at_ms: int) -> list[Outgoing]:
        """Channels that need nothing before them; they speak when what they show is another."""
        sides = book.top(_DEPTHS[channel])
        if not is_new(session, topic, sides):
            return []
        symbol = self.symbol(book)
        if channel == "tickers":
            data: dict[str, Any] = self._ticker(book, at_ms)
        else:
            bids, asks = sides
            data = {
                "asks": _levels(asks),
                "bids": _levels(bids),
                "instId": symbol,
                "ts": str(at_ms),
                "seqId": book.last,
            }
        return [text_of({"arg": {"channel": channel, "instId": symbol}, "data": [data]})]

    def _book(
        self, action: str, book: SimulatedBook, sides: tuple[Side, Side], chain: tuple[int, int], at_ms: int
    ) -> str:
        bids, asks = sides
        data = {
            "asks": _levels(asks),
            "bids": _levels(bids),
            "ts": str(at_ms),
            "checksum": 0,
            "prevSeqId": chain[0],
            "seqId": chain[1],
        }
        return text_of({"arg": {"channel": "books", "instId": self.symbol(book)}, "action": action, "data": [data]})

    def _ticker(self, book: SimulatedBook, at_ms: int) -> dict[str, Any]:
        (bid, *_), (ask, *_) = book.top(1)
        return {
            "instType": "SPOT", "instId": self.symbol(book), "last": bid[0], "lastSz": bid[1],
            "askPx": ask[0], "askSz": ask[1], "bidPx": bid[0], "bidSz": bid[1], "open24h": bid[0], "high24h": ask[0],
            "low24h": bid[0], "sodUtc0": bid[0], "sodUtc8": bid[0], "volCcy24h": "0", "vol24h": "0", "ts": str(at_ms),
        }  # fmt: skip

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; what is of an account wants a key."""
        if path.startswith(("/api/v5/asset/", "/api/v5/account/")):
            return _NO_KEY
        is_spot, now_ms = query.get("instType", "SPOT") == "SPOT", books.now_ms()
        every = [book for book in books.all() if query.get("instId") in (None, self.symbol(book))] if is_spot else []
        if path in ("/api/v5/market/books", "/api/v5/market/ticker") and ("instId" not in query or not every):
            return answer_of({"code": "51001", "msg": "Instrument ID does not exist", "data": []})
        if path == "/api/v5/market/books":
            bids, asks = every[0].top(depth_of(query.get("sz"), 1, 400))
            row = {"asks": _levels(asks), "bids": _levels(bids), "ts": str(now_ms), "seqId": every[0].last}
            return _data([row])
        if path in ("/api/v5/market/tickers", "/api/v5/market/ticker"):
            return _data([self._ticker(book, book.at_ms) for book in every])
        if path == "/api/v5/public/instruments":
            return _data([_listed(book, self.symbol(book)) for book in every])
        return _data([{"ts": str(now_ms)}]) if path == "/api/v5/public/time" else None

    def symbol(self, book: SimulatedBook) -> str:
        """BTC-USDT."""
        return f"{book.instrument.base}-{book.instrument.quote}"


def _levels(side: Side) -> list[list[str]]:
    return [[price, quantity, "0", "1" if quantity != "0" else "0"] for price, quantity in side]


def _refused(code: str, words: str, request: dict[str, Any]) -> str:
    told = {"event": "error", "code": code, "msg": words, "connId": _CONNECTION}
    return text_of({"id": request["id"], **told} if "id" in request else told)


def _data(rows: list[Any]) -> Answer:
    return answer_of({"code": "0", "msg": "", "data": rows})


def _listed(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    step = step_text(what.quantity_decimals)
    return {
        "alias": "", "auctionEndTime": "", "baseCcy": what.base, "category": "1", "ctMult": "", "ctType": "",
        "ctVal": "", "ctValCcy": "", "contTdSwTime": "", "expTime": "", "futureSettlement": False, "groupId": "1",
        "instFamily": "", "instId": symbol, "instType": "SPOT", "lever": "10", "listTime": "1606468572000",
        "lotSz": step, "maxLmtAmt": "1000000", "maxLmtSz": "9999999999", "maxMktAmt": "1000000", "maxMktSz": "",
        "minSz": step, "optType": "", "openType": "call_auction", "quoteCcy": what.quote, "ruleType": "normal",
        "settleCcy": "", "state": "live", "stk": "", "tickSz": step_text(what.price_decimals), "uly": "",
        "tradeQuoteCcyList": [what.quote], "upcChg": [],
    }  # fmt: skip
