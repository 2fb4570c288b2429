"""Frames for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from p2p_pipeline.exchanges.frames.frame import Frame, Passage

AT = datetime(2026, 8, 16, 23, 59, tzinfo=UTC)
AT_NS = int(AT.timestamp()) * 1_000_000_000
SECOND = 1_000_000_000


def example_frame(number: int, connection: str = "ws1", exchange: str = "okx", *, seconds: float = 0.0) -> Frame:
    """The frame with that number; they are `seconds` apart. Some are no text, some ours, some not messages at all."""
    passage = (Passage.SOCKET, Passage.SOCKET, Passage.SOCKET, Passage.REST, Passage.OPENED)[number % 5]
    body = b"" if passage is Passage.OPENED else b'{"n":%d,"x":"\\u00e9 \xc3\xa9"}' % number
    return Frame(
        exchange,
        connection,
        passage,
        b"\x1f\x8b\xff\x00" + body if number % 5 == 1 else body,
        AT_NS + int(number * seconds * SECOND),
        url="wss://example.test/public",
        is_outgoing=number % 5 == 2,
        is_binary=number % 5 == 1,
    )
