"""What passes on MEXC's socket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.venues.mexc.messages import BODY, Wrapper
from p2p_pipeline.exchanges.venues.reading import (
    Unreadable,
    bounded,
    guarded,
    levels,
    object_of,
    quote,
    symbol_of,
    text_json,
    time_us,
    whole,
)
from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits, Subscription

CAPABILITY = Capability(
    name="mexc",
    title="MEXC",
    websocket_url="wss://wbs-api.mexc.com",
    rest_urls={"": "https://api.mexc.com"},
    feeds={
        Feed.BBO: Integrity.FULL_SNAPSHOTS,
        Feed.TOP: Integrity.FULL_SNAPSHOTS,
        Feed.DELTA: Integrity.SEQUENCE,
    },
    taker_fee=Decimal("0.0005"),
    limits=Limits(
        messages_per_second=50,
        topics_per_connection=30,
        topics_per_request=30,
        rest_requests_per_second=10,
        connection_hours=24,
    ),
    heartbeat=Heartbeat(ping_seconds=20, silence_seconds=60),
    top_depth=20,
    book_from_rest=True,
    bulk_rest=True,
    currencies_need_key=True,
    binary=True,
)

_TOPIC = re.compile(r"spot@[A-Za-z0-9@._()-]+")
_ONLY_TOPICS = re.compile(r"spot@[A-Za-z0-9@._()-]+(?:,\s*spot@[A-Za-z0-9@._()-]+)*").fullmatch


def decode(frame: bytes, *, is_binary: bool = True) -> Sequence[Event]:
    """What a frame says: data in binary, answers in text."""
    return guarded(_data if is_binary else _text, frame)


def _data(frame: bytes) -> Sequence[Event]:
    try:
        return _events(Wrapper.FromString(frame))
    except DecodeError as error:
        raise Unreadable(f"no protobuf of MEXC: {error}") from None


def _text(frame: bytes) -> Sequence[Event]:
    message = object_of(text_json(frame))
    if "channel" not in message:
        return _answer(message)
    try:  # the same data in the JSON that protobuf has for it, as MEXC's own examples show it
        return _events(ParseDict(message, Wrapper(), ignore_unknown_fields=True))
    except ParseError as error:
        raise Unreadable(f"no message of MEXC: {error}") from None


def _answer(message: Mapping[str, Any]) -> Sequence[Event]:
    words = message["msg"]
    if not isinstance(words, str) or type(message["code"]) is not int:
        raise Unreadable("an answer without words and code")
    if words == "PONG":
        return (Event(Kind.PONG),)
    request_id = bounded(message.get("id", ""))
    kind = Kind.ACK if message["code"] == 0 and _ONLY_TOPICS(words) else Kind.REFUSED
    detail = "" if kind is Kind.ACK else bounded(words)
    topics = _TOPIC.findall(words)
    if not topics:
        return (Event(kind, request_id=request_id, detail=detail),)
    return [
        Event(kind, symbol=symbol, channel=channel, request_id=request_id, detail=detail)
        for symbol, channel in map(_named, topics)
    ]


def _named(topic: str) -> tuple[str, str]:
    """Symbol and channel of `spot@public.limit.depth.v3.api.pb@BTCUSDT@20`."""
    _, _, path = topic.partition("@")
    channel, *rest = path.split("@")
    words = [word for word in rest if word and not word.isdigit() and not word.endswith("ms")]
    return words[-1] if words else "", channel.removeprefix("public.").removesuffix(".v3.api.pb")


def _events(wrapper: Any) -> Sequence[Event]:
    body = wrapper.WhichOneof(BODY)
    if not wrapper.channel:
        raise Unreadable("an envelope without a channel")
    named, channel = _named(wrapper.channel)
    read = _READERS.get(body)
    if read is None:
        return (Event(Kind.IGNORED, symbol=wrapper.symbol or named, channel=channel, detail="" if body else "empty"),)
    about = {
        "symbol": symbol_of(wrapper.symbol or named),
        "channel": channel,
        "exchange_time_us": time_us(wrapper.sendTime or wrapper.createTime or None),
    }
    return read(getattr(wrapper, body), about)


def _side(items: Any) -> Sequence[tuple[str, str]]:
    return levels([[item.price, item.quantity] for item in items])


def _aggregated_depths(body: Any, about: dict[str, Any]) -> Sequence[Event]:
    first, last = whole(body.fromVersion), whole(body.toVersion)
    if first > last:
        raise Unreadable(f"a change from version {first} back to {last}")
    return (Event(Kind.DELTA, bids=_side(body.bids), asks=_side(body.asks), first=first, last=last, **about),)


def _limited_depths(body: Any, about: dict[str, Any]) -> Sequence[Event]:
    return (Event(Kind.TOP, bids=_side(body.bids), asks=_side(body.asks), last=whole(body.version), **about),)


def _ticker(body: Any, about: dict[str, Any], last: int | None = None) -> Event:
    bids, asks = quote(body.bidPrice, body.bidQuantity), quote(body.askPrice, body.askQuantity)
    return Event(Kind.TICKER, bids=bids, asks=asks, last=last, **about)


def _aggregated_ticker(body: Any, about: dict[str, Any]) -> Sequence[Event]:
    return (_ticker(body, about, whole(body.version) if body.version else None),)


def _plain_ticker(body: Any, about: dict[str, Any]) -> Sequence[Event]:
    return (_ticker(body, about),)


def _ticker_batch(body: Any, about: dict[str, Any]) -> Sequence[Event]:
    return [_ticker(item, about) for item in body.items]


_READERS: dict[str, Callable[[Any, dict[str, Any]], Sequence[Event]]] = {
    "publicAggreDepths": _aggregated_depths,
    "publicLimitDepths": _limited_depths,
    "publicAggreBookTicker": _aggregated_ticker,
    "publicBookTicker": _plain_ticker,
    "publicBookTickerBatch": _ticker_batch,
}


def topic(subscription: Subscription) -> str:
    """The stream's name."""
    symbol = subscription.symbol
    if subscription.feed is Feed.BBO:
        return f"spot@public.aggre.bookTicker.v3.api.pb@100ms@{symbol}"
    if subscription.feed is Feed.DELTA:
        return f"spot@public.aggre.depth.v3.api.pb@100ms@{symbol}"
    depth = nearest_depth(subscription.depth, (5, 10, 20), CAPABILITY.top_depth)
    return f"spot@public.limit.depth.v3.api.pb@{symbol}@{depth}"


def subscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests for them; MEXC's have no id."""
    return _requests("SUBSCRIPTION", subscriptions)


def unsubscribe(subscriptions: Sequence[Subscription], request_id: int) -> list[str]:
    """Requests that end them."""
    return _requests("UNSUBSCRIPTION", subscriptions)


def _requests(method: str, subscriptions: Sequence[Subscription]) -> list[str]:
    topics = [topic(one) for one in subscriptions if one.feed in CAPABILITY.feeds]
    return [
        orjson.dumps({"method": method, "params": batch}).decode() for batch in in_requests(topics, CAPABILITY.limits)
    ]


def opening(subscriptions: Sequence[Subscription]) -> tuple[str, list[str]]:
    """Where to connect."""
    return "/ws", []


def ping(now_ms: int) -> str | None:
    """Our sign of life."""
    return '{"method":"PING"}'


def snapshot_message(symbol: str, request_id: int) -> str | None:
    """None: a snapshot comes by REST."""
    return None
