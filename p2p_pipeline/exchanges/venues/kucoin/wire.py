"""KuCoin's socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Levels, Status
from p2p_pipeline.exchanges.venues.asking import in_requests
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    levels,
    object_of,
    quote,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="kucoin",
    title="KuCoin",
    websocket_url="wss://ws-api-spot.kucoin.com",
    rest_urls={"": "https://api.kucoin.com"},
    feeds={
        Feed.BBO: Integrity.FULL_SNAPSHOTS,
        Feed.TOP: Integrity.FULL_SNAPSHOTS,
        Feed.DELTA: Integrity.SEQUENCE,
    },
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=10,
        topics_per_connection=300,
        topics_per_request=100,
        connects_per_minute=30,
        connections=50,
        # 2,000 of weight in 30 seconds; a book weighs 2.
        rest_requests_per_second=10,
        # The token's life.
        connection_hours=24,
    ),
    heartbeat=Heartbeat(ping_seconds=18, silence_seconds=40),
    top_depth=50,
    book_from_rest=True,
    bulk_rest=True,
    bulk_stream=True,
)


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """See `Wire.decode`."""
    return guarded(_read, frame)


def _read(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    topic = message.get("topic")
    if topic is not None:
        channel, _, symbol = topic.partition(":")
        read = _READERS.get(channel)
        if read is None:
            return (Event(Kind.IGNORED, bounded(symbol), channel=bounded(channel)),)
        return (read(symbol_of(message["subject"] if symbol == "all" else symbol), message["data"]),)
    if "T" in message:
        return (_of_pro(message),)
    return (_answer(message),)


def _change(symbol: str, data: dict[str, Any]) -> Event:
    changes = data["changes"]
    return Event(
        Kind.DELTA,
        symbol,
        _changed(changes["bids"]),
        _changed(changes["asks"]),
        first=whole(data["sequenceStart"]),
        last=whole(data["sequenceEnd"]),
        exchange_time_us=time_us(data.get("time")),
    )


def _changed(rows: list[Any]) -> Levels:
    """Rows are price, quantity, number; those with price 0 change nothing."""
    if len(rows) > 1 and len({row[0] for row in rows}) < len(rows):
        rows = sorted(rows, key=lambda row: whole(row[2]))
    return levels([row for row in rows if row[0].strip("0.")])


def _top(symbol: str, data: dict[str, Any]) -> Event:
    at = time_us(data.get("timestamp"))
    return Event(Kind.TOP, symbol, levels(data["bids"]), levels(data["asks"]), exchange_time_us=at)


def _level1(symbol: str, data: dict[str, Any]) -> Event:
    """Each side is one pair, or an empty list."""
    bids, asks = ([data[side]] if data[side] else [] for side in ("bids", "asks"))
    return Event(Kind.TICKER, symbol, levels(bids), levels(asks), exchange_time_us=time_us(data.get("timestamp")))


def _ticker(symbol: str, data: dict[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol,
        quote(data["bestBid"], data["bestBidSize"]),
        quote(data["bestAsk"], data["bestAskSize"]),
        last=whole(data["sequence"]),
        exchange_time_us=time_us(data.get("time")),
    )


_READERS: dict[str, Callable[[str, dict[str, Any]], Event]] = {
    "/market/level2": _change,
    "/market/ticker": _ticker,
    "/spotMarket/level2Depth5": _top,
    "/spotMarket/level2Depth50": _top,
    "/spotMarket/level1": _level1,
}


def _of_pro(message: dict[str, Any]) -> Event:
    """The newer socket without a token; we don't ask it for anything, one client is all that is known of it."""
    channel, data = message["T"], object_of(message["d"])
    at = time_us(data.get("M"))
    if channel == "ticker.SPOT":
        bids, asks = quote(data["b"], data["B"]), quote(data["a"], data["A"])
        return Event(Kind.TICKER, symbol_of(data["s"]), bids, asks, last=whole(data["E"]), exchange_time_us=at)
    if channel != "obu.SPOT":
        return Event(Kind.IGNORED, channel=bounded(channel))
    kind = Kind.TOP
    if str(message["dp"]).startswith("increment"):
        kind = Kind.SNAPSHOT if message["t"] == "snapshot" else Kind.DELTA
    return Event(
        kind,
        symbol_of(data["s"]),
        levels(data["b"]),
        levels(data["a"]),
        first=whole(data["O"]) if kind is Kind.DELTA else None,
        last=whole(data["C"]),
        exchange_time_us=at,
    )


def _answer(message: dict[str, Any]) -> Event:
    kind, request_id = message.get("type"), bounded(message.get("id", ""))
    if kind == "ack" or message.get("result") is True:
        return Event(Kind.ACK, request_id=request_id)
    if kind == "pong":
        return Event(Kind.PONG, request_id=request_id)
    if kind == "welcome":
        return Event(Kind.STATUS, request_id=request_id, detail=Status.HELLO)
    if kind == "error" or message.get("result") is False:
        words = (message.get("code"), message.get("data"))
        return Event(Kind.REFUSED, request_id=request_id, detail=bounded(" ".join(str(word) for word in words if word)))
    raise Unreadable(f"a message of the type {bounded(kind)}")


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.subscribe`."""
    return _requests("subscribe", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.unsubscribe`."""
    return _requests("unsubscribe", subscriptions, request_id)


def _requests(kind: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    by_topic: dict[str, list[str]] = {}
    for one in subscriptions:
        by_topic.setdefault(_topic(one), []).append("all" if one.symbol == "*" else one.symbol)
    topics = [
        f"{topic}:{','.join(some)}"
        for topic, symbols in by_topic.items()
        for some in in_requests(symbols, CAPABILITY.limits)
    ]
    return [
        orjson.dumps(
            {"id": request_id + n, "type": kind, "topic": topic, "privateChannel": False, "response": True}
        ).decode()
        for n, topic in enumerate(topics)
    ]


def _topic(one: Subscription) -> str:
    if one.feed is Feed.BBO:
        return "/market/ticker"
    if one.feed is Feed.DELTA:
        return "/market/level2"
    return "/spotMarket/level2Depth5" if one.depth is not None and one.depth <= 5 else "/spotMarket/level2Depth50"


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """See `Wire.opening`; the path with its token comes from `lists.connect_path`."""
    return "/", []


def ping(now_ms: int) -> str | None:
    """See `Wire.ping`."""
    return orjson.dumps({"id": str(now_ms), "type": "ping"}).decode()


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """The snapshot comes by REST."""
    return None
