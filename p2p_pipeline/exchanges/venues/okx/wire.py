"""The language of OKX's public socket."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.asking import in_requests
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    label_of,
    levels,
    list_of,
    object_of,
    quote,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="okx",
    title="OKX",
    websocket_url="wss://ws.okx.com:8443",
    rest_urls={"": "https://openapi.okx.com"},
    feeds={Feed.BBO: Integrity.FULL_SNAPSHOTS, Feed.TOP: Integrity.FULL_SNAPSHOTS, Feed.DELTA: Integrity.SEQUENCE},
    taker_fee=Decimal("0.001"),
    limits=Limits(
        messages_per_second=3,
        topics_per_connection=240,  # not stated for light channels; fewer than 30 of 400 levels are advised
        characters_per_request=60_000,  # 64 KB of arguments
        subscription_requests_per_hour=480,
        connects_per_minute=120,
        rest_requests_per_second=10,
    ),
    heartbeat=Heartbeat(ping_seconds=20, silence_seconds=45),
    top_depth=5,
    bulk_rest=True,
    currencies_need_key=True,
)

CHANNELS = {Feed.BBO: "bbo-tbt", Feed.TOP: "books5", Feed.DELTA: "books"}
_BOOKS = frozenset({"books", "books-l2-tbt", "books50-l2-tbt"})


def decode(frame: bytes, *, is_binary: bool) -> Sequence[Event]:
    """What a frame says. Everything comes as text here."""
    return guarded(_events, frame)


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Subscribe messages; each argument is acknowledged by itself."""
    return _requests("subscribe", subscriptions, request_id)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Unsubscribe messages."""
    return _requests("unsubscribe", subscriptions, request_id)


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """The public socket."""
    return "/ws/v5/public", []


def ping(now_ms: int) -> str | None:
    """Our sign of life: the connection ends 30 s after the last word."""
    return "ping"


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """Nothing: a snapshot comes with each subscription."""
    return None


def _requests(operation: str, subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    arguments = [
        orjson.dumps({"channel": CHANNELS[subscription.feed], "instId": subscription.symbol}).decode()
        for subscription in subscriptions
    ]
    return [
        f'{{"id":"{request_id + number}","op":"{operation}","args":[{",".join(batch)}]}}'
        for number, batch in enumerate(in_requests(arguments, CAPABILITY.limits))
    ]


def _events(frame: bytes) -> Sequence[Event]:
    if frame == b"pong":
        return (Event(Kind.PONG),)
    message = object_of(text_json(frame))
    if "event" in message:
        return (_of_request(message),)
    argument = object_of(message["arg"])
    channel = argument["channel"]
    if channel in _BOOKS:
        action = message.get("action")
        return [_of_book(row, argument, action) for row in list_of(message["data"])]
    if channel in ("books5", "bbo-tbt"):
        kind = Kind.TOP if channel == "books5" else Kind.TICKER
        return [_of_top(row, argument, kind) for row in list_of(message["data"])]
    if channel == "tickers":
        return [_of_ticker(row) for row in list_of(message["data"])]
    return (Event(Kind.IGNORED, channel=bounded(channel)),)


def _of_book(row: dict[str, Any], argument: dict[str, Any], action: object) -> Event:
    previous = row.get("prevSeqId")
    if action is None and previous == -1:
        action = "snapshot"
    if action not in ("snapshot", "update"):
        raise Unreadable("the book is neither snapshot nor update")
    is_whole, checksum, sequence = action == "snapshot", row.get("checksum"), row.get("seqId")
    if checksum is not None and type(checksum) is not int:
        raise Unreadable("the checksum is no integer")
    if (sequence is None) is not (previous is None):
        raise Unreadable("half of the chain is missing")
    return Event(
        Kind.SNAPSHOT if is_whole else Kind.DELTA,
        symbol_of(argument["instId"]),
        levels(row["bids"]),
        levels(row["asks"]),
        None,
        None if sequence is None else whole(sequence),
        None if is_whole or previous is None else _previous(previous),
        checksum or None,
        time_us(row.get("ts")),
        None,
        argument["channel"],
    )


def _previous(value: object) -> int:
    """An update that says -1 follows nothing: it stays -1, so that no book goes on with it."""
    return -1 if value == -1 else whole(value)


def _of_top(row: dict[str, Any], argument: dict[str, Any], kind: Kind) -> Event:
    sequence, symbol = row.get("seqId"), symbol_of(argument["instId"])
    if row.get("instId", symbol) != symbol:
        raise Unreadable("the channel is of another instrument than its book")
    bids, asks = levels(row["bids"]), levels(row["asks"])
    if kind is Kind.TICKER and (len(bids) > 1 or len(asks) > 1):
        raise Unreadable("best prices of more than one level")
    return Event(
        kind,
        symbol,
        bids,
        asks,
        None,
        None if sequence is None else whole(sequence),
        None,
        None,
        time_us(row.get("ts")),
        None,
        argument["channel"],
    )


def _of_ticker(row: dict[str, Any]) -> Event:
    return Event(
        Kind.TICKER,
        symbol_of(row["instId"]),
        quote(row["bidPx"], row["bidSz"]),
        quote(row["askPx"], row["askSz"]),
        exchange_time_us=time_us(row.get("ts")),
        channel="tickers",
    )


def _of_request(message: dict[str, Any]) -> Event:
    event, request_id = message["event"], label_of(message.get("id"))
    if event in ("error", "channel-conn-count-error"):
        words = bounded(f"{message.get('code', '')} {message.get('msg', event)}".strip())
        return Event(Kind.REFUSED, request_id=request_id, detail=words)
    if event == "notice":
        # 64008: the connection will be closed within 60 s
        return Event(Kind.STATUS, detail=Status.RECONNECT) if message.get("code") == "64008" else Event(Kind.IGNORED)
    if event not in ("subscribe", "unsubscribe"):
        return Event(Kind.IGNORED, detail=bounded(event))
    argument = object_of(message["arg"])
    kind = Kind.ACK if event == "subscribe" else Kind.IGNORED
    symbol, channel = symbol_of(argument["instId"]) if "instId" in argument else "", bounded(argument["channel"])
    return Event(
        kind, symbol, channel=channel, request_id=request_id, detail=f"{event}d" if kind is Kind.IGNORED else ""
    )
