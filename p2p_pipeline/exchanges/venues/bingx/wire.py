"""The language of BingX's market socket."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    exact_json,
    guarded,
    label_of,
    levels,
    object_of,
    quote,
    symbol_of,
    time_us,
    unpacked,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="bingx",
    title="BingX",
    websocket_url="wss://open-api-ws.bingx.com",
    rest_urls={"": "https://open-api.bingx.com"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.TOP: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=10,  # none is stated
        topics_per_connection=200,
        topics_per_request=1,
        connects_per_minute=60,
        connections=60,
        rest_requests_per_second=1,
    ),
    heartbeat=Heartbeat(silence_seconds=30),  # it pings every 5 s
    top_depth=20,
    bulk_rest=True,
    currencies_need_key=True,
    binary=True,
)

TOP_DEPTHS = (5, 10, 20, 50, 100)
_GZIP = b"\x1f\x8b"


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """What a frame says, packed or not: its first bytes tell."""
    return guarded(_events, frame)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """A message a topic."""
    return _requests("sub", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """A message a topic."""
    return _requests("unsub", subscriptions, request_id)


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """The one socket."""
    return "/market", []


def ping(now_ms: int) -> str | None:
    """Nothing: BingX asks us."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Nothing: `incrDepth` begins with all levels."""
    return None


def topic(subscription: Subscription) -> str:
    """The `dataType` of a subscription."""
    if subscription.feed is Feed.BBO:
        return f"{subscription.symbol}@bookTicker"
    if subscription.feed is Feed.TOP:
        return f"{subscription.symbol}@depth{nearest_depth(subscription.depth, TOP_DEPTHS, CAPABILITY.top_depth)}"
    return f"{subscription.symbol}@incrDepth"


def _requests(what: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    topics = dict.fromkeys(topic(subscription) for subscription in subscriptions)
    return [
        orjson.dumps({"id": str(request_id + number), "reqType": what, "dataType": name}).decode()
        for number, name in enumerate(topics)
    ]


def _events(frame: bytes) -> Sequence[Event]:
    body = unpacked(frame) if frame.startswith(_GZIP) else frame
    if body == b"Ping":
        return (Event(Kind.PING, detail="Pong"),)
    if body == b"Pong":
        return (Event(Kind.PONG),)
    message = object_of(exact_json(body))
    if "ping" in message:
        return (_asked_for_life(message),)
    channel, data = message.get("dataType") or "", message.get("data")
    if not isinstance(channel, str):
        raise Unreadable("the topic is no text")
    if channel and data is not None and message.get("code", "0") == "0":
        return (_of_topic(channel, object_of(data), message),)
    if "code" in message:
        return (_of_request(channel, message),)
    raise Unreadable("neither an answer nor data of a topic")


def _asked_for_life(message: dict[str, Any]) -> Event:
    answer = {"pong": bounded(message["ping"])}
    if "time" in message:
        answer["time"] = bounded(message["time"])
    return Event(Kind.PING, detail=orjson.dumps(answer).decode())


def _of_topic(channel: str, data: dict[str, Any], message: dict[str, Any]) -> Event:
    symbol, _, name = channel.partition("@")
    at = time_us(message.get("timestamp"))
    if name == "bookTicker":
        bids, asks = quote(data["b"], data["B"]), quote(data["a"], data["A"])
        return Event(
            Kind.TICKER, symbol_of(data["s"]), bids, asks, exchange_time_us=time_us(data["E"]), channel=channel
        )
    if name == "ticker":
        bids, asks = quote(data["B"], data["b"]), quote(data["A"], data["a"])
        return Event(
            Kind.TICKER, symbol_of(data["s"]), bids, asks, exchange_time_us=time_us(data["E"]), channel=channel
        )
    if name == "incrDepth":
        return _of_delta(symbol, channel, data, at)
    if name.startswith("depth"):
        sequence = data.get("lastUpdateId")
        return Event(
            Kind.TOP,
            symbol_of(symbol),
            levels(data["bids"]),
            levels(data["asks"]),
            last=None if sequence is None else whole(sequence),
            exchange_time_us=at,
            channel=channel,
        )
    return Event(Kind.IGNORED, exchange_time_us=at, channel=bounded(channel))


def _of_delta(symbol: str, channel: str, data: dict[str, Any], at: int | None) -> Event:
    action, sequence = data["action"], whole(data["lastUpdateId"])
    if action not in ("all", "update"):
        raise Unreadable("the book is neither all nor update")
    is_whole, own = action == "all", data.get("time")
    return Event(
        Kind.SNAPSHOT if is_whole else Kind.DELTA,
        symbol_of(symbol),
        levels(data["bids"]),
        levels(data["asks"]),
        None if is_whole else sequence,
        sequence,
        None,
        None,
        at if own is None else time_us(own),
        None,
        channel,
    )


def _of_request(channel: str, message: dict[str, Any]) -> Event:
    code = message["code"]
    is_taken = code == "0"
    return Event(
        Kind.ACK if is_taken else Kind.REFUSED,
        symbol=bounded(channel.partition("@")[0]),
        channel=bounded(channel),
        request_id=label_of(message.get("id")),
        detail="" if is_taken else bounded(f"{code} {message.get('msg', '')}".strip()),
    )
