"""Effects of the hour beside effects of the day: what is missing moves nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.timing.additive import against_own_level, hour_effects

SEEDS = st.integers(0, 2**32 - 1)


def table(seed: int, columns: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days by hours that are exactly `day + hour`, a third of the cells missing."""
    random = np.random.default_rng(seed)
    days, effects = random.normal(size=60), random.normal(size=columns)
    rows = days[:, None] + effects
    rows[random.random(rows.shape) < 0.33] = np.nan
    return rows, days, effects - effects.mean()


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_the_hours_effects_are_found_exactly_whatever_cells_are_missing_and_whatever_the_days_cost(seed: int) -> None:
    rows, _, effects = table(seed)
    np.testing.assert_allclose(hour_effects(rows), effects, atol=1e-9)
    np.testing.assert_allclose(np.nanmean(against_own_level(rows), axis=0), effects, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_a_dear_day_changes_no_hour_however_dear_it_was(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, _, _ = table(seed)
    noisy = rows + random.normal(size=rows.shape)
    dear = noisy + (np.arange(len(rows)) == random.integers(len(rows)))[:, None] * 1000.0
    np.testing.assert_allclose(hour_effects(dear), hour_effects(noisy), atol=1e-6)


def test_an_hour_that_was_never_seen_or_never_beside_another_is_unknown() -> None:
    rows = np.full((10, 4), np.nan)
    rows[:5, :2], rows[5:, 3] = [1.0, 3.0], 7.0
    np.testing.assert_allclose(hour_effects(rows), [-1.0, 1.0, np.nan, np.nan])
    assert np.isnan(hour_effects(np.full((3, 4), np.nan))).all()
