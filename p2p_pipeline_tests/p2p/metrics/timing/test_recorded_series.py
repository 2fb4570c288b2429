"""A recorded year: its aggregates have an hour effect that its lowest asks don't show, and shuffled it has none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import advise
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours, local_hours
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import RECORDING, ZONE, recorded

IS_LONG = os.environ.get("P2P_LONG_TESTS") == "1"
pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING} is missing"),
]


def test_the_whole_book_has_an_hour_effect_that_the_lowest_asks_do_not_show() -> None:
    whole, lowest = advise(recorded(Side.BUY, "vwap"), ZONE), advise(recorded(Side.BUY, "low"), ZONE)
    assert whole.verdict is Verdict.RECOMMENDED
    assert lowest.verdict is Verdict.NONE
    assert lowest.reason == "no hour is reliably better"


@pytest.mark.parametrize("zone", ["UTC", ZONE])
def test_hours_that_were_better_on_all_days_are_recommended_though_weekdays_differ(zone: str) -> None:
    found = advise(recorded(Side.SELL, "median"), zone)
    assert (found.verdict, found.by_weekday) == (Verdict.RECOMMENDED, False)
    assert found.mean_interval is not None
    assert found.mean_interval[0] > 0


def test_the_walk_through_the_lowest_asks_recommends_nothing_and_its_intervals_hold() -> None:
    found = summary(walk_forward(recorded(Side.BUY, "low"), ZONE))
    assert found.weeks == 48
    assert found.recommended_weeks <= 2
    assert found.coverage is not None
    assert 0.85 <= found.coverage <= 1


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
    hours = local_hours(recorded(side, measure), ZONE)
    found = 0
    for seed in range(runs):
        gains = GainHistory.of(changed(hours, way, np.random.default_rng(seed)), side).all()
        found += judge(gains, 0.9, 4, seed).verdict is Verdict.RECOMMENDED
    return found / runs


@pytest.mark.parametrize("way", WAYS)
def test_with_its_hours_shuffled_the_year_gives_no_advice(way: str) -> None:
    shares = [recommended_share(Side.BUY, measure, 3, way) for measure in ("vwap", "low")]
    assert sum(shares) <= 0.34


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not IS_LONG, reason="the long form; set P2P_LONG_TESTS=1")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("measure", ["low", "median", "vwap"])
@pytest.mark.parametrize("side", Side)
def test_with_its_hours_shuffled_each_series_gives_advice_in_at_most_5_of_100_cases(
    side: Side, measure: str, way: str
) -> None:
    assert recommended_share(side, measure, 200, way) <= 0.05
