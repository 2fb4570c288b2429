"""Lifetimes from looks against lives whose truth is known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from lifelines import WeibullFitter

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort, sampled
from p2p_pipeline.p2p.metrics.behaviour.families import WEIBULL
from p2p_pipeline.p2p.metrics.behaviour.lifetimes import MINIMUM_ENDS, fit_lifetimes
from p2p_pipeline.p2p.metrics.behaviour.turnbull import free_curve
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.metrics.behaviour.coverage import (
    CONFIDENCE,
    DAY,
    GAPS,
    MEDIAN,
    covered,
    made_up,
    plain,
    repetition,
    sightings,
)


def cohort_of(kind: str, gap: float, seed: int = 1) -> Cohort:
    """The made-up lives as looks over five days show them."""
    lives = made_up(kind, seed)
    births, deaths = (np.array([getattr(life, name) for life in lives]) for name in ("since", "until"))
    looks = np.arange(gap / 3, 5 * DAY, gap)
    return sampled(births, deaths, looks, looks[-1])


@pytest.mark.parametrize("kind", ["lognormal", "weibull"])
@pytest.mark.parametrize("gap", GAPS)
def test_the_median_is_found_however_far_apart_the_looks_are(kind: str, gap: int) -> None:
    fit = fit_lifetimes(cohort_of(kind, gap))
    assert fit is not None
    median = fit.quantile(0.5, 0.99)
    assert median.low < MEDIAN < median.high
    assert abs(median.value / MEDIAN - 1) < 0.2


def test_kaplan_meier_on_who_is_there_in_one_snapshot_is_wrong_by_more_than_half_and_ours_is_not() -> None:
    lives = made_up("lognormal", 3)
    looks = np.arange(0, 5 * DAY, 3600.0)
    once = repetition(sightings(lives, np.arange(len(lives)), looks, 0.0), looks, 0.0, MEDIAN)
    assert once is not None
    assert once.ours is not None
    assert once.there > 1.5 * MEDIAN / 3600
    assert once.ours.like_low < MEDIAN < once.ours.like_high


def test_where_looks_are_frequent_it_agrees_with_lifelines() -> None:
    cohort = cohort_of("weibull", 30.0)
    fit = fit_lifetimes(cohort, [WEIBULL])
    assert fit is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = WeibullFitter().fit_interval_censoring(
            cohort.low + 15.0, cohort.high + 15.0, entry=np.full(len(cohort), 14.99)
        )
    assert fit.quantile(0.5, 0.9).value == pytest.approx(theirs.median_survival_time_, rel=0.01)


@pytest.mark.parametrize("gap", [600, 7200])
def test_the_estimate_without_a_family_agrees(gap: int) -> None:
    cohort = cohort_of("lognormal", gap)
    curve, fit = free_curve(cohort), fit_lifetimes(cohort)
    assert curve is not None
    assert fit is not None
    assert curve.quantile(0.5) == pytest.approx(MEDIAN, rel=0.15)
    at = np.linspace(2 * gap, 1.5 * DAY, 20)
    assert np.abs(fit.survival(at, 0.9)[0] - np.interp(at, curve.times, curve.survival)).max() < 0.06
    assert np.all(np.diff(curve.survival) <= 1e-12)


def test_the_share_of_lives_that_no_look_caught_is_told() -> None:
    lives = made_up("weibull", 5)
    looks = np.arange(0, 5 * DAY, 7200.0)
    births, deaths = (np.array([getattr(life, name) for life in lives]) for name in ("since", "until"))
    inside = (births > 0) & (births < looks[-1])
    unseen = np.mean(np.searchsorted(looks, births[inside]) == np.searchsorted(looks, deaths[inside]))
    fit = fit_lifetimes(sampled(births, deaths, looks, looks[-1]))
    assert fit is not None
    assert fit.unseen(0.9)[0] == pytest.approx(unseen, abs=0.06)


def test_too_few_ends_give_no_lifetime() -> None:
    cohort = cohort_of("lognormal", 600)
    ended = np.flatnonzero(np.isfinite(cohort.high))
    assert fit_lifetimes(cohort.taken(ended[: MINIMUM_ENDS - 1])) is None
    assert fit_lifetimes(cohort.taken(ended[:MINIMUM_ENDS])) is not None
    assert fit_lifetimes(cohort.taken(ended[:0])) is None


def test_lives_of_one_advertiser_count_for_less_than_as_many_of_many() -> None:
    cohort = cohort_of("lognormal", 600)
    # The same life five times over, of one advertiser each time.
    copies = np.repeat(np.arange(len(cohort)), 5)
    fits = [fit_lifetimes(cohort), fit_lifetimes(cohort.taken(copies))]
    widths = [fit.quantile(0.5, 0.9).high / fit.quantile(0.5, 0.9).low for fit in fits if fit is not None]
    assert widths[1] == pytest.approx(widths[0], rel=0.02)


def test_the_band_holds_the_curve_and_falls() -> None:
    fit = fit_lifetimes(cohort_of("weibull", 600))
    assert fit is not None
    value, low, high = fit.survival(np.linspace(600, DAY, 50), 0.9)
    assert np.all((low <= value) & (value <= high))
    assert np.all(np.diff(value) < 0)


def test_those_longer_than_a_time_end_later() -> None:
    fit = fit_lifetimes(cohort_of("lognormal", 7200))
    assert fit is not None
    assert fit.quantile(0.5, 0.9, 7200).value > fit.quantile(0.5, 0.9).value
    assert fit.quantile(0.25, 0.9).value < fit.quantile(0.5, 0.9).value < fit.quantile(0.75, 0.9).value


@pytest.mark.long
@only_long
@pytest.mark.timeout(7200)
def test_ninety_percent_intervals_hold_what_they_are_for_in_86_to_94_percent_and_the_bounds_hold_too() -> None:
    assert CONFIDENCE == 0.9
    for name, gap, truth, done in plain(150, (30, 600)):
        # Two standard errors of a share from so many repetitions are allowed on top.
        allowed = 0.04 + 2 * np.sqrt(0.9 * 0.1 / len(done))
        assert np.abs(np.array(covered(truth, done)) - 0.9).max() <= allowed, (name, gap)
    for name, gap, truth, done in plain(60, (3600,)):
        assert np.mean([entry.bounds_hold(truth) for entry in done]) >= 0.86, (name, gap)
