"""Markets that were looked at only here and there: what was seen counts, and noise stays noise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import advise_and_walk
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, summary
from p2p_pipeline.p2p.trading_hours import TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise, walk_forward
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


def nine_of_ten(at: NDArray[np.int64], random: np.random.Generator) -> Flags:
    return np.asarray(random.random(len(at)) < 0.9)


WAYS: dict[str, Callable[[NDArray[np.int64], np.random.Generator], Flags]] = {
    "five looks a day": five_a_day,
    "in the office": in_the_office,
    "every four hours": every_four_hours,
}
ALL_WAYS = {**WAYS, "nine hours of ten": nine_of_ten}


def looked_at(way: str, seed: int, wave: float, noise: str = "drift of 5 % a week") -> Floats:
    random, at = np.random.default_rng([seed, 7]), np.arange(WEEKS * WEEK, dtype=np.int64)
    logs = NOISES[noise](len(at), random) + rhythm(len(at), wave)
    logs[~ALL_WAYS[way](at, random)] = np.nan
    return logs


def is_recommended(logs: Floats, seed: int) -> bool:
    history = GainHistory.of(local_hours(hourly(logs), "UTC"), Side.BUY)
    return judge(history.all(), 0.9, 4, seed).verdict is Verdict.RECOMMENDED


@pytest.mark.parametrize("way", WAYS)
def test_a_rhythm_is_found_where_no_day_was_seen_half(way: str) -> None:
    found = [advise(hourly(looked_at(way, seed, 0.003)), "UTC", seed=seed) for seed in range(3)]
    assert all(one.weeks > 6 for one in found)
    assert sum(bool(one.hours) for one in found) >= 2
    for one in found:
        seen = [effect.at.hour for effect in one.effects]
        wave = rhythm(24, 0.003)
        truth = wave[seen].mean() - wave[[hour.hour for hour in one.candidates]].mean()
        assert one.candidate_improvement == pytest.approx(truth, abs=0.0008)


@pytest.mark.parametrize("way", WAYS)
def test_without_a_rhythm_looks_here_and_there_give_no_advice(way: str) -> None:
    noises = ("random walk", "autoregressive 0.5")
    found = [is_recommended(looked_at(way, seed, 0.0, noise), seed) for noise in noises for seed in range(8)]
    assert sum(found) <= 1


def test_weeks_of_a_few_looks_are_judged() -> None:
    assert summary(walk_forward(hourly(looked_at("every four hours", 1, 0.003)), "UTC")).weeks == 9


@pytest.mark.parametrize("traded", ["0-24", "8-22"])
@pytest.mark.parametrize("way", ALL_WAYS)
def test_advice_from_a_few_looks_knows_nothing_of_what_comes(way: str, traded: str) -> None:
    """Levels of days lean on hours seen on other days: they once let later weeks tell how earlier advice had done."""
    logs, now = looked_at(way, 2, 0.003), 10 * WEEK
    # Advice made now takes the last price for the end of what could have been seen, a week judged later its midnight.
    logs[now - 1] = np.nanmean(logs[now - 24 : now])
    later = logs.copy()
    later[now:] = NOISES["random walk"](len(logs) - now, np.random.default_rng(0)) - rhythm(len(logs) - now, 0.02)
    trading = TradingHours.parse(traded)
    told, weeks = advise_and_walk(hourly(logs[:now]), "UTC", minimum_weeks=2, trading=trading)
    judged = walk_forward(hourly(later), "UTC", minimum_weeks=2, trading=trading)
    by_day = {week.first_day: week for week in judged}
    both = [(week, by_day[week.first_day]) for week in weeks if week.first_day in by_day]
    assert len(both) >= 3
    for week, other in both:
        assert (week.candidates, week.verdict) == (other.candidates, other.verdict)
        assert foretold(week) == pytest.approx(foretold(other), abs=1e-12)
    then = by_day[date(2024, 1, 1) + timedelta(weeks=10)]
    assert (then.candidates, then.verdict) == (told.candidates, told.verdict)
    assert foretold(then) == pytest.approx([told.candidate_improvement, *(told.interval or ())], abs=1e-12)


def foretold(week: ScoredWeek) -> list[float]:
    return [week.candidate_improvement, week.low, week.high]
