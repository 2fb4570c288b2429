"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson


def duration_text(seconds: float) -> str:
    """A length of time for people, in its two largest units: `3 h 20 min`, `2 d`, `45 s`."""
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if parts or count:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"


def span_text(seconds: float) -> str:
    """A length of time for people: 45 s, 12 min, 3.4 h, 2.1 d."""
    for size, length, unit in ((172_800, 86_400, "d"), (5_400, 3_600, "h"), (90, 60, "min")):
        if seconds >= size:
            return f"{_two_digits(seconds / length)} {unit}"
    return f"{_two_digits(seconds)} s"


def _two_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0")


def count_text(count: int, name: str) -> str:
    """`1 offer`, `3 offers`, `12,000 offers`."""
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"


def to_json(value: Any) -> bytes:
    """JSON bytes; Decimal and other plain values are written so that no digit is lost, spans of time in seconds."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def number_text(value: Decimal) -> str:
    """A number for people: thousands apart, at most six decimal places, no trailing zeros."""
    whole, _, rest = f"{value:,f}".partition(".")
    return f"{whole}.{rest[:6].rstrip('0')}".rstrip(".")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode()) if value.is_finite() else None
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")
