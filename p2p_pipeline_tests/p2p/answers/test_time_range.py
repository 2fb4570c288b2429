"""A range is days of a zone or moments, and what can't be one is told so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.time_range import asked_bound, asked_bounds, moments_of
from p2p_pipeline.p2p.metrics.history.period_name import MOST_SHOWN, PeriodName, period_for

MOSCOW = ZoneInfo("Europe/Moscow")
NEWEST = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("2026-11-21T14:00", datetime(2026, 11, 21, 11, tzinfo=UTC)),
        ("2026-11-21T14:00Z", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("2026-11-21T14:00+07:00", datetime(2026, 11, 21, 7, tzinfo=UTC)),
        # A plus sign that nobody wrote as %2B.
        ("2026-11-21T14:00 07:00", datetime(2026, 11, 21, 7, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_bound_is_a_day_or_a_moment_by_the_clock_it_names(text: str | None, read: object) -> None:
    assert asked_bound(text, MOSCOW) == read


@pytest.mark.parametrize("text", ["x", "2026-13-01", "0001-01-01", "9999-12-31T23:59-12:00", "2026-11-21T25:00", "1e9"])
def test_what_is_no_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-11-21T14:00Z"):
        asked_bound(text, MOSCOW)


def test_a_day_counts_to_its_end_and_a_moment_is_the_end() -> None:
    start, end = moments_of((date(2026, 11, 20), date(2026, 11, 20)), NEWEST, MOSCOW)
    assert (start, end - start) == (datetime(2026, 11, 19, 21, tzinfo=UTC), timedelta(days=1))
    assert moments_of((None, datetime(2026, 11, 20, 5, tzinfo=UTC)), NEWEST, MOSCOW)[1] == datetime(
        2026, 11, 20, 5, tzinfo=UTC
    )
    assert moments_of((None, None), NEWEST, MOSCOW)[1] - moments_of((None, None), NEWEST, MOSCOW)[0] == timedelta(7)


def test_a_first_that_is_not_before_the_last_is_refused() -> None:
    for first, last in (("2026-11-21", "2026-11-20"), ("2026-11-21T14:00", "2026-11-21T14:00")):
        with pytest.raises(InvalidInput, match="swap"):
            asked_bounds(first, last, MOSCOW)


@given(st.floats(min_value=0.04, max_value=14_000))
def test_no_range_up_to_forty_years_is_drawn_with_more_than_two_thousand_points(days: float) -> None:
    length = timedelta(days=days)
    assert length.total_seconds() / period_for(length).seconds <= MOST_SHOWN + 100
    finer = [name for name in PeriodName if name.seconds < period_for(length).seconds]
    assert all(length.total_seconds() / name.seconds > MOST_SHOWN for name in finer), "no coarser than it must be"
