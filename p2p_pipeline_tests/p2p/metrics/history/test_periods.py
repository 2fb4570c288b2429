"""A series as a person sees it: gaps are shown as long as they were, days are the days of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.periods import Period, days_of, gaps_of, gathered, periods_of, sharpened
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


def test_six_hours_are_quarters_of_a_local_day_and_weeks_begin_on_monday() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    # A Wednesday, 00:00 in Moscow.
    first = datetime(2024, 10, 22, 21, tzinfo=UTC)
    quarters = gathered(hours(first, 48), PeriodName.SIX_HOURS, moscow)
    assert [one.start.astimezone(moscow).hour for one in quarters] == [0, 6, 12, 18] * 2
    assert (quarters[0].low, quarters[0].high, quarters[0].median) == (10.0, 15.0, 12.5)
    weeks = gathered(hours(first, 24 * 7), PeriodName.WEEK, moscow)
    assert [one.start.astimezone(moscow).weekday() for one in weeks] == [0, 0]
    assert weeks[0].coverage == pytest.approx(0.5 * 5 / 7)


@given(
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/Havana", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from([PeriodName.SIX_HOURS, PeriodName.DAY, PeriodName.WEEK]),
    st.integers(0, 9000),
    st.integers(1, 400),
)
def test_longer_periods_lose_no_look_and_neither_lowest_nor_highest_whatever_the_clocks_do(
    zone: str, name: PeriodName, begin: int, count: int
) -> None:
    parts = hours(datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=begin), count)
    found = gathered(parts, name, ZoneInfo(zone))
    assert sum(one.seen for one in found) == sum(part.seen for part in parts)
    assert min(one.low or 0 for one in found) == 10.0
    assert max(one.high or 0 for one in found) == 10.0 + count - 1
    assert all(before.start < after.start for before, after in pairwise(found))
    assert all(one.start < one.end and one.longest_gap_seconds >= 0 for one in found)
