"""The rhythm that is found is the one that is there, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.unusual.grid import HourGrid, bridged, hour_grid, longest_piece
from p2p_pipeline.p2p.metrics.unusual.seasonality import seasonality
from p2p_pipeline.p2p.metrics.unusual.states import Rhythm
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import FIRST_HOUR, noisy_prices, rhythm, series_of, walking_prices

WEEK = 168


def test_a_rhythm_of_day_and_week_is_found_to_within_a_third_of_its_size() -> None:
    grid = HourGrid(FIRST_HOUR, np.log(noisy_prices(8 * WEEK, seed=1)))
    found = seasonality(grid)
    away = found.at(grid.hours) - rhythm(8 * WEEK)
    assert np.sqrt(np.mean(away**2)) < 0.33 * np.sqrt(np.mean(rhythm(8 * WEEK) ** 2))
    assert found.daily_strength is not None
    assert found.daily_strength > 0.4
    assert found.weekly_strength is not None
    assert found.weekly_strength > 0.2


@pytest.mark.parametrize("seed", range(6))
def test_noise_has_no_rhythm(seed: int) -> None:
    found = seasonality(HourGrid(FIRST_HOUR, np.random.default_rng(seed).normal(0, 0.003, 8 * WEEK)))
    assert found.daily_strength is not None
    assert found.daily_strength < 0.05
    assert found.weekly_strength is not None
    assert found.weekly_strength < 0.05


def test_a_random_walk_is_not_taken_for_a_rhythm_of_the_day() -> None:
    walks = [np.log(walking_prices(8 * WEEK, seed)) - rhythm(8 * WEEK) for seed in range(8)]
    strengths = [seasonality(HourGrid(FIRST_HOUR, walk)).daily_strength for walk in walks]
    assert max(strength or 0.0 for strength in strengths) < 0.1


@pytest.mark.parametrize(
    ("days", "expected"),
    [(3, Rhythm.NOT_ENOUGH_HISTORY), (4, Rhythm.DAILY), (27, Rhythm.DAILY), (28, Rhythm.WEEKLY), (56, Rhythm.WEEKLY)],
)
def test_a_day_s_rhythm_needs_four_days_and_a_week_s_four_weeks(days: int, expected: Rhythm) -> None:
    found = seasonality(HourGrid(FIRST_HOUR, np.log(noisy_prices(24 * days, seed=2))))
    assert found.rhythm is expected
    assert (found.daily_strength is None) == (expected is Rhythm.NOT_ENOUGH_HISTORY)
    assert (found.weekly_strength is None) == (expected is not Rhythm.WEEKLY)


def test_a_long_gap_splits_the_history_and_a_short_one_does_not() -> None:
    values = np.log(noisy_prices(40 * 24, seed=3))
    values[20 * 24 : 20 * 24 + 24] = np.nan
    assert seasonality(HourGrid(FIRST_HOUR, values)).rhythm is Rhythm.WEEKLY
    values[20 * 24 : 20 * 24 + 25] = np.nan
    assert seasonality(HourGrid(FIRST_HOUR, values)).rhythm is Rhythm.DAILY
    assert longest_piece(values) == slice(0, 20 * 24)


def test_a_spike_of_half_the_price_does_not_become_an_hour_effect() -> None:
    values = np.log(noisy_prices(8 * WEEK, seed=4))
    clean = seasonality(HourGrid(FIRST_HOUR, values.copy())).profile
    values[700:703] -= 0.7
    assert np.abs(seasonality(HourGrid(FIRST_HOUR, values)).profile - clean).max() < 0.002


@given(st.integers(0, 60 * 24), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_a_constant_of_any_length_has_no_rhythm_and_never_nan(hours: int, level: float) -> None:
    found = seasonality(HourGrid(FIRST_HOUR, np.full(hours, level)))
    assert np.abs(found.profile).max() < 1e-9
    assert found.daily_strength in {None, 0.0}
    assert found.weekly_strength in {None, 0.0}


def test_a_bridge_is_only_in_the_copy() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert bridged(values).tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(values[1])


def test_a_grid_of_nothing_is_nothing() -> None:
    grid = hour_grid(series_of(np.full(3, np.nan)), FIRST_HOUR, FIRST_HOUR + 2)
    assert np.isnan(grid.values).all()
    assert longest_piece(grid.values) == slice(0, 0)
    assert seasonality(grid).rhythm is Rhythm.NOT_ENOUGH_HISTORY
