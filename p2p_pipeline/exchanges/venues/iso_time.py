"""Times that exchanges write as ISO 8601 in UTC (Kraken, Coinbase)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_SECOND = "2026-08-26T07:45:26"


def iso_us(text: str) -> int:
    """Microseconds since 1970 of `2026-08-26T07:45:26.79431594Z`: up to 9 digits, zeros at the end may be cut."""
    fraction = text[len(_SECOND) :].removesuffix("Z")
    if not fraction:
        return _second_us(text[: len(_SECOND)])
    if fraction[0] != "." or not fraction[1:].isdecimal():
        raise ValueError(f"{text[:60]!r} is no time in UTC")
    return _second_us(text[: len(_SECOND)]) + int(fraction[1:7].ljust(6, "0"))


@lru_cache(maxsize=1024)
def _second_us(text: str) -> int:
    """Frames of one second share it, and parsing it is most of the work."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp()) * 1_000_000
