"""The CRC32 of a Kraken book."""

from __future__ import annotations

from zlib import crc32

from p2p_pipeline.exchanges.events import Levels

DEPTH = 10
"""Levels a side that it covers, whatever the depth of the feed."""


def book_checksum(bids: Levels, asks: Levels) -> int:
    """Over asks and then bids, each best first and as Kraken spelled them. Unsigned."""
    digits = [
        number.replace(".", "").lstrip("0") for side in (asks, bids) for level in side[:DEPTH] for number in level
    ]
    return crc32("".join(digits).encode())
