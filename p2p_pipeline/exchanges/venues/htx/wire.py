"""What passes on HTX's sockets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    bounded_value,
    exact_json,
    guarded,
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
    name="htx",
    title="HTX",
    websocket_url="wss://api.huobi.pro",
    rest_urls={"": "https://api.huobi.pro"},
    feeds={
        Feed.BBO: Integrity.FULL_SNAPSHOTS,
        Feed.TOP: Integrity.FULL_SNAPSHOTS,
        Feed.DELTA: Integrity.SEQUENCE,
    },
    taker_fee=Decimal("0.002"),
    limits=Limits(
        messages_per_second=10,
        topics_per_connection=100,
        topics_per_request=1,
        rest_requests_per_second=10,
    ),
    heartbeat=Heartbeat(silence_seconds=20),
    top_depth=150,
    bulk_rest=True,
    binary=True,
)

_GZIP = b"\x1f\x8b"
_TOLD_TOPIC = re.compile(r"market\.([a-z0-9]+)\.([a-z0-9.]+)")


def decode(frame: bytes, *, is_binary: bool = True) -> Sequence[Event]:
    """What a frame says. Text is read too: recordings in text exist."""
    return guarded(_events, frame)


def _events(frame: bytes) -> Sequence[Event]:
    message = object_of(exact_json(unpacked(frame) if frame.startswith(_GZIP) else frame))
    return (_data(message) if "tick" in message else _answer(message),)


def _topic(text: object) -> tuple[str, str]:
    """`market.btcusdt.mbp.150`: the symbol, and what of it."""
    parts = text.split(".", 2) if isinstance(text, str) else []
    if len(parts) != 3 or parts[0] != "market":
        raise Unreadable(f"{bounded_value(text)} is no topic")
    return symbol_of(parts[1]), symbol_of(parts[2])


def _answer(message: Mapping[str, Any]) -> Event:
    if "ping" in message:
        return Event(Kind.PING, detail=f'{{"pong":{whole(message["ping"])}}}')
    request_id = bounded(message.get("id", ""))
    if message["status"] != "ok":
        words = bounded(message.get("err-msg", ""))
        told = _TOLD_TOPIC.search(words)
        return Event(
            Kind.REFUSED,
            symbol=told[1] if told else "",
            channel=told[2] if told else "",
            request_id=request_id,
            detail=bounded(f"{message.get('err-code', '')} {words}".strip()),
        )
    if "rep" in message:
        symbol, channel = _topic(message["rep"])
        if not channel.startswith("mbp."):
            return Event(Kind.IGNORED, symbol=symbol, channel=channel, request_id=request_id)
        data = message["data"]
        return Event(
            Kind.SNAPSHOT,
            symbol=symbol,
            bids=levels(data["bids"]),
            asks=levels(data["asks"]),
            last=whole(data["seqNum"]),
            exchange_time_us=time_us(message.get("ts")),
            channel=channel,
            request_id=request_id,
        )
    if "subbed" in message:
        symbol, channel = _topic(message["subbed"])
        return Event(Kind.ACK, symbol=symbol, channel=channel, request_id=request_id)
    return Event(Kind.IGNORED, request_id=request_id, detail=bounded(message.get("unsubbed", "")))


def _data(message: Mapping[str, Any]) -> Event:
    symbol, channel = _topic(message["ch"])
    tick = message["tick"]
    if channel == "bbo":
        return Event(
            Kind.TICKER,
            symbol=symbol,
            bids=quote(tick["bid"], tick["bidSize"]),
            asks=quote(tick["ask"], tick["askSize"]),
            last=whole(tick["seqId"]),
            exchange_time_us=time_us(tick["quoteTime"]),
            channel=channel,
        )
    if channel == "depth.step0" or channel.startswith("mbp.refresh."):
        return Event(
            Kind.TOP,
            symbol=symbol,
            bids=levels(tick["bids"]),
            asks=levels(tick["asks"]),
            last=whole(tick["version"] if "version" in tick else tick["seqNum"]),
            exchange_time_us=time_us(tick["ts"] if "ts" in tick else message["ts"]),
            channel=channel,
        )
    if channel.startswith("mbp."):
        return Event(
            Kind.DELTA,
            symbol=symbol,
            bids=levels(tick.get("bids", [])),
            asks=levels(tick.get("asks", [])),
            last=whole(tick["seqNum"]),
            previous=whole(tick["prevSeqNum"]),
            exchange_time_us=time_us(message["ts"]),
            channel=channel,
        )
    return Event(Kind.IGNORED, symbol=symbol, channel=channel)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """One request each."""
    return _requests("sub", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """One request each that ends it."""
    return _requests("unsub", subscriptions, request_id)


def _requests(operation: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    wanted = [one for one in subscriptions if one.feed in CAPABILITY.feeds]
    return [
        _message(operation, f"market.{one.symbol}.{channel(one)}", number)
        for number, one in enumerate(wanted, start=request_id)
    ]


def _message(operation: str, topic: str, request_id: int) -> str:
    return orjson.dumps({operation: topic, "id": str(request_id)}).decode()


def channel(subscription: Subscription) -> str:
    """What of a symbol."""
    if subscription.feed is Feed.BBO:
        return "bbo"
    if subscription.feed is Feed.DELTA:
        return "mbp.150"
    # mbp.refresh is ten times as quick and was there for 39 symbols in 2020; who asks for few levels knows that.
    return f"mbp.refresh.{subscription.depth}" if subscription.depth in (5, 10, 20) else "depth.step0"


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """/feed for deltas, /ws for the rest."""
    return "/feed" if any(one.feed is Feed.DELTA for one in subscriptions) else "/ws", []


def ping(now_ms: int) -> str | None:
    """None: the exchange asks us."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Asks for the book that the deltas build on."""
    return _message("req", f"market.{symbol}.mbp.150", request_id)
