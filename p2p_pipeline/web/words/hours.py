"""Hours and weekdays as a reader says them."""

from __future__ import annotations

from collections.abc import Iterable

from babel.dates import get_day_names

from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, spans_by_days
from p2p_pipeline.web.words.languages import Words


def weekday_name(day: int, words: Words) -> str:
    """`Mon`, `пн`; 0 is Monday."""
    return str(get_day_names("abbreviated", locale=words.language)[day])


def hours_text(hours: Iterable[LocalHour], words: Words) -> str:
    """`every day 02:00–05:00`, or `Mon, Tue 09:00–12:00; Wed 20:00–21:00` (an hour is meant to its end)."""
    return "; ".join(
        f"{', '.join(words.text('every day') if day is None else weekday_name(day, words) for day in days)} "
        f"{', '.join(f'{first:02}:00–{end:02}:00' for first, end in found)}"
        for days, found in spans_by_days(hours)
    )
