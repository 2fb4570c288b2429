"""A series on somebody's wall clock: daylight saving, odd offsets, holes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours, needs_short_periods, utc_offsets
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import WEEK, hourly

ZONES = ["UTC", "Europe/Berlin", "America/La_Paz", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]


def every_five_minutes(first: datetime, hours: int) -> Series:
    """Five-minute periods whose logarithm is their number."""
    series = hourly(np.zeros(hours * 12))
    starts = int(first.timestamp()) + 300 * np.arange(hours * 12, dtype=np.int64)
    return replace(series, period_seconds=300, starts=starts, values=np.exp(np.arange(hours * 12) / 1000))


@given(st.lists(st.integers(0, 4_000_000_000), min_size=1, max_size=30), st.sampled_from(ZONES))
def test_offsets_are_those_of_the_time_zone_database(moments: list[int], zone: str) -> None:
    from zoneinfo import ZoneInfo

    expected = [datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).utcoffset() for at in moments]
    found = utc_offsets(np.array(moments, dtype=np.int64), zone)
    assert found.tolist() == [offset.total_seconds() for offset in expected if offset is not None]


def test_hours_are_those_of_the_wall_clock_before_and_after_daylight_saving_begins() -> None:
    start = int(datetime(2024, 3, 30, 23, tzinfo=UTC).timestamp())
    found = local_hours(hourly(np.zeros(5), start=start), "Europe/Berlin")
    assert found.hours.tolist() == [0, 1, 3, 4, 5]
    assert (found.days % 7).tolist() == [6] * 5
    assert found.first_monday == date(2024, 3, 25)


def test_an_hour_that_comes_twice_when_daylight_saving_ends_is_the_same_hour_of_the_day_twice() -> None:
    start = int(datetime(2024, 10, 27, 0, tzinfo=UTC).timestamp())
    assert local_hours(hourly(np.zeros(3), start=start), "Europe/Berlin").hours.tolist() == [2, 2, 3]


def test_an_hour_that_nobody_saw_stays_missing() -> None:
    logs = np.zeros(48)
    logs[[5, 6, 30]] = np.nan
    found = local_hours(hourly(logs), "UTC")
    assert np.flatnonzero(np.isnan(found.logs)).tolist() == [5, 6, 30]
    assert len(found.hours) == 48


def test_a_zone_off_by_a_part_of_an_hour_is_served_from_five_minute_periods() -> None:
    series = every_five_minutes(datetime(2024, 1, 1, tzinfo=UTC), 4)
    found = local_hours(series, "Asia/Kathmandu")
    # 00:00 UTC is 05:45: three periods of hour 5, then twelve of hour 6.
    assert found.hours.tolist() == [5, 6, 7, 8, 9]
    assert found.logs[:2] == pytest.approx([1 / 1000 + np.log(1), (3 + 5.5) / 1000])


@pytest.mark.parametrize("first", [datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "Europe/Berlin"])
def test_each_price_is_in_the_hour_its_wall_clock_showed_all_year(zone: str, first: datetime) -> None:
    series = every_five_minutes(first, 212 * 24)
    found = local_hours(series, zone)
    monday = (found.first_monday - date(1970, 1, 1)).days
    slots = (monday + found.days) * 24 + found.hours
    shown = (series.starts + utc_offsets(series.starts, zone)) // 3600
    hours, hour_of, periods = np.unique(shown, return_inverse=True, return_counts=True)
    means = np.bincount(hour_of, np.log(series.values)) / periods
    assert set(slots.tolist()) >= set(hours[periods == 12].tolist())
    # An hour that comes twice has two places; its mean is in neither.
    place = np.searchsorted(hours, slots)
    is_once = periods[place] <= 12
    assert is_once.sum() >= len(slots) - 3
    np.testing.assert_array_equal(hours[place], slots)
    np.testing.assert_allclose(found.logs[is_once], means[place][is_once], atol=1e-9)


def test_such_a_zone_with_hours_by_utc_is_refused_with_what_to_do() -> None:
    with pytest.raises(SeriesUnusable, match="5-minute periods"):
        local_hours(hourly(np.zeros(WEEK)), "Asia/Kolkata")
    assert needs_short_periods("Asia/Kolkata")
    assert not needs_short_periods("Europe/Berlin")


@pytest.mark.parametrize("value", [np.nan, 0.0, -5.0, np.inf])
def test_what_is_no_positive_price_is_left_out(value: float) -> None:
    series = hourly(np.zeros(10))
    values = series.values.copy()
    values[4] = value
    assert np.flatnonzero(np.isnan(local_hours(replace(series, values=values), "UTC").logs)).tolist() == [4]
    with pytest.raises(SeriesUnusable, match="no price"):
        local_hours(replace(series, values=np.full(10, value)), "UTC")
