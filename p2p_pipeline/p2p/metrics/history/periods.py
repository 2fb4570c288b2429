"""A series as its periods: what a person looks at, with what is missing between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pyarrow as pa

from p2p_pipeline.p2p.metrics.history.period_name import PeriodName

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


PERIOD_COLUMNS = (
    "period_start", "period_seconds", "seen", "observations", "coverage", "longest_gap_seconds",
    "first", "last", "low", "high", "mean", "median", "mad",
)  # fmt: skip
"""Of `rollups`: all that a period is made of."""


def periods_of(rollups: pa.Table) -> list[Period]:
    """The periods of one series' rows of `rollups`, in order."""
    rows = rollups.select(PERIOD_COLUMNS).sort_by("period_start")
    # Column by column: a year of hours as rows of dictionaries takes four times as long.
    starts, lengths, *rest = (
        (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
        for column in rows.columns
    )
    begins = [datetime.fromtimestamp(start // 1_000_000, UTC) for start in starts]
    ends = [begin + timedelta(seconds=length) for begin, length in zip(begins, lengths, strict=True)]
    return [Period(*values) for values in zip(begins, ends, *rest, strict=True)]


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
    """Hours as days of a time zone, of 23 or 25 hours where the clock changes."""
    return gathered(hours, PeriodName.DAY, zone)


def gathered(parts: Sequence[Period], name: PeriodName, zone: ZoneInfo) -> list[Period]:
    """Periods of equal length as quarters of days, days or weeks of a time zone, which a change of clocks stretches.

    Of a day, `median` is the median of its hours' medians and `mad` their median distance from it: every hour counts
    the same, however often it was looked at. An hour that lies in two days (where the zone is off by half an hour)
    counts for the day it begins in. Missing hours count as a gap and lower the coverage.
    """
    return [
        _gathered(list(found), *_bounds(begin, name, zone))
        for begin, found in groupby(parts, lambda part: _begin(part, name, zone))
    ]


def _begin(part: Period, name: PeriodName, zone: ZoneInfo) -> datetime:
    """The local time, without its zone, at which the longer period begins that a part begins in."""
    local = part.start.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    if name is PeriodName.SIX_HOURS:
        return local.replace(hour=local.hour // 6 * 6)
    midnight = local.replace(hour=0)
    return midnight - timedelta(days=midnight.weekday()) if name is PeriodName.WEEK else midnight


def _bounds(begin: datetime, name: PeriodName, zone: ZoneInfo) -> tuple[datetime, datetime]:
    end = begin + timedelta(seconds=name.seconds)
    return begin.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC)


def _gathered(parts: list[Period], start: datetime, end: datetime) -> Period:
    medians = _there(part.median for part in parts)
    middle = median(medians) if medians else None
    covered = [part.coverage * (part.end - part.start).total_seconds() for part in parts if part.coverage is not None]
    observations = sum(part.observations for part in parts)
    edges = [start, *(moment for part in parts for moment in (part.start, part.end)), end]
    holes = [(after - before).total_seconds() for before, after in zip(edges[::2], edges[1::2], strict=True)]
    valued = [part for part in parts if part.observations]
    return Period(
        start=start,
        end=end,
        seen=sum(part.seen for part in parts),
        observations=observations,
        coverage=min(1.0, sum(covered) / (end - start).total_seconds()) if covered else None,
        longest_gap_seconds=max(*holes, *(part.longest_gap_seconds for part in parts)),
        first=valued[0].first if valued else None,
        last=valued[-1].last if valued else None,
        low=min(_there(part.low for part in parts), default=None),
        high=max(_there(part.high for part in parts), default=None),
        mean=sum((part.mean or 0.0) * part.observations for part in valued) / observations if valued else None,
        median=middle,
        mad=None if middle is None else median([abs(value - middle) for value in medians]),
    )


def _there(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
