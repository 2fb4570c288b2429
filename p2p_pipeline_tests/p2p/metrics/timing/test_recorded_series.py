"""A recorded year: its aggregates have an hour effect that its lowest asks don't show, and shuffled it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import Advice, advise_and_walk
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours, local_hours
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, summary
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import RECORDING, ZONE, recorded

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING} is missing"),
]


@cache
def advised(side: Side, measure: str) -> tuple[Advice, list[ScoredWeek]]:
    return advise_and_walk(recorded(side, measure), ZONE)


def test_the_whole_book_has_an_hour_effect_that_the_lowest_asks_do_not_show() -> None:
    whole, lowest = advised(Side.BUY, "vwap")[0], advised(Side.BUY, "low")[0]
    assert whole.verdict is Verdict.RECOMMENDED
    assert lowest.verdict is Verdict.NONE
    assert lowest.reason == "no hour is reliably better"


def test_an_effect_that_grew_over_the_year_is_followed_and_gives_what_was_promised() -> None:
    found, weeks = advised(Side.SELL, "median")
    assert found.verdict is Verdict.RECOMMENDED
    assert found.mean_interval is not None
    assert found.mean_interval[0] > 0
    told = [week for week in weeks if week.verdict is Verdict.RECOMMENDED]
    assert len(told) >= 40
    promised, given = (
        np.mean([getattr(week, name) for week in told]) for name in ("candidate_improvement", "realised")
    )
    assert given == pytest.approx(promised, rel=0.15)


@pytest.mark.parametrize(("side", "measure"), [(Side.SELL, "vwap"), (Side.BUY, "median")])
def test_what_was_recommended_each_monday_is_not_dropped_for_a_week_of_three_days(side: Side, measure: str) -> None:
    found, weeks = advised(side, measure)
    assert all(week.verdict is Verdict.RECOMMENDED for week in weeks[-10:])
    assert found.verdict is Verdict.RECOMMENDED


@pytest.mark.parametrize(("side", "measure"), [(Side.BUY, "low"), (Side.BUY, "vwap"), (Side.SELL, "median")])
def test_the_intervals_of_the_walk_hold_in_86_to_94_of_100_weeks(side: Side, measure: str) -> None:
    found = summary(advised(side, measure)[1])
    assert found.weeks >= 46
    assert found.coverage is not None
    assert 0.86 <= found.coverage <= 0.94


def test_the_walk_through_the_lowest_asks_recommends_nothing() -> None:
    assert summary(advised(Side.BUY, "low")[1]).recommended_weeks <= 2


def by_day(hours: LocalHours) -> NDArray[np.int64]:
    return hours.days


def by_week(hours: LocalHours) -> NDArray[np.int64]:
    return hours.days // 7


WAYS: dict[str, tuple[Callable[[LocalHours], NDArray[np.int64]], bool]] = {
    "shuffled within each day": (by_day, True),
    "each day turned by some hours": (by_day, False),
    "shuffled within each week": (by_week, True),
    "each week turned by some hours": (by_week, False),
}
"""Within a day the hours are gone and the weekdays stay; within a week both are gone. Turned, neighbours stay so."""


def changed(hours: LocalHours, way: str, random: np.random.Generator) -> LocalHours:
    """The series with its hours changed."""
    part_of, is_shuffled = WAYS[way]
    parts, logs = part_of(hours), hours.logs.copy()
    for part in np.unique(parts):
        places = np.flatnonzero(parts == part)
        other = random.permutation(places) if is_shuffled else np.roll(places, random.integers(len(places)))
        logs[places] = logs[other]
    return replace(hours, logs=logs)


def recommended_share(side: Side, measure: str, runs: int, way: str) -> float:
    """How often hours are recommended; whole weekdays count only where they are gone too."""
    hours = local_hours(recorded(side, measure), ZONE)
    found = 0
    for seed in range(runs):
        gains = GainHistory.of(changed(hours, way, np.random.default_rng(seed)), side).all()
        told = judge(gains, 0.9, 4, seed)
        has_weekdays = WAYS[way][0] is by_day and told.choice is not None and told.choice.is_of_weekdays
        found += told.verdict is Verdict.RECOMMENDED and not has_weekdays
    return found / runs


@pytest.mark.parametrize("way", WAYS)
def test_with_its_hours_shuffled_the_year_gives_no_advice(way: str) -> None:
    shares = [recommended_share(Side.BUY, measure, 3, way) for measure in ("vwap", "low")]
    assert sum(shares) <= 0.34


@pytest.mark.long
@pytest.mark.timeout(3600)
@only_long
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("measure", ["low", "median", "vwap"])
@pytest.mark.parametrize("side", Side)
def test_with_its_hours_shuffled_each_series_gives_advice_in_at_most_5_of_100_cases(
    side: Side, measure: str, way: str
) -> None:
    assert recommended_share(side, measure, 200, way) <= 0.05
