"""The language of Binance's market streams."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Level, Status
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    checked,
    guarded,
    label_of,
    levels,
    object_of,
    quote,
    span,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="binance",
    title="Binance",
    websocket_url="wss://stream.binance.com:9443",
    rest_urls={"": "https://api.binance.com"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.TOP: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=4,  # it takes 5, and our pongs count
        topics_per_connection=1024,
        topics_per_request=100,  # not stated; a request of all 1,024 is closed without a word
        characters_per_request=4_000,
        connects_per_minute=60,
        rest_requests_per_second=5,
        connection_hours=24,
    ),
    heartbeat=Heartbeat(silence_seconds=90),  # its ping frames come every 20 s, and a library answers them
    top_depth=20,
    book_from_rest=True,
    bulk_rest=True,
    currencies_need_key=True,
)

TOP_DEPTHS = (5, 10, 20)


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """What a frame says. Everything comes as text here."""
    return guarded(_events, frame)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """SUBSCRIBE messages."""
    return _requests("SUBSCRIBE", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """UNSUBSCRIBE messages."""
    return _requests("UNSUBSCRIBE", subscriptions, request_id)


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """The combined stream; what is wanted of it is subscribed there, since symbols may hold any character."""
    return "/stream", []


def ping(now_ms: int) -> str | None:
    """Nothing: Binance asks us, by ping frames."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Nothing: snapshots come by REST."""
    return None


def topic(subscription: Subscription) -> str:
    """The stream's name; symbols are written in lower case there."""
    symbol = subscription.symbol.lower()
    if subscription.feed is Feed.BBO:
        return f"{symbol}@bookTicker"
    if subscription.feed is Feed.TOP:
        return f"{symbol}@depth{nearest_depth(subscription.depth, TOP_DEPTHS, CAPABILITY.top_depth)}@100ms"
    return f"{symbol}@depth@100ms"


def _requests(method: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    batches = in_requests([topic(subscription) for subscription in subscriptions], CAPABILITY.limits)
    return [
        orjson.dumps({"method": method, "params": batch, "id": request_id + number}).decode()
        for number, batch in enumerate(batches)
    ]


class _Data(msgspec.Struct, gc=False):
    """What the streams that we watch say, typed: read in half the time. `b` and `a` are sides, or best prices."""

    e: str = ""
    E: int | None = None
    s: str = ""
    U: int | None = None
    u: int | None = None
    b: list[Level] | str | None = None
    a: list[Level] | str | None = None
    B: str | None = None
    A: str | None = None
    bids: list[Level] | None = None
    asks: list[Level] | None = None
    last: int | None = msgspec.field(default=None, name="lastUpdateId")


class _Frame(msgspec.Struct, gc=False):
    data: _Data
    stream: str = ""


_TYPED = msgspec.json.Decoder(_Frame)


def _events(frame: bytes) -> Sequence[Event]:
    """Nearly all frames are a change, best prices or first levels, whole; whatever is not is looked at in detail."""
    try:
        message = _TYPED.decode(frame)
    except msgspec.MsgspecError:
        return _in_detail(frame)
    data = message.data
    bids, asks = data.b, data.a
    if data.e == "depthUpdate" and type(bids) is list and type(asks) is list and data.E is not None:
        first, last = span(data.U, data.u)
        at = time_us(data.E)
        return (Event(Kind.DELTA, symbol_of(data.s), checked(bids), checked(asks), first, last, None, None, at),)
    if not data.e and data.u is not None and type(bids) is str and type(asks) is str:
        best_bid, best_ask = quote(bids, data.B), quote(asks, data.A)
        return (Event(Kind.TICKER, symbol_of(data.s), best_bid, best_ask, None, whole(data.u)),)
    if data.bids is not None and data.asks is not None and not data.e:
        symbol = message.stream.partition("@")[0].upper()
        return (Event(Kind.TOP, symbol, checked(data.bids), checked(data.asks), None, whole(data.last)),)
    return _in_detail(frame)


def _in_detail(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    data = message.get("data")
    if data is not None:
        return (_of_stream(message.get("stream", ""), object_of(data)),)
    if "e" in message or "s" in message or "lastUpdateId" in message:
        return (_of_stream("", message),)
    return (_of_request(message),)


def _of_stream(stream: str, data: dict[str, Any]) -> Event:
    kind = data.get("e")
    if kind == "depthUpdate":
        first, last = span(data["U"], data["u"])
        return Event(
            Kind.DELTA,
            symbol_of(data["s"]),
            levels(data["b"]),
            levels(data["a"]),
            first,
            last,
            None,
            None,
            time_us(data.get("E")),
        )
    if kind is None or kind == "bookTicker":
        return _without_kind(stream, data)
    if kind == "serverShutdown":
        return Event(Kind.STATUS, exchange_time_us=time_us(data.get("E")), detail=Status.RECONNECT)
    return Event(Kind.IGNORED, exchange_time_us=time_us(data.get("E")), detail=bounded(kind))


def _without_kind(stream: str, data: dict[str, Any]) -> Event:
    if "lastUpdateId" in data:
        symbol = stream.partition("@")[0].upper()
        return Event(Kind.TOP, symbol, levels(data["bids"]), levels(data["asks"]), last=whole(data["lastUpdateId"]))
    if "u" in data:
        bids, asks = quote(data["b"], data["B"]), quote(data["a"], data["A"])
        return Event(Kind.TICKER, symbol_of(data["s"]), bids, asks, None, whole(data["u"]))
    raise Unreadable("neither a book nor best prices")


def _of_request(message: dict[str, Any]) -> Event:
    request_id = label_of(message.get("id"))
    refused = message.get("error", message)
    if isinstance(refused, dict) and "code" in refused:
        return Event(Kind.REFUSED, request_id=request_id, detail=bounded(f"{refused['code']} {refused.get('msg', '')}"))
    if "result" in message:
        return Event(Kind.ACK, request_id=request_id)
    raise Unreadable("neither an answer nor data of a stream")
