"""Coinbase's socket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import in_requests
from p2p_pipeline.exchanges.venues.iso_time import iso_us
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    guarded_rows,
    levels,
    list_of,
    object_of,
    quote,
    symbol_of,
    text_json,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="coinbase",
    title="Coinbase",
    websocket_url="wss://advanced-trade-ws.coinbase.com",
    rest_urls={"": "https://api.coinbase.com", "exchange": "https://api.exchange.coinbase.com"},
    feeds={Feed.BBO: Integrity.SEQUENCE, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.012"),
    limits=Limits(
        messages_per_second=8,
        # Not stated: what we allow ourselves.
        topics_per_request=100,
        # A newer page says 8 a second, an older one 750.
        connects_per_minute=480,
        rest_requests_per_second=10,
    ),
    heartbeat=Heartbeat(silence_seconds=10),
)

_CHANNEL_OF_FEED = {Feed.BBO: "ticker_batch", Feed.DELTA: "level2"}
_FEED_OF_CHANNEL = {channel: feed.value for feed, channel in _CHANNEL_OF_FEED.items()} | {"ticker": Feed.BBO.value}
_PRODUCT = re.compile(r"\b[0-9A-Z]{1,20}-[0-9A-Z]{2,8}\b").findall
_KINDS = {"snapshot": Kind.SNAPSHOT, "update": Kind.DELTA}


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """See `Wire.decode`."""
    return guarded(_read, frame)


def _read(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    channel = message.get("channel")
    if channel is None:
        if message["type"] != "error":
            raise Unreadable(f"a message of the type {bounded(message['type'])} without a channel")
        return (_refused(message),)
    number = whole(message["sequence_num"])
    if channel == "heartbeats":
        return (Event(Kind.HEARTBEAT, connection_sequence=number, exchange_time_us=iso_us(message["timestamp"])),)
    found: list[Event] = []
    if channel == "l2_data":
        read = partial(_book, iso_us(message["timestamp"]), number)
        found = guarded_rows(read, message["events"], "product_id")
    elif channel in ("ticker_batch", "ticker"):
        read = partial(_ticker, iso_us(message["timestamp"]), number)
        for event in list_of(message["events"]):
            found += guarded_rows(read, event["tickers"], "product_id")
    elif channel == "subscriptions":
        found = [ack for event in list_of(message["events"]) for ack in _acknowledged(event["subscriptions"])]
    # Each message counts, one that says nothing of use as well.
    return [
        event._replace(connection_sequence=number) for event in found or [Event(Kind.IGNORED, channel=bounded(channel))]
    ]


def _refused(message: dict[str, Any]) -> Event:
    """One wrong product has the whole request refused, and no number says which request: its words name the product."""
    words = " ".join(str(message[part]) for part in ("message", "reason") if message.get(part))
    if not words:
        raise Unreadable("an error without words")
    named = set(_PRODUCT(words))
    return Event(Kind.REFUSED, named.pop() if len(named) == 1 else "", detail=bounded(words))


def _book(at_us: int, number: int, event: dict[str, Any]) -> Event:
    rows = list_of(event["updates"])
    bids = [[row["price_level"], row["new_quantity"]] for row in rows if row["side"] == "bid"]
    asks = [[row["price_level"], row["new_quantity"]] for row in rows if row["side"] == "offer"]
    if len(bids) + len(asks) != len(rows):
        raise Unreadable("a level is neither bid nor offer")
    return Event(
        _KINDS[event["type"]],
        symbol_of(event["product_id"]),
        levels(bids),
        levels(asks),
        exchange_time_us=at_us,
        connection_sequence=number,
        channel="level2",
    )


def _ticker(at_us: int, number: int, ticker: dict[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol_of(ticker["product_id"]),
        quote(ticker.get("best_bid"), ticker.get("best_bid_quantity")),
        quote(ticker.get("best_ask"), ticker.get("best_ask_quantity")),
        exchange_time_us=at_us,
        connection_sequence=number,
        channel="ticker_batch",
    )


def _acknowledged(subscriptions: dict[str, Any]) -> list[Event]:
    """Everything that is subscribed by now, by channel. `heartbeats` has no products and answers for nobody's."""
    return [
        Event(
            Kind.ACK,
            "*" if product == channel else symbol_of(product),
            channel=channel,
            detail=_FEED_OF_CHANNEL.get(channel, ""),
        )
        for channel, products in object_of(subscriptions).items()
        for product in list_of(products)
    ]


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.subscribe`; messages have no ids here."""
    return _requests("subscribe", subscriptions)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """See `Wire.unsubscribe`."""
    return _requests("unsubscribe", subscriptions)


def _requests(kind: str, subscriptions: Sequence[Subscription]) -> list[str]:
    by_feed: dict[Feed, list[str]] = {}
    for one in subscriptions:
        by_feed.setdefault(one.feed, []).append(one.symbol)
    return [
        orjson.dumps({"type": kind, "product_ids": some, "channel": _CHANNEL_OF_FEED[feed]}).decode()
        for feed, symbols in by_feed.items()
        for some in in_requests(symbols, CAPABILITY.limits)
    ]


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """See `Wire.opening`: the heartbeats keep a quiet connection open, and their numbers show a loss at once."""
    return "/", [orjson.dumps({"type": "subscribe", "channel": "heartbeats"}).decode()]


def ping(now_ms: int) -> str | None:
    """The exchange's heartbeat is sign enough."""
    return None


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """The snapshot comes with the subscription."""
    return None
