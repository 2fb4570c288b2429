"""The holidays of a fiat's country and the user's own events, as stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from p2p_pipeline.p2p.metrics.unusual.tags import DayCalendar, tags_of
from p2p_pipeline.p2p.settings import Settings

_NAMED = ("holiday: ", "event: ")
MOST_DAYS = 3_700
"""Of a longer range only the newest are told."""


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days on end that have the same name."""

    kind: str
    """`holiday` or `event`."""
    name: str
    start: datetime
    """UTC."""
    end: datetime
    first: date
    """The days themselves, where they are days."""
    last: date


def special_days(fiat: str, start: datetime, end: datetime, settings: Settings) -> list[SpecialDays]:
    """Those of a range, by start. Raises ValueError when the settings name a country that isn't known."""
    calendar = DayCalendar.of(fiat, settings.analytics, ZoneInfo(settings.timezone))
    last = (end - timedelta(microseconds=1)).astimezone(calendar.zone).date()
    first = max(start.astimezone(calendar.zone).date(), last - timedelta(days=MOST_DAYS))
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    began: dict[str, date] = {}
    found: list[tuple[str, date, date]] = []
    for day, tags in zip([*days, last + timedelta(days=1)], [*tags_of(calendar, days), ()], strict=True):
        found += [(tag, began.pop(tag), day) for tag in list(began) if tag not in tags]
        for tag in tags:
            if tag.startswith(_NAMED):
                began.setdefault(tag, day)
    return sorted((_stretch(*one, calendar.zone) for one in found), key=lambda one: (one.start, one.name))


def _stretch(tag: str, first: date, after: date, zone: ZoneInfo) -> SpecialDays:
    kind, _, name = tag.partition(": ")
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    return SpecialDays(kind, name, start, end, first, after - timedelta(days=1))
