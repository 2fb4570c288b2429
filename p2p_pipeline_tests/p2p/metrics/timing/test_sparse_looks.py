"""Markets that were looked at only here and there: what was seen counts, and noise stays noise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.timing.advice import advise
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, Floats, hourly, rhythm

Flags = NDArray[np.bool_]
WEEKS = 13


def five_a_day(at: NDArray[np.int64], random: np.random.Generator) -> Flags:
    return np.asarray(random.random(len(at)) < 5 / 24)


def in_the_office(at: NDArray[np.int64], random: np.random.Generator) -> Flags:
    """From 9 to 18 on four of five weekdays, and a stray look at any other time."""
    is_open = (at % 24 >= 9) & (at % 24 < 18) & (at // 24 % 7 < 5) & np.repeat(random.random(len(at) // 24) < 0.8, 24)
    return np.asarray(is_open | (random.random(len(at)) < 0.05))


def every_four_hours(at: NDArray[np.int64], random: np.random.Generator) -> Flags:
    return np.asarray(at % 4 == 0)


WAYS: dict[str, Callable[[NDArray[np.int64], np.random.Generator], Flags]] = {
    "five looks a day": five_a_day,
    "in the office": in_the_office,
    "every four hours": every_four_hours,
}


def looked_at(way: str, seed: int, wave: float, noise: str = "drift of 5 % a week") -> Floats:
    random, at = np.random.default_rng([seed, 7]), np.arange(WEEKS * WEEK, dtype=np.int64)
    logs = NOISES[noise](len(at), random) + rhythm(len(at), wave)
    logs[~WAYS[way](at, random)] = np.nan
    return logs


@pytest.mark.parametrize("way", WAYS)
def test_a_rhythm_is_found_where_no_day_was_seen_half(way: str) -> None:
    found = [advise(hourly(looked_at(way, seed, 0.003)), "UTC", seed=seed) for seed in range(3)]
    assert all(one.weeks > 6 for one in found)
    assert sum(bool(one.hours) for one in found) == 3
    for one in found:
        seen = [effect.at.hour for effect in one.effects]
        wave = rhythm(24, 0.003)
        truth = wave[seen].mean() - wave[[hour.hour for hour in one.candidates]].mean()
        assert one.candidate_improvement == pytest.approx(truth, abs=0.0008)


@pytest.mark.parametrize("way", WAYS)
def test_without_a_rhythm_looks_here_and_there_give_no_advice(way: str) -> None:
    noises = ("random walk", "autoregressive 0.5")
    found = [advise(hourly(looked_at(way, seed, 0.0, noise)), "UTC") for noise in noises for seed in range(4)]
    assert sum(bool(one.hours) for one in found) <= 1


def test_weeks_of_a_few_looks_are_judged_and_know_nothing_of_what_comes() -> None:
    logs = looked_at("every four hours", 1, 0.003)
    before = walk_forward(hourly(logs), "UTC")
    assert summary(before).weeks == 9
    changed = logs.copy()
    changed[10 * WEEK :] += 0.5 * np.random.default_rng(0).normal(size=len(logs) - 10 * WEEK)
    after = {week.first_day: week for week in walk_forward(hourly(changed), "UTC")}
    for week in before:
        if week.first_day <= date(2024, 3, 11):
            other = after[week.first_day]
            assert (week.candidates, week.verdict) == (other.candidates, other.verdict)
            assert week.candidate_improvement == pytest.approx(other.candidate_improvement, abs=1e-12)
