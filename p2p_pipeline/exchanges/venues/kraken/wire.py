"""Kraken's socket, v2; frames of v1 are known by their shape and read by `wire_v1`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.venues.iso_time import iso_us
from p2p_pipeline.exchanges.venues.kraken import wire_v1
from p2p_pipeline.exchanges.venues.reading import (
    bounded,
    exact_json,
    guarded,
    guarded_rows,
    levels,
    object_of,
    quote,
    symbol_of,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="kraken",
    title="Kraken",
    websocket_url="wss://ws.kraken.com",
    rest_urls={"": "https://api.kraken.com"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.CHECKSUM},
    taker_fee=Decimal("0.004"),
    limits=Limits(
        # Not stated: what we allow ourselves.
        messages_per_second=5,
        topics_per_request=100,
        connects_per_minute=15,
        rest_requests_per_second=1,
    ),
    heartbeat=Heartbeat(silence_seconds=10),
    top_depth=10,
    bulk_rest=True,
    currencies_need_key=True,
)

_DEPTHS = (10, 25, 100, 500, 1000)


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """See `Wire.decode`."""
    return guarded(wire_v1.read_array if frame[:1] == b"[" else _read, frame)


def _read(frame: bytes) -> Sequence[Event]:
    message = object_of(exact_json(frame))
    channel = message.get("channel")
    if channel == "book":
        kind = _KINDS[message["type"]]
        return guarded_rows(partial(_book, kind), message["data"], "symbol")
    if channel == "heartbeat":
        return (Event(Kind.HEARTBEAT),)
    if channel is not None:
        read = _READERS.get(channel)
        return (
            guarded_rows(read, message["data"], "symbol") if read else (Event(Kind.IGNORED, channel=bounded(channel)),)
        )
    if "event" in message:
        return wire_v1.read_object(message)
    return (_answer(message),)


FEED_OF_CHANNEL = {"ticker": Feed.BBO.value, "book": Feed.DELTA.value}
_KINDS = {"snapshot": Kind.SNAPSHOT, "update": Kind.DELTA}


def _book(kind: Kind, item: dict[str, Any]) -> Event:
    return Event(
        kind,
        symbol_of(item["symbol"]),
        levels([[row["price"], row["qty"]] for row in item["bids"]]),
        levels([[row["price"], row["qty"]] for row in item["asks"]]),
        checksum=whole(item["checksum"]),
        # Snapshots had no time until 2025.
        exchange_time_us=iso_us(item["timestamp"]) if "timestamp" in item else None,
        channel="book",
    )


def _ticker(item: dict[str, Any]) -> Event:
    # A pair without a book has the time 1970 and 0 in all fields.
    at = (iso_us(item["timestamp"]) or None) if "timestamp" in item else None
    bids, asks = quote(item["bid"], item["bid_qty"]), quote(item["ask"], item["ask_qty"])
    return Event(Kind.TICKER, symbol_of(item["symbol"]), bids, asks, exchange_time_us=at, channel="ticker")


def _status(item: dict[str, Any]) -> Event:
    """Only `online` trades: in post_only a book may stand crossed, in cancel_only it only empties."""
    return Event(Kind.STATUS, detail=Status.HELLO if item["system"] == "online" else Status.MAINTENANCE)


_READERS = {"ticker": _ticker, "status": _status}


def _answer(message: dict[str, Any]) -> Event:
    method, request_id = message.get("method"), bounded(message.get("req_id", ""))
    if method == "pong":
        return Event(Kind.PONG, request_id=request_id)
    about = object_of(message.get("result") or message)
    symbol, channel = bounded(about.get("symbol", "")), bounded(about.get("channel", ""))
    if method == "unsubscribe":
        detail = bounded(message.get("error", "unsubscribed"))
        return Event(Kind.IGNORED, symbol, channel=channel, request_id=request_id, detail=detail)
    if not message["success"]:
        detail = bounded(message["error"])
        return Event(Kind.REFUSED, symbol, channel=channel, request_id=request_id, detail=detail)
    depth = whole(about["depth"]) if "depth" in about else None
    feed = FEED_OF_CHANNEL.get(channel, "")
    return Event(Kind.ACK, symbol, channel=channel, depth=depth, request_id=request_id, detail=feed)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.subscribe`."""
    return _requests("subscribe", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.unsubscribe`."""
    return _requests("unsubscribe", subscriptions, request_id)


def _requests(method: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    by_channel: dict[int | None, list[str]] = {}
    for one in subscriptions:
        depth = nearest_depth(one.depth, _DEPTHS, CAPABILITY.top_depth) if one.feed is Feed.DELTA else None
        by_channel.setdefault(depth, []).append(one.symbol)
    messages: list[str] = []
    for depth, symbols in by_channel.items():
        for some in in_requests(symbols, CAPABILITY.limits):
            params = {**_channel(depth, is_new=method == "subscribe"), "symbol": some}
            message = {"method": method, "params": params, "req_id": request_id + len(messages)}
            messages.append(orjson.dumps(message).decode())
    return messages


def _channel(depth: int | None, *, is_new: bool) -> dict[str, Any]:
    """A book of that depth, or without one the best prices, on each change of them and not only on trades."""
    if depth is None:
        return {"channel": "ticker", "event_trigger": "bbo"}
    return {"channel": "book", "depth": depth} | ({"snapshot": True} if is_new else {})


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """See `Wire.opening`."""
    return "/v2", []


def ping(now_ms: int) -> str | None:
    """The heartbeat of each second is sign enough."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """The snapshot comes with the subscription."""
    return None
