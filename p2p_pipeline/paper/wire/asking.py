"""What a session asks Bybit for: topics of its socket, lists and candles by REST. Pure; public market data only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from p2p_pipeline.exchanges.venues.bybit.wire import CAPABILITY as SPOT
from p2p_pipeline.exchanges.words import Capability, Heartbeat, Limits, Request

SOCKET_PATH = "/v5/public/linear"
TOPICS_PER_REQUEST = 100
"""One bad topic fails the whole request: it is found by halves."""
CAPABILITY: Capability = replace(
    SPOT,
    # 21,000 characters are the limit of one connection; the brackets and what is unsubscribed late take some of it.
    # Its market of perpetuals, unlike the spot market, names no most of topics a request.
    limits=replace(
        SPOT.limits,
        characters_per_connection=20_000,
        topics_per_connection=2_000,
        topics_per_request=TOPICS_PER_REQUEST,
    ),
    heartbeat=Heartbeat(ping_seconds=20, silence_seconds=30),
)
_TOLD_AT = re.compile(rb'"time":\s*(\d{13})\s*\}\s*$').search
_END_LENGTH = 64
LIMITS: Limits = CAPABILITY.limits


class Answer(NamedTuple):
    """What the exchange says to a request over the socket."""

    request_id: str
    is_good: bool
    reason: str


def ticker_topic(symbol: str) -> str:
    """The merged ticker of a symbol."""
    return f"tickers.{symbol}"


def kline_topic(symbol: str, minutes: int) -> str:
    """The candles of a symbol."""
    return f"kline.{minutes}.{symbol}"


def topic_length(topic: str) -> int:
    """Characters that a topic takes of what one connection may have: as JSON, with its comma."""
    return len(orjson.dumps(topic)) + 1


def subscribe(topics: Sequence[str], request_id: int) -> str:
    """Ask for topics; the answer has the number."""
    return _operation("subscribe", topics, request_id)


def unsubscribe(topics: Sequence[str], request_id: int) -> str:
    """Want them no longer."""
    return _operation("unsubscribe", topics, request_id)


def ping(now_ms: int) -> str:
    """A sign of life: the exchange answers it, and no ping of the protocol."""
    return orjson.dumps({"req_id": str(now_ms), "op": "ping"}).decode()


def answer_of(body: bytes) -> Answer | None:
    """The answer to a subscription; None for data of a topic, a pong, and what is no JSON."""
    if b'"topic"' in body:
        return None
    try:
        message: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(message, dict) or "success" not in message or message.get("op") in ("ping", "pong"):
        return None
    return Answer(str(message.get("req_id", "")), message["success"] is True, str(message.get("ret_msg", ""))[:200])


def told_at(body: bytes) -> int | None:
    """The exchange's own time of a REST answer, ms; None where it does not say."""
    found = _TOLD_AT(body[-_END_LENGTH:])
    return int(found[1]) if found else None


def instruments_request(cursor: str) -> Request:
    """A page of the perpetuals, from the first (no cursor) on."""
    query = (("category", "linear"), ("limit", "1000"))
    return Request("/v5/market/instruments-info", (*query, ("cursor", cursor)) if cursor else query)


def candles_request(symbol: str, minutes: int) -> Request:
    """The newest candles of a symbol: the one that is not over yet, and the one before it."""
    query = (("category", "linear"), ("symbol", symbol), ("interval", str(minutes)), ("limit", "2"))
    return Request("/v5/market/kline", query)


def _operation(operation: str, topics: Sequence[str], request_id: int) -> str:
    return orjson.dumps({"req_id": str(request_id), "op": operation, "args": list(topics)}).decode()
