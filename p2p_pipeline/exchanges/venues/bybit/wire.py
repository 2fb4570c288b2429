"""The language of Bybit's public sockets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    label_of,
    levels,
    object_of,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="bybit",
    title="Bybit",
    websocket_url="wss://stream.bybit.com",
    rest_urls={"": "https://api.bybit.com"},
    # `orderbook.1` is stateless, but one level deep: best prices. Depth is the delta feed.
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=10,
        topics_per_request=10,
        characters_per_connection=21_000,
        connects_per_minute=60,
        rest_requests_per_second=20,
    ),
    heartbeat=Heartbeat(ping_seconds=20, silence_seconds=60),
    top_depth=50,
    bulk_rest=True,
    currencies_need_key=True,
)

DELTA_DEPTHS = (50, 200, 1000)


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """What a frame says. Everything comes as text here."""
    return guarded(_events, frame)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Subscribe messages."""
    return _requests("subscribe", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Unsubscribe messages."""
    return _requests("unsubscribe", subscriptions, request_id)


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """The spot market's public socket."""
    return "/v5/public/spot", []


def ping(now_ms: int) -> str | None:
    """Our sign of life: without it the connection ends."""
    return orjson.dumps({"req_id": str(now_ms), "op": "ping"}).decode()


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Nothing: a snapshot comes with each subscription."""
    return None


def topic(subscription: Subscription) -> str:
    """The topic's name."""
    depth = 1
    if subscription.feed is Feed.DELTA:
        depth = nearest_depth(subscription.depth, DELTA_DEPTHS, CAPABILITY.top_depth)
    return f"orderbook.{depth}.{subscription.symbol}"


def _requests(operation: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    batches = in_requests([topic(subscription) for subscription in subscriptions], CAPABILITY.limits)
    return [
        orjson.dumps({"req_id": str(request_id + number), "op": operation, "args": batch}).decode()
        for number, batch in enumerate(batches)
    ]


def _events(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    channel = message.get("topic")
    if channel is None:
        return (_of_request(message),)
    if not isinstance(channel, str):
        raise Unreadable("the topic is no text")
    name, _, depth = channel.rpartition(".")[0].partition(".")
    if name != "orderbook" or depth == "rpi":
        return (Event(Kind.IGNORED, exchange_time_us=time_us(message.get("ts")), channel=bounded(channel)),)
    return (_of_book(channel, depth, message),)


def _of_book(channel: str, depth: str, message: dict[str, Any]) -> Event:
    data = object_of(message["data"])
    update, kind = whole(data["u"]), message["type"]
    if kind not in ("snapshot", "delta"):
        raise Unreadable("the book is neither snapshot nor delta")
    symbol = symbol_of(data["s"])
    if not channel.endswith(f".{symbol}"):
        raise Unreadable("the topic is of another symbol than its book")
    is_whole = kind == "snapshot" or update == 1
    matched = message.get("cts")
    return Event(
        (Kind.TOP if depth == "1" else Kind.SNAPSHOT) if is_whole else Kind.DELTA,
        symbol,
        levels(data["b"]),
        levels(data["a"]),
        None if is_whole else update,
        update,
        None,
        None,
        time_us(message.get("ts") if matched is None else matched),
        None,
        channel,
        1 if depth == "1" else None,
    )


def _of_request(message: dict[str, Any]) -> Event:
    operation, words = message.get("op"), bounded(message.get("ret_msg", ""))
    request_id = label_of(message.get("req_id"))
    if operation == "pong" or (operation == "ping" and words == "pong"):
        return Event(Kind.PONG, request_id=request_id)
    if message.get("success") is False:
        return Event(Kind.REFUSED, request_id=request_id, detail=words)
    if operation == "subscribe" and message.get("success") is True:
        return Event(Kind.ACK, request_id=request_id)
    if operation == "unsubscribe" and message.get("success") is True:
        return Event(Kind.IGNORED, request_id=request_id, detail="unsubscribed")
    raise Unreadable("neither an answer nor data of a topic")
