"""The price against its own local level: no trend is left, the rhythm is, and nothing leans on one side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.timing.local_level import DAY_REACH, WEEK_REACH, against_local_level
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, rhythm

REACHES = (DAY_REACH, WEEK_REACH)


@given(
    drift=st.floats(-0.01, 0.01),
    level=st.floats(-5, 5),
    missing=st.sets(st.integers(0, 4 * WEEK - 1), max_size=120),
    reach=st.sampled_from(REACHES),
)
def test_a_steady_drift_leaves_nothing_whatever_is_missing(
    drift: float, level: float, missing: set[int], reach: int
) -> None:
    logs = level + drift * np.arange(4.0 * WEEK)
    logs[list(missing)] = np.nan
    found = against_local_level(logs, reach)
    assert np.nanmax(np.abs(found), initial=0) < 1e-8
    assert np.isnan(found[list(missing)]).all()


def test_a_daily_rhythm_stays_as_it_is() -> None:
    wave = rhythm(4 * WEEK, 0.01)
    for reach in REACHES:
        found = against_local_level(wave, reach)[reach:-reach]
        np.testing.assert_allclose(found, wave[reach:-reach], atol=1e-12)


def test_an_hour_whose_window_would_reach_past_the_series_has_no_level() -> None:
    found = against_local_level(np.zeros(2 * WEEK), DAY_REACH)
    assert np.flatnonzero(np.isfinite(found)).tolist() == list(range(DAY_REACH, 2 * WEEK - DAY_REACH))
    assert np.isnan(against_local_level(np.zeros(2 * WEEK_REACH), WEEK_REACH)).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(REACHES))
def test_a_level_knows_nothing_that_is_further_away_than_its_reach(seed: int, reach: int) -> None:
    random = np.random.default_rng(seed)
    logs = NOISES["random walk"](3 * WEEK, random)
    changed = logs.copy()
    edge = int(random.integers(2 * reach, 3 * WEEK))
    changed[edge:] = random.normal(size=3 * WEEK - edge)
    before, after = against_local_level(logs, reach), against_local_level(changed, reach)
    np.testing.assert_allclose(before[: edge - reach], after[: edge - reach], atol=1e-12)


def test_a_sudden_devaluation_touches_only_the_hours_around_it() -> None:
    logs = np.where(np.arange(4 * WEEK) < 2 * WEEK + 5, 0.0, 0.1)
    found = np.abs(against_local_level(logs, DAY_REACH))
    assert np.nanmax(found) == pytest.approx(0.05, abs=0.01)
    assert np.flatnonzero(found > 1e-9).min() >= 2 * WEEK + 5 - DAY_REACH
    assert np.flatnonzero(found > 1e-9).max() < 2 * WEEK + 5 + DAY_REACH


def test_one_hour_a_day_is_too_little_for_a_level() -> None:
    logs = np.full(4 * WEEK, np.nan)
    logs[9::24] = 0.0
    assert np.isnan(against_local_level(logs, DAY_REACH)).all()
