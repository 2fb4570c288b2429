"""The CRC32 of a Bitfinex book, and numbers as JavaScript prints them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from zlib import crc32

from p2p_pipeline.exchanges.events import Levels

DEPTH = 25
"""Levels a side that it covers."""


def book_checksum(bids: Levels, asks: Levels) -> int:
    """Bids and asks in turn, each best first, amounts of asks below zero. Signed, as the exchange sends it."""
    words: list[str] = []
    for bid, ask in zip_longest(bids[:DEPTH], asks[:DEPTH]):
        if bid is not None:
            words += (printed(bid[0]), printed(bid[1]))
        if ask is not None:
            words += (printed(ask[0]), "-" + printed(ask[1]))
    unsigned = crc32(":".join(words).encode())
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned


@lru_cache(maxsize=1 << 16)
def printed(number: str) -> str:
    """A number above 0 as JavaScript prints it: the shortest digits of its double, below 1e-6 with an exponent.

    Remembered: of the hundred numbers that a checksum is over, a change touches two or three.

    >>> printed("0.00000100"), printed("1E-7"), printed("0.00000015"), printed("1.50"), printed("700")
    ('0.000001', '1e-7', '1.5e-7', '1.5', '700')
    """
    # Most numbers are spelled that way already.
    if len(number) <= 15 and number[:3] != "0.0" and number[-1] != "0" and number.replace(".", "", 1).isdigit():
        return number
    _, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    if -6 < point <= 21:
        if point <= 0:
            return "0." + "0" * -point + text
        return text.ljust(point, "0") if point >= len(text) else f"{text[:point]}.{text[point:]}"
    mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
    return f"{mantissa}e{point - 1:+d}" if point > 0 else f"{mantissa}e{point - 1}"
