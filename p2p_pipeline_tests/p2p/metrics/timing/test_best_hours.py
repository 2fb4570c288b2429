"""Which hours can't be told apart from the best, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.timing.best_hours import (
    allowances,
    chance_by_signs,
    chance_of_best,
    estimate,
    not_told_apart,
    without_spikes,
)


@given(st.integers(0, 2**32 - 1))
def test_pulling_spikes_back_keeps_every_rows_mean_and_leaves_usual_rows_alone(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(40, 24))
    rows[random.random(rows.shape) < 0.1] = np.nan
    rows[3, 5], rows[7, :] = 5000.0, np.nan
    found = without_spikes(rows)
    usual = np.delete(np.arange(40), [3, 7])
    np.testing.assert_array_equal(found[usual], rows[usual])
    assert np.nanmean(found[3]) == pytest.approx(np.nanmean(rows[3]))
    assert np.nanmax(found[3]) - np.nanmin(np.delete(found[3], 5)) < 15


def test_a_price_that_stands_still_has_no_spikes() -> None:
    np.testing.assert_array_equal(without_spikes(np.zeros((5, 24))), np.zeros((5, 24)))
    assert np.isnan(without_spikes(np.full((5, 24), np.nan))).all()


def test_the_true_best_cell_is_among_those_not_told_apart_in_at_least_its_share_of_cases() -> None:
    truth, kept = np.linspace(0, 0.4, 24), 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        found = estimate(truth + random.normal(size=(60, 24)), np.ones(60), random)
        kept += bool(not_told_apart(found.means, allowances(found.errors, 0.9))[-1])
    assert kept >= 0.85 * 40


def test_more_rows_leave_fewer_cells() -> None:
    sizes = []
    for count in (30, 300):
        random = np.random.default_rng(1)
        found = estimate(np.linspace(0, 1, 24) + random.normal(size=(count, 24)), np.ones(count), random)
        sizes.append(int(not_told_apart(found.means, allowances(found.errors, 0.9)).sum()))
    assert sizes[1] < sizes[0]


def test_a_cell_that_few_rows_have_is_none() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 24))
    rows[5:, 4] = np.nan
    found = estimate(rows, np.ones(50), np.random.default_rng(0))
    assert np.isnan(found.means[4])
    assert not not_told_apart(found.means, allowances(found.errors, 0.9))[4]


@pytest.mark.parametrize("count", [8, 30])
def test_signs_reject_at_most_as_often_as_they_say_and_find_what_is_there(count: int) -> None:
    chances, with_effect = [], []
    for seed in range(80):
        random = np.random.default_rng(seed)
        rows = random.standard_t(3, size=(count, 24)) * (1 + np.arange(24) % 5)
        chances.append(chance_by_signs(rows, np.ones(count), random))
        rows[:, 3] += 8 * (1 + 3)
        with_effect.append(chance_by_signs(rows, np.ones(count), random))
    assert np.mean(np.array(chances) <= 0.1) <= 0.16
    assert np.median(with_effect) <= 0.2 if count == 8 else 0.01


def test_the_chance_of_a_clear_best_cell_is_small_and_of_nothing_moving_is_1() -> None:
    random = np.random.default_rng(5)
    rows = random.normal(size=(60, 24))
    rows[:, 9] += 1
    assert chance_of_best(estimate(rows, np.ones(60), random)) < 0.01
    assert chance_of_best(estimate(np.zeros((60, 24)), np.ones(60), random)) == 1
    assert chance_by_signs(np.zeros((60, 24)), np.ones(60), random) == 1
