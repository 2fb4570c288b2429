"""Kraken's former wire, arrays: the live feed is v2, this reads what was recorded before.

A frame is `[channel id, payload, …, channel name, pair]`; the changes of both sides may come as two payloads in one
frame, and then only the last holds the checksum `c`, which is over both. A level has a fourth field `r` when it comes
back into the depth; it is set like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    levels,
    object_of,
    quote,
    symbol_of,
    text_json,
    whole,
)
from p2p_pipeline.exchanges.words import Feed

_SECONDS_DIGITS = 10


def read_array(frame: bytes) -> Sequence[Event]:
    """The event of a data frame. Raises `reading.MISREAD` for what is none."""
    message = text_json(frame)
    name, pair = message[-2], symbol_of(message[-1])
    if name[:5] == "book-":
        return (_book(message[1:-2], pair, name),)
    if name == "ticker":
        payload = message[1]
        # A row is price, whole lots, lots.
        bids, asks = (quote(payload[side][0], payload[side][2]) for side in "ba")
        return (Event(Kind.TICKER, pair, bids, asks, channel=name),)
    return (Event(Kind.IGNORED, pair, channel=symbol_of(name)),)


def _book(payloads: list[Any], pair: str, name: str) -> Event:
    first, last = object_of(payloads[0]), object_of(payloads[-1])
    if len(payloads) > 2:
        raise Unreadable(f"{len(payloads)} payloads in one frame")
    if "as" in first:
        return _event(Kind.SNAPSHOT, pair, name, first["bs"], first["as"], None)
    bids, asks = first.get("b", []), first.get("a", [])
    if last is not first:
        bids, asks = bids + last.get("b", []), asks + last.get("a", [])
    if not (bids or asks):
        raise Unreadable("a change of a book changes nothing")
    return _event(Kind.DELTA, pair, name, bids, asks, whole(last["c"]))


def _event(kind: Kind, pair: str, name: str, bids: list[Any], asks: list[Any], checksum: int | None) -> Event:
    newest = max([row[2] for row in bids] + [row[2] for row in asks], default=None)
    at = None if newest is None else _seconds_us(newest)
    depth = whole(name[5:])
    return Event(
        kind, pair, levels(bids), levels(asks), checksum=checksum, exchange_time_us=at, channel=name, depth=depth
    )


def _seconds_us(text: str) -> int:
    """Microseconds of `1618678133.383209`."""
    seconds, _, fraction = text.partition(".")
    if len(seconds) > _SECONDS_DIGITS:
        raise Unreadable(f"{bounded(text)} is no time in seconds")
    return whole(seconds) * 1_000_000 + whole(fraction[:6].ljust(6, "0"))


def read_object(message: dict[str, Any]) -> Sequence[Event]:
    """The event of a frame that has the key `event`, numbers as text."""
    kind = message["event"]
    if kind == "heartbeat":
        return (Event(Kind.HEARTBEAT),)
    if kind == "pong":
        return (Event(Kind.PONG, request_id=bounded(message.get("reqid", ""))),)
    if kind == "systemStatus":
        is_up = message["status"] == "online"
        return (Event(Kind.STATUS, detail=Status.HELLO if is_up else Status.MAINTENANCE),)
    if kind == "subscriptionStatus":
        return (_subscription(message),)
    return (Event(Kind.IGNORED, detail=bounded(kind)),)


def _subscription(message: dict[str, Any]) -> Event:
    pair = symbol_of(message["pair"]) if "pair" in message else ""
    status, request_id = message["status"], bounded(message.get("reqid", ""))
    if status == "error":
        return Event(Kind.REFUSED, pair, request_id=request_id, detail=bounded(message["errorMessage"]))
    name = symbol_of(message["channelName"])
    if status != "subscribed":
        return Event(Kind.IGNORED, pair, channel=name, request_id=request_id, detail=bounded(status))
    depth = message["subscription"].get("depth")
    feed = Feed.BBO if name == "ticker" else Feed.DELTA if name[:5] == "book-" else None
    return Event(
        Kind.ACK,
        pair,
        channel=name,
        depth=None if depth is None else whole(depth),
        request_id=request_id,
        detail=feed.value if feed else "",
    )
