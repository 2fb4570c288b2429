"""A series as its periods: what a person looks at, with what is missing between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pyarrow as pa

GAP_OF_USUAL_STEPS = 1.5
"""A step to the next period longer than this many usual ones is a gap: a series may come only every half hour."""


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a series that somebody looked at. The numbers are None when no look gave a value."""

    start: datetime
    end: datetime
    seen: int
    """Looks at the market side."""
    observations: int
    """Looks that gave a value."""
    coverage: float | None
    """Looks against those that should have been, 0..1; None where no rhythm is known."""
    longest_gap_seconds: float
    """Without a look, the edges of the period included."""
    first: float | None
    last: float | None
    low: float | None
    high: float | None
    mean: float | None
    median: float | None
    mad: float | None
    """Median distance from the median."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Periods that nobody saw, between two that somebody did."""

    start: datetime
    """The end of the period before."""
    end: datetime
    """The start of the period after."""
    seen_until: datetime
    """The last look before, as exactly as it is known; at most `start`."""
    seen_from: datetime
    """The first look after, as exactly as it is known; at least `end`."""

    @property
    def seconds(self) -> float:
        """How long nobody looked."""
        return (self.seen_from - self.seen_until).total_seconds()


_NUMBERS = ("first", "last", "low", "high", "mean", "median", "mad")


def periods_of(rollups: pa.Table) -> list[Period]:
    """The periods of one series' rows of `rollups`, in order."""
    return [
        Period(
            start=row["period_start"].astimezone(UTC),
            end=row["period_start"].astimezone(UTC) + timedelta(seconds=row["period_seconds"]),
            **{name: row[name] for name in ("seen", "observations", "coverage", "longest_gap_seconds", *_NUMBERS)},
        )
        for row in rollups.sort_by("period_start").to_pylist()
    ]


def gaps_of(periods: Sequence[Period]) -> list[Gap]:
    """The gaps between periods in order, known to the period; see `sharpened`."""
    steps = [(after.start - before.start).total_seconds() for before, after in pairwise(periods)]
    if not steps:
        return []
    longest_usual = GAP_OF_USUAL_STEPS * median(steps)
    return [
        Gap(before.end, after.start, before.end, after.start)
        for (before, after), step in zip(pairwise(periods), steps, strict=True)
        if step > longest_usual and after.start > before.end
    ]


def sharpened(gaps: Sequence[Gap], finer: Sequence[Period]) -> list[Gap]:
    """Gaps between long periods, their looks as exactly as the shorter periods (in order) of the same series tell."""
    starts, ends = [period.start for period in finer], [period.end for period in finer]
    found = []
    for gap in gaps:
        before, after = bisect_right(ends, gap.start), bisect_left(starts, gap.end)
        until = ends[before - 1] if before else gap.seen_until
        since = starts[after] if after < len(starts) else gap.seen_from
        found.append(replace(gap, seen_until=until, seen_from=since))
    return found


def days_of(hours: Sequence[Period], zone: ZoneInfo) -> list[Period]:
    """Hours as days of a time zone, of 23 or 25 hours where the clock changes.

    Of a day, `median` is the median of its hours' medians and `mad` their median distance from it: every hour counts
    the same, however often it was looked at. An hour that lies in two days (where the zone is off by half an hour)
    counts for the day it begins in. Missing hours count as a gap and lower the coverage.
    """
    return [_day(day, list(found), zone) for day, found in groupby(hours, lambda hour: _local_day(hour, zone))]


def _local_day(hour: Period, zone: ZoneInfo) -> date:
    return hour.start.astimezone(zone).date()


def _day(day: date, hours: list[Period], zone: ZoneInfo) -> Period:
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    medians = _there(hour.median for hour in hours)
    middle = median(medians) if medians else None
    covered = _there(hour.coverage for hour in hours)
    observations = sum(hour.observations for hour in hours)
    edges = [start, *(moment for hour in hours for moment in (hour.start, hour.end)), end]
    holes = [(after - before).total_seconds() for before, after in zip(edges[::2], edges[1::2], strict=True)]
    valued = [hour for hour in hours if hour.observations]
    return Period(
        start=start,
        end=end,
        seen=sum(hour.seen for hour in hours),
        observations=observations,
        coverage=min(1.0, sum(covered) * 3600 / (end - start).total_seconds()) if covered else None,
        longest_gap_seconds=max(*holes, *(hour.longest_gap_seconds for hour in hours)),
        first=valued[0].first if valued else None,
        last=valued[-1].last if valued else None,
        low=min(_there(hour.low for hour in hours), default=None),
        high=max(_there(hour.high for hour in hours), default=None),
        mean=sum((hour.mean or 0.0) * hour.observations for hour in valued) / observations if valued else None,
        median=middle,
        mad=None if middle is None else median([abs(value - middle) for value in medians]),
    )


def _there(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
