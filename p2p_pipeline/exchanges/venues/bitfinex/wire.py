"""Bitfinex's socket."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Levels, Status
from p2p_pipeline.exchanges.venues.asking import nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    exact_json,
    guarded,
    levels,
    list_of,
    quote,
    symbol_of,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

TIMESTAMP = 32768
SEQ_ALL = 65536
OB_CHECKSUM = 131072

CAPABILITY = Capability(
    name="bitfinex",
    title="Bitfinex",
    websocket_url="wss://api-pub.bitfinex.com",
    rest_urls={"": "https://api-pub.bitfinex.com"},
    feeds={Feed.BBO: Integrity.SEQUENCE, Feed.DELTA: Integrity.SEQUENCE_AND_CHECKSUM},
    # Announced as permanent in 2025-12; public clients still carry 0.2 %.
    taker_fee=Decimal(0),
    limits=Limits(
        messages_per_second=5,
        topics_per_connection=25,
        topics_per_request=1,
        connects_per_minute=20,
        # 10 to 90 a minute, each endpoint for itself.
        rest_requests_per_second=0.5,
    ),
    heartbeat=Heartbeat(silence_seconds=30),
    top_depth=25,
    bulk_rest=True,
)

_LENGTHS = (1, 25, 100, 250)
_STATUS_OF_CODE = {"20051": Status.RECONNECT, "20060": Status.MAINTENANCE, "20061": Status.BACK}
_SMALLEST_TIME_MS = 10**12
"""A number behind the payload is a time from here on (2001), the number of a message below."""
_TICKER_FIELDS = 10


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """See `Wire.decode`."""
    return guarded(_read, frame)


def _read(frame: bytes) -> Sequence[Event]:
    message = exact_json(frame)
    return (_data(list_of(message)) if frame[:1] == b"[" else _told(message),)


def _data(message: list[Any]) -> Event:
    channel, payload = str(whole(message[0])), message[1]
    if isinstance(payload, list):
        number, at = _behind(message[2:])
        return _levels(payload)._replace(channel=channel, connection_sequence=number, exchange_time_us=at)
    if payload == "hb":
        number, at = _behind(message[2:])
        return Event(Kind.HEARTBEAT, channel=channel, connection_sequence=number, exchange_time_us=at)
    if payload == "cs":
        number, at = _behind(message[3:])
        checksum = int(message[2])
        return Event(Kind.CHECKSUM, channel=channel, checksum=checksum, connection_sequence=number, exchange_time_us=at)
    if not isinstance(payload, str) or payload.lstrip("-").isdigit():
        raise Unreadable("neither a payload nor its kind follows the channel's number")
    # A trade has its own payload before what follows.
    number, at = _behind([part for part in message[2:] if not isinstance(part, list)])
    return Event(
        Kind.IGNORED, channel=channel, connection_sequence=number, exchange_time_us=at, detail=bounded(payload)
    )


def _behind(numbers: list[Any]) -> tuple[int | None, int | None]:
    """The number of the message and the time in microseconds, as far as they were asked for."""
    sequence = at = None
    for text in numbers:
        number = whole(text)
        if number >= _SMALLEST_TIME_MS:
            at = time_us(number)
        else:
            sequence = number
    return sequence, at


def _levels(payload: list[Any]) -> Event:
    """A change of a book has three numbers, a ticker ten; a snapshot has rows of three, trades of four."""
    if payload and not isinstance(payload[0], list):
        if len(payload) == 3:
            bids, asks = sides_of([payload])
            return Event(Kind.DELTA, "", bids, asks)
        if len(payload) == _TICKER_FIELDS:
            bid, bid_size, ask, ask_size = payload[:4]
            return Event(Kind.TICKER, "", quote(bid, bid_size), quote(ask, ask_size))
        return Event(Kind.IGNORED, detail=f"{len(payload)} fields")
    if payload and len(payload[0]) != 3:
        return Event(Kind.IGNORED, detail=f"rows of {len(payload[0])} fields")
    bids, asks = sides_of(payload)
    return Event(Kind.SNAPSHOT, "", bids, asks)


def sides_of(rows: list[Any]) -> tuple[Levels, Levels]:
    """Price, count, amount: above 0 is a bid, below an ask; count 0 deletes."""
    bids: list[list[str]] = []
    asks: list[list[str]] = []
    for price, count, amount in rows:
        is_ask = amount[0] == "-"
        quantity = amount[1:] if is_ask else amount
        (asks if is_ask else bids).append([price, "0" if count == "0" else quantity])
        if count != "0" and not whole(count):
            raise Unreadable("the count of orders is no number")
    return levels(bids), levels(asks)


def _told(message: dict[str, Any]) -> Event:
    kind = message["event"]
    symbol = bounded(message.get("symbol") or "")
    if kind == "subscribed":
        return _subscribed(message, symbol)
    if kind == "info":
        return _info(message)
    if kind == "pong":
        return Event(Kind.PONG, request_id=bounded(message.get("cid", "")), exchange_time_us=time_us(message.get("ts")))
    if kind == "error":
        return Event(Kind.REFUSED, symbol, detail=bounded(f"{message.get('code', '')} {message['msg']}".strip()))
    if kind == "conf" and message["status"] != "OK":
        return Event(Kind.REFUSED, channel="conf", detail=bounded(f"conf: {message['status']}"))
    return Event(Kind.IGNORED, symbol, channel=bounded(message.get("chanId", "")), detail=bounded(kind))


def _subscribed(message: dict[str, Any], symbol: str) -> Event:
    """Channels that we have no use for are no answer to what we ask: their numbers stay unknown."""
    channel, name = str(whole(message["chanId"])), message["channel"]
    if name == "ticker":
        return Event(Kind.ACK, symbol_of(symbol), channel=channel, detail=Feed.BBO.value)
    if name == "book" and message.get("prec", "P0") != "R0":
        return Event(
            Kind.ACK, symbol_of(symbol), channel=channel, depth=whole(message.get("len", "25")), detail=Feed.DELTA.value
        )
    return Event(Kind.IGNORED, symbol, channel=channel, detail=bounded(name))


def _info(message: dict[str, Any]) -> Event:
    if "code" in message:
        status = _STATUS_OF_CODE.get(message["code"])
        if status is None:
            return Event(Kind.IGNORED, detail=bounded(f"info {message['code']}"))
        return Event(Kind.STATUS, detail=status)
    is_up = message["platform"]["status"] == "1"
    return Event(Kind.STATUS, detail=Status.HELLO if is_up else Status.MAINTENANCE)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.subscribe`."""
    return [orjson.dumps({"event": "subscribe", **_channel(one)}).decode() for one in subscriptions]


def _channel(one: Subscription) -> dict[str, str]:
    if one.feed is Feed.BBO:
        return {"channel": "ticker", "symbol": one.symbol}
    length = nearest_depth(one.depth, _LENGTHS, CAPABILITY.top_depth)
    return {"channel": "book", "symbol": one.symbol, "prec": "P0", "freq": "F0", "len": str(length)}


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.unsubscribe`: a subscription's symbol is `#` and its channel's number."""
    numbers = [int(one.symbol.removeprefix("#")) for one in subscriptions]
    return [orjson.dumps({"event": "unsubscribe", "chanId": number}).decode() for number in numbers]


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """See `Wire.opening`: message numbers, times and checksums must be asked for before anything else."""
    return "/ws/2", [orjson.dumps({"event": "conf", "flags": TIMESTAMP + SEQ_ALL + OB_CHECKSUM}).decode()]


def ping(now_ms: int) -> str | None:
    """Each channel has a heartbeat of its own, every 15 seconds."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """The snapshot comes with the subscription."""
    return None
