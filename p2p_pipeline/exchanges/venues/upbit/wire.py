"""Upbit's socket."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Levels
from p2p_pipeline.exchanges.venues.asking import nearest_depth
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    exact_json,
    guarded,
    levels,
    list_of,
    object_of,
    symbol_of,
    time_us,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="upbit",
    title="Upbit",
    websocket_url="wss://api.upbit.com",
    rest_urls={"": "https://api.upbit.com"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.TOP: Integrity.FULL_SNAPSHOTS},
    # In won; against BTC and USDT the base tier is 0.25 %, which `lists` knows.
    taker_fee=Decimal("0.0005"),
    limits=Limits(
        # 5 a second and 100 a minute: the second is the narrower.
        messages_per_second=1.6,
        connects_per_minute=300,
        rest_requests_per_second=10,
    ),
    # The text PING turns on a status every 10 seconds; without any sign of ours it ends after 120.
    heartbeat=Heartbeat(ping_seconds=60, silence_seconds=75),
    top_depth=15,
    currencies_need_key=True,
    binary=True,
    is_replacing=True,
)

_DEPTHS = (1, 5, 15, 30)


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """See `Wire.decode`."""
    return guarded(_read, frame)


def _read(frame: bytes) -> Sequence[Event]:
    message = object_of(exact_json(frame))
    kind = message.get("type") or message.get("ty")
    if kind == "orderbook":
        return (_book(message),)
    if kind is not None:
        return (Event(Kind.IGNORED, bounded(message.get("code") or message.get("cd") or ""), channel=bounded(kind)),)
    if "error" in message:
        error = object_of(message["error"])
        return (Event(Kind.REFUSED, detail=bounded(f"{error['name']}: {error.get('message', '')}")),)
    if message.get("status") == "UP":
        return (Event(Kind.PONG),)
    if "method" in message:
        return (Event(Kind.IGNORED, detail=bounded(message["method"])),)
    raise Unreadable("neither a kind nor an error nor a status")


def _book(message: dict[str, Any]) -> Event:
    if "orderbook_units" in message:
        code, at, units = message["code"], message["timestamp"], list_of(message["orderbook_units"])
        bids, asks = side_of(units, "bid_price", "bid_size"), side_of(units, "ask_price", "ask_size")
    else:
        code, at, units = message["cd"], message["tms"], list_of(message["obu"])
        bids, asks = side_of(units, "bp", "bs"), side_of(units, "ap", "as")
    return Event(
        Kind.TICKER if len(units) == 1 else Kind.TOP,
        symbol_of(code).partition(".")[0],
        bids,
        asks,
        exchange_time_us=time_us(at),
    )


def side_of(units: list[Any], price: str, quantity: str) -> Levels:
    """One side of a list of units, by the names of its price and quantity; what is 0 fills up the shorter side."""
    rows = [[unit[price], unit[quantity]] for unit in units]
    return levels([row for row in rows if float(row[0]) and float(row[1])])


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.subscribe`: one request, that replaces all before it; a code asked for twice comes with most levels."""
    depth_of: dict[str, int] = {}
    for one in subscriptions:
        depth = 1 if one.feed is Feed.BBO else nearest_depth(one.depth, _DEPTHS, CAPABILITY.top_depth)
        depth_of[one.symbol] = max(depth, depth_of.get(one.symbol, 0))
    codes = [f"{code}.{depth}" for code, depth in depth_of.items()]
    request = [
        {"ticket": f"p2p-{request_id}"},
        {"type": "orderbook", "codes": codes, "level": 0},
        {"format": "DEFAULT"},
    ]
    return [orjson.dumps(request).decode()] if codes else []


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """There is no such message: what shall go on is subscribed again, and the rest ends."""
    return []


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """See `Wire.opening`."""
    return "/websocket/v1", []


def ping(now_ms: int) -> str | None:
    """See `Wire.ping`."""
    return "PING"


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Each frame is a snapshot."""
    return None
