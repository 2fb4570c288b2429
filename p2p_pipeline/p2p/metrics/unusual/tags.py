"""What is special about a day: weekends and public holidays of the fiat's country, and the user's own events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from p2p_pipeline.p2p.metrics.unusual.countries import country_of, holidays_of, weekend_of, zone_of
from p2p_pipeline.p2p.settings_analytics import AnalyticsSettings, EventSettings

WEEKEND = "weekend"
HOLIDAY = "holiday"
UNKNOWN = "holidays unknown"
"""The tag of every day of a fiat without a known country: no weekend and no holiday is told of it."""


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """Whose days count for a fiat, and which of them are special."""

    fiat: str
    country: str | None
    """ISO code; None where it is not known."""
    zone: ZoneInfo
    """Days are days here: the country's main time zone, or the user's where the country is not known."""
    weekend: frozenset[int]
    """Monday is 0."""
    events: tuple[EventSettings, ...]

    @classmethod
    def of(cls, fiat: str, analytics: AnalyticsSettings, user_zone: ZoneInfo) -> DayCalendar:
        """The calendar of a fiat. Raises ValueError when the settings name a country that isn't known."""
        country = country_of(fiat, analytics.holiday_countries)
        zone = zone_of(country) if country else None
        return cls(
            fiat,
            country,
            zone or user_zone,
            weekend_of(country) if country else frozenset(),
            tuple(event for event in analytics.events if not event.fiats or fiat in event.fiats),
        )

    def local_day(self, second: int) -> date:
        """The day that a moment (seconds since 1970 UTC) belongs to."""
        return datetime.fromtimestamp(second, UTC).astimezone(self.zone).date()


def tags_of(calendar: DayCalendar, days: Sequence[date]) -> list[tuple[str, ...]]:
    """The tags of each local day: `weekend`, `holiday` and `holiday: NAME`, `event: NAME`, or `holidays unknown`."""
    known: dict[int, str] = {}
    if calendar.country is not None and days:
        known = holidays_of(calendar.country, range(min(days).year, max(days).year + 1))
    return [_tags_of_day(calendar, day, known.get(day.toordinal())) for day in days]


def _tags_of_day(calendar: DayCalendar, day: date, holiday: str | None) -> tuple[str, ...]:
    tags = [] if calendar.country is not None else [UNKNOWN]
    if day.weekday() in calendar.weekend:
        tags.append(WEEKEND)
    if holiday is not None:
        tags += [HOLIDAY, f"{HOLIDAY}: {holiday}"]
    tags += [f"event: {event.name}" for event in calendar.events if event.first <= day <= event.last]
    return tuple(tags)
