"""Advice for the hours in which a person can trade: nothing outside them counts, and that is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, hourly


def cheap_nights(weeks: int = 16, seed: int = 3) -> np.ndarray:
    """2 % cheaper from 2 to 5 at night, and 0.4 % cheaper at 10; the rest of the day is alike."""
    hour = np.arange(weeks * WEEK) % 24
    walk = NOISES["random walk"](weeks * WEEK, np.random.default_rng(seed))
    return np.asarray(walk - 0.02 * ((hour >= 2) & (hour < 5)) - 0.004 * (hour == 10))


@given(st.integers(0, 23), st.integers(0, 24))
def test_hours_read_back_as_they_were_written(first: int, end: int) -> None:
    # Midnight is 0 as well as 24: 0-0 is the whole day, as 0-24 is; any other hour to itself is no time.
    length = (end - first) % 24 or (24 if (first, end) in ((0, 0), (0, 24)) else 0)
    if length < 2:
        with pytest.raises(ValueError, match="the hours were"):
            TradingHours.parse(f"{first}-{end}")
        return
    found = TradingHours.parse(f"{first}-{end}")
    assert found.hours == tuple((first + step) % 24 for step in range(length))
    assert TradingHours.parse(str(found)) == found
    assert found.mask().sum() == length


@pytest.mark.parametrize("text", ["", "8", "8-25", "8:30-22", "a-b", "8-22-23", "-8-22"])
def test_what_are_no_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"8-22.*22-6"):
        TradingHours.parse(text)


def test_who_can_trade_by_day_is_told_the_best_hour_of_the_day_not_of_the_night() -> None:
    by_day = TradingHours.parse("8-22")
    whole, mine = advise(hourly(cheap_nights()), "UTC"), advise(hourly(cheap_nights()), "UTC", trading=by_day)
    assert {hour.hour for hour in whole.hours} == {2, 3, 4}
    assert {hour.hour for hour in mine.hours} == {10}
    assert {effect.at.hour for effect in mine.effects} == set(range(8, 22))
    # One of fourteen hours is 0.4 % cheaper: against the mean of the fourteen that is 0.37 %.
    assert mine.expected_improvement == pytest.approx(0.0037, abs=0.0006)
    assert mine.worst_case_regret is not None
    assert mine.worst_case_regret < 0.001


def test_hours_across_midnight_are_one_choice() -> None:
    found = advise(hourly(cheap_nights()), "UTC", trading=TradingHours.parse("22-4"))
    assert {hour.hour for hour in found.hours} == {2, 3}
    assert {effect.at.hour for effect in found.effects} == {22, 23, 0, 1, 2, 3}
    assert found.expected_improvement == pytest.approx(0.0133, abs=0.001)


@pytest.mark.parametrize("side", Side)
def test_prices_outside_the_hours_move_no_gain_by_more_than_their_level(side: Side) -> None:
    trading, logs = TradingHours.parse("8-22"), cheap_nights(4)
    gains = GainHistory.of(local_hours(hourly(logs, side), "UTC"), side, trading).all()
    known = np.isfinite(gains.daily)
    assert not known[:, ~trading.mask()].any()
    means = np.nanmean(gains.daily[known.any(axis=1)], axis=1)
    np.testing.assert_allclose(means[1:-1], 0, atol=1e-12)


def test_the_walk_forward_judges_against_the_same_hours() -> None:
    trading = TradingHours.parse("8-22")
    found = summary(walk_forward(hourly(cheap_nights()), "UTC", trading=trading))
    assert found.realised_when_recommended == pytest.approx(0.0037, abs=0.001)
    assert found.regret is not None
    assert found.regret < 0.003


def test_the_whole_day_as_hours_changes_nothing() -> None:
    series = hourly(cheap_nights(8))
    assert advise(series, "UTC") == advise(series, "UTC", trading=TradingHours.parse("0-24"))
    assert TradingHours.parse("0-24") == ALL_DAY
