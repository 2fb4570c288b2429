"""An exchange whose frames are events already, so that a test says what the books are told, and by what rules."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.events import Event, Kind, Levels
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.venues.connector import Lists, Wire
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Limits, Request, Subscription

SECOND = 1_000_000_000
BIDS: Levels = (("100", "1"), ("99", "2"), ("98", "3"))
ASKS: Levels = (("101", "1"), ("102", "2"), ("103", "3"))


class MiniatureWire:
    CAPABILITY = Capability(
        "miniature", "Miniature", "ws://none", {"": "http://none"}, {}, Decimal(0),
        limits=Limits(subscription_requests_per_hour=480), heartbeat=Heartbeat(silence_seconds=30),
    )  # fmt: skip

    def decode(self, frame: bytes, *, is_binary: bool) -> Sequence[Event]:
        return cast("Sequence[Event]", pickle.loads(frame))

    def subscribe(self, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
        return [f"sub {' '.join(one.symbol for one in subscriptions)}"]

    def unsubscribe(self, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
        return [f"unsub {' '.join(one.symbol for one in subscriptions)}"] if subscriptions else []

    def snapshot_message(self, symbol: str, request_id: int) -> str | None:
        return f"req {symbol}"


class MiniatureLists:
    def decode_answer(self, url: str, body: bytes) -> Sequence[Event]:
        return cast("Sequence[Event]", pickle.loads(body))

    def time_request(self) -> Request | None:
        return None

    def instrument_requests(self) -> tuple[Request, ...]:
        return (Request("/instruments"),)

    def currency_requests(self) -> tuple[Request, ...]:
        return ()

    def connect_request(self) -> None:
        return None

    def bulk_request(self) -> None:
        return None

    def book_request(self, symbol: str) -> Request:
        return Request("/book", (("symbol", symbol), ("limit", "3")))


class Miniature:
    """Books by an exchange's rules, told events; `done` has all that they asked for."""

    def __init__(self, exchange: str) -> None:
        self.books = ExchangeBooks(exchange, cast("Wire", MiniatureWire()), cast("Lists", MiniatureLists()))
        self.now = 1_000 * SECOND
        self.done: list[object] = []

    def tell(self, *events: Event, connection: str = "ws1", passes: float = 0.0) -> list[object]:
        return self._take(events, connection, Passage.SOCKET, "", passes)

    def answer(self, *events: Event, symbol: str = "A", passes: float = 0.0) -> list[object]:
        return self._take(events, "http0", Passage.REST, f"/book?symbol={symbol}&limit=3", passes)

    def wait(self, seconds: float) -> list[object]:
        self.now += int(seconds * SECOND)
        actions: list[object] = list(self.books.due(self.now))
        self.done += actions
        return actions

    def _take(
        self, events: Sequence[Event], connection: str, passage: Passage, url: str, passes: float
    ) -> list[object]:
        self.now += int(passes * SECOND)
        frame = Frame("x", connection, passage, pickle.dumps(events), self.now, url)
        actions: list[object] = list(self.books.take(frame, self.now))
        self.done += actions
        return actions


def snapshot(last: int | None = None, symbol: str = "A", bids: Levels = BIDS, asks: Levels = ASKS) -> Event:
    return Event(Kind.SNAPSHOT, symbol, bids, asks, last=last)


def delta(
    first: int | None = None,
    last: int | None = None,
    symbol: str = "A",
    *,
    previous: int | None = None,
    bids: Levels = (("99", "5"),),
    asks: Levels = (),
) -> Event:
    return Event(Kind.DELTA, symbol, bids, asks, first=first, last=last, previous=previous)


def subscription(symbol: str = "A") -> Subscription:
    return Subscription(Feed.DELTA, symbol)
