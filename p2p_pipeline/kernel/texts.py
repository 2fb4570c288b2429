"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.kernel.told import Digits, Told, joined

_DAYS, _HOURS, _MINUTES, _SECONDS = Told("{number} d"), Told("{number} h"), Told("{number} min"), Told("{number} s")


def duration_text(seconds: float) -> Told:
    """A length of time for people, in its two largest units: `3 h 20 min`, `2 d`, `45 s`."""
    left = round(seconds)
    parts: list[tuple[int, Told]] = []
    for unit, length in ((_DAYS, 86_400), (_HOURS, 3_600), (_MINUTES, 60), (_SECONDS, 1)):
        count, left = divmod(left, length)
        if parts or count:
            parts.append((count, unit))
    return joined(" ", [Told(unit, number=count) for count, unit in parts[:2] if count] or [Told(_SECONDS, number=0)])


def span_text(seconds: float) -> Told:
    """A length of time for people: 45 s, 12 min, 3.4 h, 2.1 d."""
    for size, length, unit in ((172_800, 86_400, _DAYS), (5_400, 3_600, _HOURS), (90, 60, _MINUTES)):
        if seconds >= size:
            return Told(unit, number=_two_digits(seconds / length))
    return Told(_SECONDS, number=_two_digits(seconds))


def _two_digits(number: float) -> Digits:
    return Digits(f"{number:,.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0"))


def count_text(count: int, name: str) -> str:
    """`1 offer`, `3 offers`, `12,000 offers`."""
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"


def to_json(value: Any) -> bytes:
    """JSON bytes; Decimal and other plain values are written so that no digit is lost, spans of time in seconds."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def number_text(value: Decimal) -> Digits:
    """A number for people: thousands apart, at most six decimal places, no trailing zeros."""
    whole, _, rest = f"{value:,f}".partition(".")
    return Digits(f"{whole}.{rest[:6].rstrip('0')}".rstrip("."))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode()) if value.is_finite() else None
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")
