"""Of whole views that wait to be read only the newest of each topic counts: which topic a frame is of, unparsed. Pure.

A topic is told by a few bytes of its frame. Only what carries the whole state it speaks of may be passed over (first
levels, best prices): a frame of any other kind has no topic here and is always read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from p2p_pipeline.exchanges.frames.frame import Frame, Passage

_LOOKED_AT = 256
_GUNZIP = 16 + zlib.MAX_WBITS

_PATTERNS = {
    "binance": rb'"stream":"([^"@]+@(?:depth\d+(?:@100ms)?|bookTicker))"',
    "okx": rb'"channel":"(?:books5|bbo-tbt|tickers)","instId":"[^"]+"},"data":',
    "kucoin": rb'"topic":"/(?:spotMarket/level2Depth\d+:[^",]+|market/ticker:all","type":"message","subject":"[^"]+)"',
    "gate": rb'"channel":"spot\.(order_book|book_ticker)","event":"update".{0,80}?"s":"([^"]+)"',
    "bitget": rb'"channel":"books(?:1|5|15)","instId":"[^"]+"},"data":',
    "htx": rb'"ch":"market\.[a-z0-9]+\.(?:mbp\.refresh\.\d+|depth\.step0|bbo)"',
    "upbit": rb'"type":"orderbook","code":"[^"]+"',
    "xt": rb'"event":"depth@[^"]+"',
    "mexc": rb"^\n.spot@public\.(?:limit\.depth|aggre\.bookTicker)\.v3\.api\.pb@[A-Za-z0-9@]+",
}
"""An acknowledgement names its topic too and must not match: it comes before the view that would replace it.

Kraken, Coinbase and Bitfinex have only changes and sequences of a connection; BingX names the topic at the end of a
compressed frame; Bybit's first level is a snapshot in the sequence of its topic."""
_COMPILED = {exchange: re.compile(pattern, re.DOTALL) for exchange, pattern in _PATTERNS.items()}


def topic_of(frame: Frame) -> bytes | None:
    """What the frame is a whole view of; None where it must be read whatever comes after it."""
    pattern = _COMPILED.get(frame.exchange)
    if pattern is None or frame.passage is not Passage.SOCKET or frame.is_outgoing:
        return None
    found = pattern.search(_beginning(frame.body))
    # Gate writes a time and a number between the channel and the symbol: those are no part of the topic.
    return b" ".join(found.groups() or [found.group()]) if found else None


def _beginning(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body[:_LOOKED_AT]
    try:
        return zlib.decompressobj(_GUNZIP).decompress(body, _LOOKED_AT)
    except zlib.error:
        return b""


def superseded(frames: Sequence[Frame]) -> set[int]:
    """The places of those that a later frame of the same topic and connection replaces."""
    seen: set[tuple[str, str, bytes]] = set()
    passed = set()
    for place in range(len(frames) - 1, -1, -1):
        frame = frames[place]
        topic = topic_of(frame)
        if topic is None:
            continue
        key = (frame.exchange, frame.connection, topic)
        if key in seen:
            passed.add(place)
        seen.add(key)
    return passed
