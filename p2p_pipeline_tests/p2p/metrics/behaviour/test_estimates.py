"""What is told of lifetimes: the looks first, families where they go with them, bounds below the gap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from p2p_pipeline.p2p.metrics.behaviour.below_gap import gap_bounds
from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort, sampled
from p2p_pipeline.p2p.metrics.behaviour.estimates import LifetimeEstimates, estimate_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.families import LOGNORMAL, WEIBULL, piecewise_exponential
from p2p_pipeline.p2p.metrics.behaviour.lifetimes import fit_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.seen_curve import seen_curve
from p2p_pipeline_tests.p2p.metrics.behaviour.coverage import DAY, KINDS, Floats, Truth, lengths_of


def watched(kind: str, gap: float, seed: int = 1) -> tuple[Cohort, Floats]:
    """Lives over five days as looks show them, and the true lengths of those that began in them, seconds."""
    random = np.random.default_rng(seed)
    births, lengths = random.uniform(-5 * DAY, 5 * DAY, 1600), lengths_of(kind, random, 1600)
    looks = np.arange(gap / 3, 5 * DAY, gap)
    inside = (births > looks[0]) & (births < looks[-1])
    return sampled(births, births + lengths, looks, looks[-1]), lengths[inside]


def told(cohort: Cohort) -> LifetimeEstimates:
    fit = fit_lifetimes(cohort, [WEIBULL, LOGNORMAL, piecewise_exponential(np.array([1800.0, 7200.0, 28_800.0]))])
    assert fit is not None
    return estimate_lifetimes(cohort, fit, 0.9)


def test_the_interval_of_this_market_as_observed_holds_its_own_median_and_is_a_third_of_that_of_one_like_it() -> None:
    held = 0
    for seed in range(4):
        cohort, lengths = watched("lognormal", 600, seed)
        half = told(cohort).gone_by(0.5)
        assert half is not None
        assert half.like_low <= half.here_low <= half.value <= half.here_high <= half.like_high
        assert half.here_high - half.here_low < (half.like_high - half.like_low) / 3
        held += half.here_low <= float(np.median(lengths)) <= half.here_high
    assert held >= 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap", [600, 3600, 7200])
def test_the_bounds_of_what_lies_between_two_looks_hold_the_truth(kind: str, gap: int) -> None:
    truth = Truth.of(lengths_of(kind, np.random.default_rng(0), 200_000), gap)
    held = 0
    for seed in range(6):
        bounds = gap_bounds(seen_curve(watched(kind, gap, seed)[0]), gap, 0.9)
        held += (
            bounds.unseen_least <= truth.unseen <= bounds.unseen_most
            and bounds.shorter_least <= truth.shorter <= bounds.shorter_most
        )
    assert held >= 5


def test_two_speeds_below_the_gap_are_told_as_a_bound_and_between_looks_often_enough_as_a_number() -> None:
    cohort, lengths = watched("two speeds", 3600)
    hourly = told(cohort)
    assert hourly.gone_by(0.5) is None
    assert np.median(lengths) <= hourly.gone_at_most_by(0.5) < 2 * 3600
    often = told(watched("two speeds", 300)[0]).gone_by(0.5)
    assert often is not None
    assert often.like_low < np.median(lengths_of("two speeds", np.random.default_rng(0), 200_000)) < often.like_high


def test_families_that_the_looks_contradict_are_dropped() -> None:
    fit = told(watched("two speeds", 300)[0]).fit
    assert {entry.family.name for entry in fit.fits} == {"piecewise_exponential"}
    assert "weibull" in {entry.family.name for entry in told(watched("weibull", 300)[0]).fit.fits}


def test_where_looks_are_frequent_the_curve_of_seen_lives_is_kaplan_meiers() -> None:
    cohort, _ = watched("weibull", 30.0)
    curve = seen_curve(cohort)
    ended = np.isfinite(cohort.high)
    theirs = KaplanMeierFitter().fit(np.where(ended, (cohort.low + cohort.high) / 2 + 15, cohort.low + 15), ended)
    at = np.linspace(600, DAY, 40)
    assert [curve.share(time) for time in at.tolist()] == pytest.approx(
        theirs.survival_function_at_times(at).tolist(), abs=0.002
    )


def test_what_no_one_was_followed_for_is_the_families_word_and_has_no_interval_of_this_window() -> None:
    random = np.random.default_rng(3)
    births, lengths = random.uniform(0, DAY / 2, 400), 3600 * random.exponential(30, 400)
    looks = np.arange(0, DAY, 600.0)
    late = told(sampled(births, births + lengths, looks, DAY / 2)).gone_by(0.75)
    assert late is not None
    assert math.isinf(late.here_low)
    assert late.like_low < late.value < late.like_high
