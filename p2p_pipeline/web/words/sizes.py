"""Amounts of bytes for people."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.web.figures import NO_BREAK, Figures
from p2p_pipeline.web.words.languages import Words

STEP = 1024


def size_text(size: float, words: Words, figures: Figures) -> str:
    """`1.4 GiB`: three digits at most, in the largest unit that gives at least one."""
    value = Decimal(str(max(0.0, float(size))))
    units = (words.text("bytes"), words.text("KiB"), words.text("MiB"), words.text("GiB"), words.text("TiB"))
    place = 0
    while value >= STEP and place < len(units) - 1:
        value /= STEP
        place += 1
    places = 0 if place == 0 or value >= 100 else 1
    return f"{figures.plain(round(value, places))}{NO_BREAK}{units[place]}"
