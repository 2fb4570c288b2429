"""KuCoin spot, the classic socket: a welcome, topics with many symbols, changes with numbers of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.kucoin_rest import answer, symbol_of
from p2p_pipeline.exchanges.simulator.dialects.spelled import written

_DEPTHS = {"/spotMarket/level2Depth5": 5, "/spotMarket/level2Depth50": 50}
_CHANNELS = ("/market/level2", "/market/ticker", "/spotMarket/level1", *_DEPTHS)
_MOST_SYMBOLS = 100
_MOST_TOPICS = 300


class KucoinDialect:
    """A request's number comes back as text; a side without a change may hold a level of price 0."""

    name = "kucoin"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """The welcome has the number that the client chose."""
        chosen = parse_qs(urlsplit(session.path).query).get("connectId", ["simulated"])[0]
        return [written({"id": chosen, "type": "welcome"})]

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Pings, and topics to begin or end."""
        try:
            request = json.loads(message)
            kind, number = request["type"], str(request["id"])
        except (ValueError, KeyError, TypeError):
            return [written({"type": "error", "code": 400, "data": "illegal request"})]
        if kind == "ping":
            return [written({"id": number, "type": "pong"})]
        if kind not in ("subscribe", "unsubscribe"):
            return [_error(number, 404, f"type {kind} is not supported")]
        wrong = self._treat(session, kind, str(request.get("topic")), books)
        if wrong is not None:
            return [_error(number, *wrong)]
        return [written({"id": number, "type": "ack"})] if request.get("response") else []

    def _treat(self, session: Session, kind: str, topic: str, books: Books) -> tuple[int, str] | None:
        """Begin or end a topic's symbols, all or none; what is wrong with it otherwise."""
        channel, _, listed = topic.partition(":")
        names = [name for name in listed.split(",") if name]
        known: dict[str, SimulatedBook | None] = {symbol_of(book): book for book in books.all()}
        if channel == "/market/ticker":
            known["all"] = None
        if channel not in _CHANNELS or not names or any(name not in known for name in names):
            return 404, f"topic {topic} is not found"
        if len(names) > _MOST_SYMBOLS:
            return 400, f"topic {channel} has too many symbols"
        if kind == "unsubscribe":
            for name in names:
                session.subscriptions.pop(f"{channel}:{name}", None)
        elif len(session.subscriptions) + len(names) > _MOST_TOPICS:
            return 509, "exceed max subscription count limitation of 300 per session"
        else:
            session.subscriptions |= {f"{channel}:{name}": (channel, known[name]) for name in names}
        return None

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each topic of the book."""
        symbol = symbol_of(book)
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel == "/market/level2":
                data, subject = _change(symbol, change), "trade.l2update"
            elif channel == "/market/ticker":
                if session.memory.get(f"{topic} {symbol}") == book.top(1):
                    continue
                session.memory[f"{topic} {symbol}"] = book.top(1)
                data, subject = _ticker(book, change.at_ms), symbol if topic.endswith(":all") else "trade.ticker"
            else:
                data, subject = _top(book, channel, change.at_ms), "level2" if channel in _DEPTHS else "level1"
            frames.append(written({"topic": topic, "type": "message", "subject": subject, "data": data}))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """The client pings."""
        return []

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:  # noqa: ARG002
        """The public requests; the whole book wants a key."""
        return answer(method, path, query, books)

    def symbol(self, book: SimulatedBook) -> str:
        """BTC-USDT."""
        return symbol_of(book)


def _error(number: str, code: int, text: str) -> str:
    return written({"id": number, "type": "error", "code": code, "data": text})


def _change(symbol: str, change: BookChange) -> dict[str, Any]:
    """Each level has the number of the update that made it, the last ones if there are more levels than updates."""
    rows = [(side, *level) for side, levels in (("bids", change.bids), ("asks", change.asks)) for level in levels]
    sides: dict[str, list[list[str]]] = {"asks": [], "bids": []}
    for place, (side, price, quantity) in enumerate(rows):
        number = max(change.first, change.last - (len(rows) - 1 - place))
        sides[side].append([price, quantity, str(number)])
    for found in sides.values():
        if not found:
            # Real frames are full of them: hidden orders move the sequence and no level.
            found.append(["0", "0", str(change.last)])
    return {
        "changes": sides, "sequenceEnd": change.last, "sequenceStart": change.first, "symbol": symbol,
        "time": change.at_ms,
    }  # fmt: skip


def _ticker(book: SimulatedBook, at_ms: int) -> dict[str, Any]:
    bids, asks = book.top(1)
    (bid, bid_size), (ask, ask_size) = *(bids or [("0", "0")]), *(asks or [("0", "0")])
    return {
        "bestAsk": ask, "bestAskSize": ask_size, "bestBid": bid, "bestBidSize": bid_size, "price": bid,
        "sequence": str(book.last), "size": bid_size, "time": at_ms,
    }  # fmt: skip


def _top(book: SimulatedBook, channel: str, at_ms: int) -> dict[str, Any]:
    """`level1` has one pair a side, the others lists of pairs."""
    bids, asks = book.top(_DEPTHS.get(channel, 1))
    if channel in _DEPTHS:
        return {"asks": asks, "bids": bids, "timestamp": at_ms}
    best: list[Sequence[str]] = [side[0] if side else [] for side in (asks, bids)]
    return {"asks": best[0], "bids": best[1], "timestamp": at_ms}
