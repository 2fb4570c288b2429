"""A series by the hours of somebody's wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.metrics.history.series import Series

HOUR_SECONDS = 3600
_MONDAY_ORDINAL = 1  # date.fromordinal(1) was a Monday
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class SeriesUnusable(ClearError):
    """The series can't be read by local hours; the message says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalHours:
    """One value an hour without holes in the axis: an hour that nobody saw is NaN. All arrays are parallel."""

    logs: NDArray[np.float64]
    """The mean logarithm of the price in the hour."""
    days: NDArray[np.int64]
    """The local day, counted from the Monday of the first week."""
    hours: NDArray[np.int64]
    """0 to 23 on the wall clock. One comes twice when daylight saving ends, and one is missing when it begins."""
    first_monday: date

    @property
    def weeks(self) -> int:
        """How many local weeks the series touches."""
        return int(self.days[-1] // 7 + 1) if len(self.days) else 0


def local_hours(series: Series, timezone: str) -> LocalHours:
    """Put a series on the hours of a time zone.

    A zone that is off by a part of an hour (India, Nepal) needs 5-minute periods: an hour by UTC would lie in two of
    its hours. Prices that are no positive number are left out, and so is what follows a change of the clock in the
    middle of an hour (Lord Howe, Chatham: half an hour or less, at most twice a year). Raises SeriesUnusable,
    also for an empty series.
    """
    is_price = np.isfinite(series.values) & (series.values > 0)
    starts, values = series.starts[is_price], series.values[is_price]
    if not len(starts):
        raise SeriesUnusable("there is no price in this time; choose another measure or a longer time")
    offsets = utc_offsets(starts, timezone)
    if series.period_seconds >= HOUR_SECONDS and np.any(offsets % HOUR_SECONDS):
        raise SeriesUnusable(
            "{timezone} is off UTC by a part of an hour, and the series has hours by UTC; use its 5-minute periods",
            timezone=timezone,
        )
    places = (starts + offsets % HOUR_SECONDS) // HOUR_SECONDS
    first = places.min()
    # Every hour of the axis has a wall clock, seen or not; which part of an hour a zone is off may change in a year.
    axis = (first + np.arange(int(places.max() - first) + 1)) * HOUR_SECONDS
    axis = axis - utc_offsets(axis, timezone) % HOUR_SECONDS
    local = axis + utc_offsets(axis, timezone)
    # Where a clock changes in the middle of an hour, what comes after it in that place belongs to another hour.
    is_own = (starts + offsets) // HOUR_SECONDS == local[places - first] // HOUR_SECONDS
    places, values = places[is_own], values[is_own]
    sums = np.bincount(places - first, np.log(values), len(axis))
    seen = np.bincount(places - first, minlength=len(axis))
    logs = np.divide(sums, seen, out=np.full(len(axis), np.nan), where=seen > 0)
    ordinals = local // 86_400 + _EPOCH_ORDINAL
    monday = int(ordinals[0] - (ordinals[0] - _MONDAY_ORDINAL) % 7)
    return LocalHours(logs, ordinals - monday, local % 86_400 // HOUR_SECONDS, date.fromordinal(monday))


def utc_offsets(moments: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """What the zone's clock is ahead of UTC at each moment (seconds since 1970), seconds."""
    zone = ZoneInfo(timezone)
    quarters, where = np.unique(moments // 900, return_inverse=True)
    # A zone changes its offset a few times a year: ask once a day, and by the quarter hour only where it changed.
    days, day_of = np.unique(quarters // 96, return_inverse=True)
    edges = {int(day): _offset(zone, int(day) * 86_400) for day in np.unique(np.concatenate([days, days + 1]))}
    at_start = np.array([edges[int(day)] for day in days])
    is_constant = at_start == np.array([edges[int(day) + 1] for day in days])
    found = at_start[day_of]
    for index in np.flatnonzero(~is_constant[day_of]):
        found[index] = _offset(zone, int(quarters[index]) * 900)
    return np.asarray(found[where], dtype=np.int64)


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def needs_short_periods(timezone: str) -> bool:
    """Whether the zone is, or lately was, off UTC by a part of an hour, so that hours by UTC lie in two of its own."""
    year = np.arange(1_577_836_800, 1_893_456_000, 90 * 86_400, dtype=np.int64)
    return bool(np.any(utc_offsets(year, timezone) % HOUR_SECONDS))
