"""Coinbase Advanced Trade: all messages of a connection counted, one book under two names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.coinbase_rest import answer, product_of, products_of
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.spelled import iso, written

_CHANNELS = ("level2", "ticker", "ticker_batch", "heartbeats")
_BATCH_SECONDS = 5


class CoinbaseDialect:
    """Data comes back under the name in USD, whichever was asked for."""

    name = "coinbase"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said before a subscription."""
        session.memory["heartbeats"] = False
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """One channel a message; what is subscribed by then is the answer."""
        try:
            request = json.loads(message)
            kind, channel, named = request["type"], request["channel"], request.get("product_ids") or []
        except (ValueError, KeyError, TypeError, AttributeError):
            return [_error("failed to unmarshal request")]
        if kind not in ("subscribe", "unsubscribe") or channel not in _CHANNELS:
            return [_error(f"invalid {'channel' if channel not in _CHANNELS else 'type'}")]
        if channel == "heartbeats":
            session.memory["heartbeats"] = kind == "subscribe"
            return [_subscriptions(session, books)]
        by_name = {name: book for book in books.all() for name in products_of(book, books)}
        unknown = [name for name in named if name not in by_name]
        if unknown or (kind == "subscribe" and not named):
            return [_error(f"{', '.join(map(str, unknown)) or 'product_ids'} is not a valid product ID")]
        if kind == "unsubscribe":
            for name in named or list(by_name):
                session.subscriptions.pop(f"{channel}:{product_of(by_name[name])}", None)
            return [_subscriptions(session, books)]
        found = {product_of(by_name[name]): by_name[name] for name in named}
        new = {f"{channel}:{name}": book for name, book in found.items()}
        session.subscriptions |= {topic: (channel, book) for topic, book in new.items()}
        session.memory |= {topic: book.top(1) for topic, book in new.items()}
        if channel == "level2":
            first = [self._levels(session, "snapshot", book, *book.top(), books.now_ms()) for book in new.values()]
        else:
            first = [_tickers(session, channel, "snapshot", list(new.values()), books.now_ms())]
        return [*first, _subscriptions(session, books)]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """Changes at once, best prices where they are others."""
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel == "level2":
                frames.append(self._levels(session, "update", book, change.bids, change.asks, change.at_ms))
            elif channel == "ticker" and session.memory[topic] != book.top(1):
                session.memory[topic] = book.top(1)
                frames.append(_tickers(session, channel, "update", [book], change.at_ms))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """A heartbeat a second where it is subscribed, and every five the batch of best prices."""
        frames: list[Outgoing] = []
        seconds = books.now_ms() // 1000
        batch = [(topic, book) for topic, (channel, book) in session.subscriptions.items() if channel == "ticker_batch"]
        if seconds % _BATCH_SECONDS == 0:
            new = [(topic, book) for topic, book in batch if book is not None and session.memory[topic] != book.top(1)]
            session.memory |= {topic: book.top(1) for topic, book in new}
            if new:
                books_of_batch = [book for _, book in new]
                frames.append(_tickers(session, "ticker_batch", "update", books_of_batch, books.now_ms()))
        if session.memory["heartbeats"]:
            at = iso(books.now_ms())
            beat = {"current_time": f"{at[:10]} {at[11:-1]} +0000 UTC m=+{seconds}.0", "heartbeat_counter": seconds}
            frames.append(_message(session, "heartbeats", books.now_ms(), [beat]))
        return frames

    def _levels(
        self,
        session: Session,
        kind: str,
        book: SimulatedBook,
        bids: Sequence[tuple[str, str]],
        asks: Sequence[tuple[str, str]],
        at_ms: int,
    ) -> str:
        rows = [
            {"side": side, "event_time": iso(at_ms), "price_level": price, "new_quantity": _short(quantity)}
            for side, levels in (("bid", bids), ("offer", asks))
            for price, quantity in levels
        ]
        event = {"type": kind, "product_id": product_of(book), "updates": rows}
        return _message(session, "l2_data", at_ms, [event])

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:  # noqa: ARG002
        """The public requests of both hosts."""
        return answer(path, query, books)

    def symbol(self, book: SimulatedBook) -> str:
        """BTC-USD."""
        return product_of(book)


def _error(text: str) -> str:
    """Not counted: it has no number."""
    return written({"type": "error", "message": text})


def _message(session: Session, channel: str, at_ms: int, events: list[Any]) -> str:
    number, session.counter = session.counter, session.counter + 1
    # Nine digits, zeros at their end cut.
    at = iso(at_ms).removesuffix("Z").rstrip("0").rstrip(".") + "Z"
    message = {"channel": channel, "client_id": "", "timestamp": at, "sequence_num": number, "events": events}
    return written(message)


def _subscriptions(session: Session, books: Books) -> str:
    found: dict[str, list[str]] = {}
    for topic in session.subscriptions:
        channel, _, product = topic.partition(":")
        found.setdefault(channel, []).append(product)
    if session.memory["heartbeats"]:
        found["heartbeats"] = ["heartbeats"]
    return _message(session, "subscriptions", books.now_ms(), [{"subscriptions": found}])


def _tickers(session: Session, channel: str, kind: str, books: Sequence[SimulatedBook], at_ms: int) -> str:
    rows = []
    for book in books:
        bids, asks = book.top(1)
        (bid, bid_size), (ask, ask_size) = *(bids or [("", "")]), *(asks or [("", "")])
        rows.append(
            {
                "type": "ticker", "product_id": product_of(book), "price": bid, "volume_24_h": "1000",
                "low_24_h": bid, "high_24_h": ask, "low_52_w": bid, "high_52_w": ask, "price_percent_chg_24_h": "0",
                "best_bid": bid, "best_bid_quantity": bid_size, "best_ask": ask, "best_ask_quantity": ask_size,
            }
        )  # fmt: skip
    return _message(session, channel, at_ms, [{"type": kind, "tickers": rows}])


def _short(quantity: str) -> str:
    """Without zeros at the end: what is gone is `0`."""
    return quantity.rstrip("0").rstrip(".") if "." in quantity else quantity
