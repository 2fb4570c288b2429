"""Hours and weekdays as a reader says them."""

from __future__ import annotations

from collections.abc import Iterable

from babel.dates import get_day_names

from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.web.words.languages import Words


def weekday_name(day: int, words: Words) -> str:
    """`Mon`, `пн`; 0 is Monday."""
    return str(get_day_names("abbreviated", locale=words.language)[day])


def hours_text(hours: Iterable[LocalHour], words: Words) -> str:
    """`every day 02:00-05:00`, or `Mon, Tue 09:00-12:00; Wed 20:00-21:00` (an hour is meant to its end)."""
    days: dict[str, list[str]] = {}
    by_day: dict[int | None, list[int]] = {}
    for at in sorted(hours, key=lambda one: (one.weekday or 0, one.hour)):
        by_day.setdefault(at.weekday, []).append(at.hour)
    for day, found in by_day.items():
        name = words.text("every day") if day is None else weekday_name(day, words)
        days.setdefault(", ".join(_spans(found)), []).append(name)
    return "; ".join(f"{', '.join(names)} {spans}" for spans, names in days.items())


def _spans(hours: list[int]) -> list[str]:
    found: list[tuple[int, int]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + 1)
        else:
            found.append((hour, hour + 1))
    return [f"{first:02}:00\u2013{end:02}:00" for first, end in found]
