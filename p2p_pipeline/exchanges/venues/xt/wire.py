"""What passes on XT's socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    levels,
    object_of,
    symbol_of,
    text_json,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="xt",
    title="XT",
    websocket_url="wss://stream.xt.com",
    rest_urls={"": "https://sapi.xt.com"},
    feeds={Feed.TOP: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.002"),
    limits=Limits(
        messages_per_second=5,
        topics_per_connection=100,
        topics_per_request=50,
        rest_requests_per_second=10,
    ),
    heartbeat=Heartbeat(ping_seconds=20, silence_seconds=60),
    top_depth=20,
    book_from_rest=True,
    bulk_rest=True,
)

_UNSUBSCRIPTION = "u"


def decode(frame: bytes, *, is_binary: bool = False) -> Sequence[Event]:
    """What a frame says."""
    if frame == b"pong":
        return (Event(Kind.PONG),)
    return guarded(_events, frame)


def _events(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    return (_data(message) if "topic" in message else _answer(message),)


def _answer(message: Mapping[str, Any]) -> Event:
    request_id, code = bounded(message["id"]), message["code"]
    if type(code) is not int:
        raise Unreadable("an answer without a code")
    if code != 0:
        return Event(Kind.REFUSED, request_id=request_id, detail=bounded(f"{code} {message.get('msg', '')}"))
    kind = Kind.IGNORED if request_id.startswith(_UNSUBSCRIPTION) else Kind.ACK
    return Event(kind, request_id=request_id)


def _data(message: Mapping[str, Any]) -> Event:
    topic, data = message["topic"], message["data"]
    if topic == "depth_update":
        first, last = whole(data["fi"]), whole(data["i"])
        if first > last:
            raise Unreadable(f"a change from {first} back to {last}")
        kind = Kind.DELTA
    elif topic == "depth":
        kind, first, last = Kind.TOP, None, whole(data["i"])
    else:
        return Event(Kind.IGNORED, channel=bounded(topic))
    return Event(
        kind,
        symbol=symbol_of(data["s"]),
        bids=levels(data["b"]),
        asks=levels(data["a"]),
        first=first,
        last=last,
        channel=topic,
    )


def topic_of(subscription: Subscription) -> str:
    """The stream's name."""
    if subscription.feed is Feed.DELTA:
        return f"depth_update@{subscription.symbol}"
    depth = nearest_depth(subscription.depth, (5, 10, 20, 50), CAPABILITY.top_depth)
    return f"depth@{subscription.symbol},{depth}"


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests for them."""
    return _requests("subscribe", "", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests that end them."""
    return _requests("unsubscribe", _UNSUBSCRIPTION, subscriptions, request_id)


def _requests(method: str, prefix: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    topics = [topic_of(one) for one in subscriptions if one.feed in CAPABILITY.feeds]
    return [
        orjson.dumps({"method": method, "params": batch, "id": f"{prefix}{number}"}).decode()
        for number, batch in enumerate(in_requests(topics, CAPABILITY.limits), start=request_id)
    ]


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """Where to connect."""
    return "/public", []


def ping(now_ms: int) -> str | None:
    """Our sign of life."""
    return "ping"


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """None: a snapshot comes by REST."""
    return None
