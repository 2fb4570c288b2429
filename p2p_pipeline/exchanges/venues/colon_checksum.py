"""The checksum of OKX's older books and of Bitget's: over the text of the first levels, joined by colons.

Sources: OKX API v5 (until its checksum became 0), Bitget API v1 and v2; strings of their documentation are the test's.
"""

from __future__ import annotations

from itertools import zip_longest
from zlib import crc32

from p2p_pipeline.exchanges.events import Level, Levels

LEVELS = 25
"""A side, that it covers."""

_NO_LEVEL: Level = ("", "")


def colon_checksum(bids: Levels, asks: Levels) -> int:
    """The signed CRC32 of `bid price:quantity:ask price:quantity:bid price…` of the best 25 levels, best first.

    A side that has ended is skipped. Prices and quantities are the exchange's own text: 9.0 is not 9.
    """
    parts: list[str] = []
    for bid, ask in zip_longest(bids[:LEVELS], asks[:LEVELS], fillvalue=_NO_LEVEL):
        if bid is not _NO_LEVEL:
            parts += bid
        if ask is not _NO_LEVEL:
            parts += ask
    unsigned = crc32(":".join(parts).encode())
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned
