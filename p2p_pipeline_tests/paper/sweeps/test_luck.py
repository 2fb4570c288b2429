"""The odds that a best result is luck: as their papers have them, as another library has them, and true on noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from arch.bootstrap import RealityCheck
from scipy.stats import kstest

from p2p_pipeline.paper.sweeps.luck import (
    best_of_nothing,
    days_needed,
    deflated_sharpe,
    probable_sharpe,
    reality_check,
    shape_of,
    sharpe_of,
)
from p2p_pipeline_tests.effort import IS_LONG, only_long, this_many


def noise(days: int, tries: int, seed: int, edge: float = 0.0) -> np.ndarray:
    """Tries that lean on each other, as neighbours in a grid do; one of them better by `edge` a day."""
    rng = np.random.default_rng(seed)
    found = 0.01 * (rng.standard_normal((days, tries)) + rng.standard_normal((days, 1))) / math.sqrt(2)
    found[:, tries // 2] += edge
    return found


def test_the_deflated_sharpe_ratio_is_that_of_its_paper() -> None:
    # Bailey and López de Prado (2014), the numerical example: 2.5 a year of 250 days, five years, a variance of 1/2 a
    # year between the tries, skewness -3, kurtosis 10
    sharpe, variance = 2.5 / math.sqrt(250), 1 / 2 / 250
    assert best_of_nothing(100, variance) == pytest.approx(0.1132, abs=5e-5)
    assert probable_sharpe(sharpe, best_of_nothing(100, variance), 1250, -3, 10) == pytest.approx(0.9004, abs=5e-5)
    assert probable_sharpe(sharpe, best_of_nothing(46, variance), 1250, -3, 10) == pytest.approx(0.9505, abs=5e-5)
    # normal returns of the same ratio may come of 88 tries
    assert probable_sharpe(sharpe, best_of_nothing(88, variance), 1250, 0, 3) == pytest.approx(0.9505, abs=1e-3)


def test_the_best_of_nothing_is_what_simulated_tries_without_an_edge_have() -> None:
    rng = np.random.default_rng(1)
    simulated = rng.standard_normal((20_000, 64)).max(axis=1).mean()
    assert best_of_nothing(64, 1.0) == pytest.approx(simulated, rel=0.02)
    assert best_of_nothing(1, 1.0) == 0


def test_days_needed_is_where_the_odds_reach_the_confidence() -> None:
    column = noise(300, 1, 3, edge=0.002)[:, 0]
    needed = days_needed(column, 0.02)
    probable = probable_sharpe(sharpe_of(column), 0.02, math.ceil(needed), *shape_of(column))
    assert probable == pytest.approx(0.95, abs=2e-3)
    assert days_needed(column, sharpe_of(column)) == math.inf


def test_returns_that_say_nothing_have_no_deflated_ratio() -> None:
    assert deflated_sharpe(np.zeros((30, 4)), 0) is None
    assert deflated_sharpe(noise(2, 4, 1), 0) is None
    found = deflated_sharpe(noise(60, 8, 1), 4)
    assert found is not None
    assert 0 <= found <= 1


def test_days_that_are_the_same_but_for_rounding_say_nothing() -> None:
    same = np.full((30, 2), 0.1)
    assert same[:, 0].std() > 0, "the mean is rounded"
    assert sharpe_of(same[:, 0]) == 0
    assert deflated_sharpe(same, 0) is None
    assert shape_of(same[:, 0]) == (0, 3)
    assert days_needed(same[:, 0], 0) == math.inf


def test_the_reality_check_agrees_with_another_implementation() -> None:
    for seed, edge in ((1, 0.0), (2, 0.002)):
        returns = noise(120, 12, seed, edge)
        other = RealityCheck(np.zeros(120), -returns, block_size=1, reps=4_000, studentize=False, seed=seed)
        other.compute()
        # arch's upper p-value recentres every try, as White does
        assert reality_check(returns, 4_000, seed) == pytest.approx(other.pvalues["upper"], abs=0.04)


def test_on_noise_every_p_value_is_as_likely_as_another() -> None:
    """And so none is small more often than it says. The long form looks closer."""
    values = [reality_check(noise(60, 16, seed), 200, seed) for seed in range(this_many(150, 3_000))]
    print(f"share below 0.05: {np.mean(np.array(values) < 0.05):.3f}, below 0.5: {np.mean(np.array(values) < 0.5):.3f}")  # noqa: T201
    assert kstest(values, "uniform").statistic < (0.06 if IS_LONG else 0.14)
    assert np.mean(np.array(values) < 0.05) < (0.07 if IS_LONG else 0.12)


def test_a_planted_edge_is_found() -> None:
    found = [reality_check(noise(120, 16, seed, edge=0.004), 500, seed) for seed in range(20)]
    assert sum(value < 0.05 for value in found) >= 18
    deflated = [deflated_sharpe(noise(120, 16, seed, edge=0.006), 8) or 0 for seed in range(20)]
    assert sum(value > 0.95 for value in deflated) >= 16


def test_the_same_seed_gives_the_same_odds() -> None:
    returns = noise(40, 8, 5)
    assert reality_check(returns, 500, 7) == reality_check(returns, 500, 7)


@only_long
@pytest.mark.long
def test_the_deflated_ratio_of_noise_is_seldom_beyond_95() -> None:
    beyond = 0
    for seed in range(2_000):
        returns = noise(60, 16, seed)
        chosen = int(np.argmax([sharpe_of(returns[:, one]) for one in range(16)]))
        beyond += (deflated_sharpe(returns, chosen) or 0) > 0.95
    print(f"deflated ratio beyond 0.95 on noise: {beyond} of 2,000")  # noqa: T201
    assert beyond < 200
