"""A series as a person sees it: gaps are shown as long as they were, days are the days of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from p2p_pipeline.p2p.metrics.history.periods import Period, days_of, gaps_of, periods_of, sharpened
from p2p_pipeline.p2p.metrics.history.rollup import rollup_rows
from p2p_pipeline_tests.p2p.metrics.history.made_up import history_of


def hour(start: datetime, value: float | None = 10.0, seconds: int = 3600) -> Period:
    looks = 2 if value is None else 4
    return Period(
        start, start + timedelta(seconds=seconds), looks, 0 if value is None else looks, 0.5, 900.0, *[value] * 7
    )


def hours(first: datetime, count: int) -> list[Period]:
    return [hour(first + timedelta(hours=n), 10.0 + n) for n in range(count)]


def test_missing_hours_are_one_gap() -> None:
    start = datetime(2024, 10, 25, tzinfo=UTC)
    (gap,) = gaps_of([*hours(start, 5), *hours(start + timedelta(hours=8), 5)])
    assert (gap.start, gap.end, gap.seconds) == (start + timedelta(hours=5), start + timedelta(hours=8), 3 * 3600)


def test_a_series_of_one_look_every_half_hour_has_no_gap_between_its_five_minutes() -> None:
    start = datetime(2024, 10, 25, tzinfo=UTC)
    assert gaps_of([hour(start + timedelta(minutes=30 * n), seconds=300) for n in range(20)]) == []


def test_the_bounds_of_a_gap_are_as_exact_as_the_five_minutes_tell() -> None:
    looks = [*((600.0 * n, 1.0) for n in range(5)), *((4 * 3600 + 1200 + 600.0 * n, 1.0) for n in range(12))]
    rollups = rollup_rows(history_of(looks), None).to_pylist()
    by_period = {
        seconds: periods_of(rollup_rows(history_of(looks), None, [seconds]))
        for seconds in {row["period_seconds"] for row in rollups}
    }
    (gap,) = sharpened(gaps_of(by_period[3600]), by_period[300])
    # The last look was at 40 minutes, known to be before 45; the next one at 4 hours 20.
    assert gap.seconds == (4 * 60 + 20 - 45) * 60


def test_a_day_has_the_hours_of_its_time_zone_23_or_25_where_the_clock_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2024, 3, 29, 23, tzinfo=UTC)
    assert [day.seen // 4 for day in days_of(hours(first, 24 + 23 + 24), berlin)] == [24, 23, 24]
    first = datetime(2024, 10, 25, 22, tzinfo=UTC)
    days = days_of(hours(first, 24 + 25 + 24), berlin)
    assert [day.seen // 4 for day in days] == [24, 25, 24]
    assert all(before.end == after.start for before, after in pairwise(days))


def test_a_day_counts_its_missing_hours_as_a_gap_and_as_missing_coverage() -> None:
    start = datetime(2024, 10, 25, tzinfo=UTC)
    (day,) = days_of([*hours(start, 6), *hours(start + timedelta(hours=12), 6)], ZoneInfo("UTC"))
    assert day.longest_gap_seconds == 6 * 3600
    assert day.coverage == 0.5 * 12 / 24
    assert (day.first, day.last, day.low, day.high, day.median) == (10.0, 15.0, 10.0, 15.0, 12.5)


def test_a_day_of_looks_without_a_value_has_no_numbers() -> None:
    (day,) = days_of([hour(datetime(2024, 10, 25, tzinfo=UTC), None)], ZoneInfo("UTC"))
    assert (day.seen, day.observations, day.median, day.mean, day.low) == (2, 0, None, None, None)
