"""The language of Gate's spot socket."""

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
    list_of,
    object_of,
    quote,
    span,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import NOW_SECONDS, Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="gate",
    title="Gate",
    websocket_url="wss://api.gateio.ws",
    rest_urls={"": "https://api.gateio.ws"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.TOP: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.002"),
    limits=Limits(
        messages_per_second=20,  # none is stated
        topics_per_request=100,
        connects_per_minute=60,
        connections=100,
        rest_requests_per_second=10,
    ),
    heartbeat=Heartbeat(ping_seconds=8, silence_seconds=30),
    top_depth=20,
    bulk_rest=True,
)

TOP_DEPTHS = (5, 10, 20, 50, 100)
DELTA_DEPTHS = (50, 400)
_DELTA_DEPTH = 50


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """What a frame says. Everything comes as text here."""
    return guarded(_events, frame)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Subscribe messages: best prices by lists of pairs, books one each so that each is acknowledged or refused."""
    return _requests("subscribe", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Unsubscribe messages."""
    return _requests("unsubscribe", subscriptions, request_id)


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """The one socket."""
    return "/ws/v4/", []


def ping(now_ms: int) -> str | None:
    """Our sign of life."""
    return orjson.dumps({"time": now_ms // 1000, "channel": "spot.ping"}).decode()


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Nothing: `spot.obu` begins with a snapshot."""
    return None


def _requests(event: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    pairs = [subscription.symbol for subscription in subscriptions if subscription.feed is Feed.BBO]
    asked = [("spot.book_ticker", batch) for batch in in_requests(pairs, CAPABILITY.limits)]
    for subscription in dict.fromkeys(subscriptions):
        if subscription.feed is Feed.TOP:
            depth = nearest_depth(subscription.depth, TOP_DEPTHS, CAPABILITY.top_depth)
            asked.append(("spot.order_book", [subscription.symbol, str(depth), "100ms"]))
        elif subscription.feed is Feed.DELTA:
            depth = nearest_depth(subscription.depth, DELTA_DEPTHS, _DELTA_DEPTH)
            asked.append(("spot.obu", [f"ob.{subscription.symbol}.{depth}"]))
    return [
        orjson.dumps(
            {"time": NOW_SECONDS, "id": request_id + number, "channel": channel, "event": event, "payload": payload}
        ).decode()
        for number, (channel, payload) in enumerate(asked)
    ]


def _events(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    if message.get("error") is not None:
        return (_refused(message),)
    channel, event = message["channel"], message.get("event")
    if channel == "spot.pong":
        return (Event(Kind.PONG),)
    if event == "subscribe":
        return (_acknowledged(message),)
    read = _READERS.get(channel)
    if read is None or event != "update":
        return (Event(Kind.IGNORED, channel=bounded(channel), detail=bounded(event)),)
    return (read(object_of(message["result"]), channel),)


def _of_delta(result: dict[str, Any], channel: str) -> Event:
    """Of `spot.obu` and its elder `spot.order_book_update`."""
    topic, is_whole = symbol_of(result["s"]), result.get("full", False) is True
    symbol = topic
    if channel == "spot.obu":
        prefix, _, rest = topic.partition(".")
        symbol, _, depth = rest.rpartition(".")
        if prefix != "ob" or not symbol or not depth.isdigit():
            raise Unreadable("the topic names no pair")
    first, last = (None, whole(result["u"])) if is_whole else span(result["U"], result["u"])
    # the newer feed may leave a side without a change out
    nothing: Any = [] if channel == "spot.obu" and not is_whole else None
    return Event(
        Kind.SNAPSHOT if is_whole else Kind.DELTA,
        symbol,
        levels(result.get("b", nothing)),
        levels(result.get("a", nothing)),
        first,
        last,
        None,
        None,
        time_us(result.get("t")),
        None,
        channel,
    )


def _of_top(result: dict[str, Any], channel: str) -> Event:
    return Event(
        Kind.TOP,
        symbol_of(result["s"]),
        levels(result["bids"]),
        levels(result["asks"]),
        None,
        whole(result["lastUpdateId"]),
        None,
        None,
        time_us(result.get("t")),
        None,
        channel,
    )


def _of_ticker(result: dict[str, Any], channel: str) -> Event:
    return Event(
        Kind.TICKER,
        symbol_of(result["s"]),
        quote(result["b"], result["B"]),
        quote(result["a"], result["A"]),
        None,
        whole(result["u"]),
        None,
        None,
        time_us(result.get("t")),
        None,
        channel,
    )


_READERS = {
    "spot.obu": _of_delta,
    "spot.order_book_update": _of_delta,
    "spot.order_book": _of_top,
    "spot.book_ticker": _of_ticker,
}


def _acknowledged(message: dict[str, Any]) -> Event:
    status = object_of(message["result"]).get("status")
    kind = Kind.ACK if status == "success" else Kind.REFUSED
    detail = "" if kind is Kind.ACK else bounded(status)
    return Event(kind, _symbol_asked(message), channel=_channel_of(message), request_id=_id_of(message), detail=detail)


def _refused(message: dict[str, Any]) -> Event:
    error = object_of(message["error"])
    words = bounded(f"{error.get('code', '')} {error.get('message', '')}".strip())
    return Event(
        Kind.REFUSED, _symbol_asked(message), channel=_channel_of(message), request_id=_id_of(message), detail=words
    )


def _symbol_asked(message: dict[str, Any]) -> str:
    """The one pair that a request was about, as far as the answer repeats it."""
    payload = message.get("payload")
    channel = message.get("channel")
    if payload is None or channel not in _READERS:
        return ""
    names = list_of(payload)
    if channel == "spot.obu" and len(names) == 1:
        return symbol_of(names[0]).removeprefix("ob.").rpartition(".")[0]
    if channel in ("spot.order_book", "spot.order_book_update") or len(names) == 1:
        return symbol_of(names[0])
    return ""


def _channel_of(message: dict[str, Any]) -> str:
    return bounded(message.get("channel") or "")


def _id_of(message: dict[str, Any]) -> str:
    return label_of(message.get("id"))
