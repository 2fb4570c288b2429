"""Lengths of time in words."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """A length of time for people, in its two largest units: `3 h 20 min`, `2 d`, `45 s`."""
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if parts or count:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"
