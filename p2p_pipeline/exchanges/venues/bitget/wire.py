"""What passes on Bitget's socket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import in_requests
from p2p_pipeline.exchanges.venues.bitget.quotes import quotes_of
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    bounded_value,
    guarded,
    levels,
    list_of,
    object_of,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="bitget",
    title="Bitget",
    websocket_url="wss://ws.bitget.com",
    rest_urls={"": "https://api.bitget.com"},
    feeds={
        Feed.BBO: Integrity.FULL_SNAPSHOTS,
        Feed.TOP: Integrity.FULL_SNAPSHOTS,
        Feed.DELTA: Integrity.SEQUENCE,
    },
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=10,
        topics_per_connection=50,
        topics_per_request=50,
        characters_per_request=4096,
        subscription_requests_per_hour=240,
        connects_per_minute=60,
        connections=100,
        rest_requests_per_second=20,
        connection_hours=24,
    ),
    heartbeat=Heartbeat(ping_seconds=30, silence_seconds=70),
    top_depth=50,
    bulk_rest=True,
)

_SPOT = {"spot", "SPOT", "sp", "SP"}
_TOPS = {"books5", "books15", "books50"}
_TOLD_SYMBOL = re.compile(r"(?:instId|symbol):([A-Za-z0-9]+)")
_TOLD_CHANNEL = re.compile(r"(?:channel|topic):([A-Za-z0-9]+)")


def decode(frame: bytes, *, is_binary: bool = False) -> Sequence[Event]:
    """What a frame says, in order."""
    if frame == b"pong":
        return (Event(Kind.PONG),)
    return guarded(_events, frame)


def _events(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    return _data(message) if "action" in message else (_answer(message),)


def _answer(message: Mapping[str, Any]) -> Event:
    event = message["event"]
    if event == "subscribe":
        symbol, channel = _subject(message["arg"])
        return Event(Kind.ACK, symbol=symbol, channel=channel)
    if event == "error":
        words = bounded(message.get("msg", ""))
        symbol, channel = _subject(message["arg"]) if message.get("arg") else ("", "")
        told_symbol, told_channel = _TOLD_SYMBOL.search(words), _TOLD_CHANNEL.search(words)
        return Event(
            Kind.REFUSED,
            symbol=symbol or (told_symbol[1] if told_symbol else ""),
            channel=channel or (told_channel[1] if told_channel else ""),
            detail=bounded(f"{message.get('code', '')} {words}".strip()),
        )
    return Event(Kind.IGNORED, detail=bounded(event))


def _subject(argument: Mapping[str, Any]) -> tuple[str, str]:
    """Symbol and channel: the older wires and the unified one name them differently."""
    channel = argument["channel"] if "channel" in argument else argument["topic"]
    return symbol_of(argument["instId"] if "instId" in argument else argument["symbol"]), symbol_of(channel)


def _data(message: Mapping[str, Any]) -> Sequence[Event]:
    argument = message["arg"]
    symbol, channel = _subject(argument)
    if argument["instType"] not in _SPOT:
        return (Event(Kind.IGNORED, channel=channel, detail=bounded(f"another market: {argument['instType']}")),)
    if channel == "books":
        kind = {"snapshot": Kind.SNAPSHOT, "update": Kind.DELTA}[message["action"]]
        return [_book(kind, symbol, channel, row) for row in list_of(message["data"])]
    if channel in _TOPS:
        return [_book(Kind.TOP, symbol, channel, row) for row in list_of(message["data"])]
    if channel == "books1":
        return [_book(Kind.TICKER, symbol, channel, row) for row in list_of(message["data"])]
    if channel == "ticker":
        return [_ticker(symbol, channel, message, row) for row in list_of(message["data"])]
    return (Event(Kind.IGNORED, symbol=symbol, channel=channel),)


def _book(kind: Kind, symbol: str, channel: str, row: Mapping[str, Any]) -> Event:
    bids, asks = ("bids", "asks") if "asks" in row or "bids" in row else ("b", "a")
    previous = whole(row["pseq"]) if row.get("pseq") is not None else None
    checksum = _checksum(row["checksum"]) if row.get("checksum") and previous is None else None
    return Event(
        kind,
        symbol=symbol,
        bids=levels(row[bids]),
        asks=levels(row[asks]),
        last=whole(row["seq"]) if row.get("seq") is not None else None,
        previous=previous if kind is Kind.DELTA else None,
        checksum=checksum,
        exchange_time_us=time_us(row["ts"]),
        channel=channel,
    )


def _ticker(symbol: str, channel: str, message: Mapping[str, Any], row: Mapping[str, Any]) -> Event:
    if "bestBid" in row:
        return Event(Kind.IGNORED, symbol=symbol, channel=channel, detail="best prices without quantities")
    bids, asks = quotes_of(row)
    time = time_us(row["ts"] if "ts" in row else message["ts"])
    return Event(Kind.TICKER, symbol=symbol, bids=bids, asks=asks, exchange_time_us=time, channel=channel)


def _checksum(value: object) -> int:
    """A signed CRC32."""
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise Unreadable(f"{bounded_value(value)} is no checksum")
    return value


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests for them; Bitget's have no id."""
    return _requests("subscribe", subscriptions)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests that end them."""
    return _requests("unsubscribe", subscriptions)


def _requests(operation: str, subscriptions: Sequence[Subscription]) -> list[str]:
    topics = [f"{topic(one)} {one.symbol}" for one in subscriptions if one.feed in CAPABILITY.feeds]
    around = len('{"instType":"spot","topic":"","symbol":""},')
    return [
        orjson.dumps({"op": operation, "args": [_argument(*one.split(" ", 1)) for one in batch]}).decode()
        for batch in in_requests(topics, CAPABILITY.limits, around=around)
    ]


def _argument(channel: str, symbol: str) -> dict[str, str]:
    return {"instType": "spot", "topic": channel, "symbol": symbol}


def topic(subscription: Subscription) -> str:
    """The channel's name."""
    if subscription.feed is Feed.BBO:
        return "books1"
    if subscription.feed is Feed.TOP:
        return "books5" if subscription.depth is not None and subscription.depth <= 5 else "books50"
    return "books"


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """Where to connect."""
    return "/v3/ws/public", []


def ping(now_ms: int) -> str | None:
    """Our sign of life."""
    return "ping"


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """None: a snapshot comes with each subscription."""
    return None
