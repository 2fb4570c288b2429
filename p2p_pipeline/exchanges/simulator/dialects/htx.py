"""HTX spot: gzip in binary frames, bare numbers, /ws for whole views and /feed for deltas."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import orjson

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.htx_lists import answered, bare, levels, rest_answer
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    Side,
    asked_of,
    begin,
    book_named,
    changes,
    depth_of,
    is_new,
)

_WHOLE_EVERY_MS = 1000
_REFRESHED = ("5", "10", "20")
_DELTAS = ("5", "20", "150", "400")
_PING_SECONDS = 5


class HtxDialect:
    """Topics are named `market.btcusdt.mbp.150`."""

    name = "htx"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """`sub`, `unsub` and `req` with an id, and pongs."""
        request = asked_of(message) or {}
        if "pong" in request:
            session.memory["unanswered"] = 0
            return []
        operation = next((one for one in ("sub", "unsub", "req") if one in request), "")
        topic = str(request.get(operation, ""))
        book, kind = self._found(topic, books, is_feed=session.path.startswith("/feed"))
        head = {"id": request.get("id"), "status": "ok"}
        if book is None or not operation:
            words = f"invalid topic {topic}"
            told = {"status": "error", "ts": books.now_ms(), "id": request.get("id"), "err-code": "bad-request"}
            return [_packed(told | {"err-msg": words})]
        if operation == "req":
            return [_packed(head | {"ts": books.now_ms(), "rep": topic, "data": _snapshot(session, topic, kind, book)})]
        if operation == "unsub":
            session.subscriptions.pop(topic, None)
            return [_packed(head | {"unsubbed": topic, "ts": books.now_ms()})]
        session.subscriptions[topic] = (kind, book)
        session.memory.pop(f"best {topic}", None)
        if kind == "delta":
            begin(session, topic, book, _depth(topic))
            session.memory[f"last {topic}"] = book.last
        return [_packed(head | {"subbed": topic, "ts": books.now_ms()})]

    def _found(self, topic: str, books: Books, *, is_feed: bool) -> tuple[SimulatedBook | None, str]:
        market, symbol, what = [*topic.split(".", 2), "", "", ""][:3]
        kind = _kind(what, is_feed=is_feed)
        book = book_named(books, symbol, self.symbol) if market == "market" and kind else None
        return book, kind

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each topic of the book that has something new."""
        frames: list[Outgoing] = []
        for topic, kind in session.topics_of(book):
            if kind == "delta":
                frames += _delta(session, topic, book, change)
            elif kind == "bbo":
                (bid, *_), (ask, *_) = book.top(1)
                if is_new(session, f"best {topic}", (bid, ask)):
                    frames.append(_best(topic, self.symbol(book), book, bid, ask))
            elif kind == "refresh":
                frames.append(_packed({"ch": topic, "ts": change.at_ms, "tick": _tick(book, _depth(topic), "seqNum")}))
            elif change.at_ms - session.memory.get(topic, 0) >= _WHOLE_EVERY_MS:
                frames.append(_whole(session, topic, book, change.at_ms))
            else:
                session.memory[f"late {topic}"] = True
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """A ping every five seconds, and whole views that changed since they were last told."""
        frames: list[Outgoing] = [
            _whole(session, topic, book, books.now_ms())
            for topic, (kind, book) in session.subscriptions.items()
            if kind == "whole" and book is not None and session.memory.get(f"late {topic}")
        ]
        session.counter += 1
        if session.counter % _PING_SECONDS == 0:
            frames.append(_packed({"ping": books.now_ms()}))
        return frames

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests."""
        if path != "/market/depth":
            return rest_answer(path, books, self.symbol)
        book = book_named(books, query.get("symbol"), self.symbol)
        if book is None:
            told = {
                "status": "error",
                "err-code": "invalid-parameter",
                "err-msg": "invalid symbol",
                "ts": books.now_ms(),
            }
            return answered(told)
        tick = _tick(book, depth_of(query.get("depth"), 150, 150), "version") | {"ts": book.at_ms}
        channel = f"market.{self.symbol(book)}.depth.{query.get('type', 'step0')}"
        return answered({"ch": channel, "status": "ok", "ts": books.now_ms(), "tick": tick})

    def symbol(self, book: SimulatedBook) -> str:
        """Base and quote in lower case: btcusdt."""
        return f"{book.instrument.base}{book.instrument.quote}".lower()


def _kind(what: str, *, is_feed: bool) -> str:
    """What a topic is, and whether this address has it."""
    group, _, depth = what.rpartition(".")
    if group == "mbp" and depth in _DELTAS:
        return "delta" if is_feed else ""
    if what == "bbo":
        return "bbo"
    if group == "mbp.refresh" and depth in _REFRESHED:
        return "refresh"
    return "whole" if what == "depth.step0" and not is_feed else ""


def _depth(topic: str) -> int:
    return int(topic.rpartition(".")[2])


def _packed(message: Any) -> bytes:
    return gzip.compress(orjson.dumps(message), compresslevel=1, mtime=0)


def _sides(bids: Side, asks: Side) -> dict[str, Any]:
    """A side without change is missing."""
    return {name: levels(side) for name, side in (("asks", asks), ("bids", bids)) if side}


def _delta(session: Session, topic: str, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
    bids, asks = changes(session, topic, book, _depth(topic))
    if not bids and not asks:
        return []
    tick = {"seqNum": change.last, "prevSeqNum": session.memory[f"last {topic}"], **_sides(bids, asks)}
    session.memory[f"last {topic}"] = change.last
    return [_packed({"ch": topic, "ts": change.at_ms, "tick": tick})]


def _snapshot(session: Session, topic: str, kind: str, book: SimulatedBook) -> dict[str, Any]:
    """The book by the number of the last delta that this socket was told: what came after changed nothing in it."""
    depth = _depth(topic) if kind == "delta" else 150
    bids, asks = book.top(depth)
    if session.memory.get(topic) == (dict(bids), dict(asks)):
        return {"bids": levels(bids), "asks": levels(asks), "seqNum": session.memory[f"last {topic}"]}
    return {"bids": levels(bids), "asks": levels(asks), "seqNum": book.last}


def _tick(book: SimulatedBook, depth: int, sequence: str) -> dict[str, Any]:
    bids, asks = book.top(depth)
    return {"bids": levels(bids), "asks": levels(asks), sequence: book.last}


def _whole(session: Session, topic: str, book: SimulatedBook, at_ms: int) -> bytes:
    session.memory |= {topic: at_ms, f"late {topic}": False}
    return _packed({"ch": topic, "ts": at_ms, "tick": _tick(book, 150, "version") | {"ts": book.at_ms}})


def _best(topic: str, symbol: str, book: SimulatedBook, bid: tuple[str, str], ask: tuple[str, str]) -> bytes:
    tick = {
        "seqId": book.last, "ask": bare(ask[0]), "askSize": bare(ask[1]), "bid": bare(bid[0]), "bidSize": bare(bid[1]),
        "quoteTime": book.at_ms, "symbol": symbol,
    }  # fmt: skip
    return _packed({"ch": topic, "ts": book.at_ms + 1, "tick": tick})
