"""Old weeks do not outvote new ones, and a rare bad day is not averaged away."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import advise_and_walk
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import PastWeek, Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.metrics.timing.recency import half_life, weights_of_weeks
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, summary
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.changing_series import CHANGING_FILE, TRAP_FILE, case, changing, trap

WEEKS, CHANGE = 18, 9
needs_cases = pytest.mark.skipif(not TRAP_FILE.exists(), reason=f"{TRAP_FILE} is missing")


def recommended_after(weeks: list[ScoredWeek], first_day: date, count: int) -> list[ScoredWeek]:
    """Weeks that recommended something once `count` weeks had gone since a change."""
    return [
        week
        for week in weeks
        if week.verdict is Verdict.RECOMMENDED and week.first_day >= first_day + timedelta(weeks=count)
    ]


CHANGED = date(2024, 1, 1) + timedelta(weeks=CHANGE)


def test_an_hour_that_is_mostly_better_and_rarely_far_worse_is_not_recommended() -> None:
    found = []
    for seed in range(16):
        side = list(Side)[seed % 2]
        gains = GainHistory.of(local_hours(trap(26, seed, side), "UTC"), side).all()
        found.append(judge(gains, 0.9, 4, seed))
    assert sum(one.verdict is Verdict.RECOMMENDED for one in found) <= 1
    # The hours are chosen as ever: it is the gain that says no.
    assert all(one.choice is not None and one.choice.chosen[3] for one in found)
    assert np.mean([one.choice.outlook.mean for one in found if one.choice]) == pytest.approx(0, abs=0.0006)


def test_the_worst_days_of_following_are_shown() -> None:
    found = advise(trap(12, 2), "UTC")
    assert found.worst_days_mean is not None
    assert -0.11 < found.worst_days_mean < -0.01
    assert summary([]).worst_days_mean is None
    calm, calm_weeks = advise_and_walk(changing("steady", 12, 0.004, 1), "UTC")
    worst = summary(calm_weeks).worst_days_mean
    assert calm.worst_days_mean is not None
    assert worst is not None
    assert calm.worst_days_mean < calm.expected_improvement
    assert worst == pytest.approx(calm.worst_days_mean, abs=0.002)


def test_a_rhythm_that_ended_is_dropped_within_4_weeks() -> None:
    weeks = walk_forward(changing("gone halfway", WEEKS, 0.005, 1), "UTC")
    assert any(week.verdict is Verdict.RECOMMENDED for week in weeks if week.first_day < CHANGED)
    assert recommended_after(weeks, CHANGED, 4) == []


def test_a_rhythm_that_turned_is_never_recommended_the_wrong_way_round_for_more_than_4_weeks() -> None:
    found, weeks = advise_and_walk(changing("turned halfway", WEEKS, 0.005, 2), "UTC")
    late = recommended_after(weeks, CHANGED, 4)
    assert all({hour.hour for hour in week.candidates} <= set(range(12, 24)) for week in late)
    assert found.verdict is Verdict.RECOMMENDED
    assert 18 in {hour.hour for hour in found.hours}
    assert found.half_life_weeks is not None
    assert found.expected_improvement == pytest.approx(0.0047, rel=0.2)


def test_a_new_rhythm_of_half_a_percent_is_found_within_8_weeks() -> None:
    found = advise(changing("only the last 8 weeks", WEEKS, 0.005, 3), "UTC")
    assert found.verdict is Verdict.RECOMMENDED
    assert 6 in {hour.hour for hour in found.hours}


def test_weeks_are_forgotten_where_that_foretells_better_and_only_there() -> None:
    def chosen(kind: str, seed: int) -> float:
        return half_life(GainHistory.of(local_hours(changing(kind, 26, 0.005, seed), "UTC"), Side.BUY).all().daily)

    assert all(chosen("turned halfway", seed) <= 4 for seed in range(5))
    assert sum(chosen("steady", seed) >= 8 for seed in range(20)) >= 18
    assert half_life(np.full((70, 24), np.nan)) == half_life(np.zeros((14, 24))) == math.inf


def test_what_did_not_pay_lately_is_not_recommended_and_misses_widen_the_interval() -> None:
    gains = GainHistory.of(local_hours(changing("steady", 8, 0.004, 4), "UTC"), Side.BUY).all()
    paid = judge(gains, 0.9, 4, 0, [PastWeek(week, 0.004, True) for week in (5, 6, 7)])
    lost = judge(gains, 0.9, 4, 0, [PastWeek(week, -0.001, False) for week in (5, 6, 7)])
    assert paid.verdict is Verdict.RECOMMENDED
    assert lost.verdict is Verdict.NONE
    assert "lately" in lost.reason
    assert paid.choice is not None
    assert lost.choice is not None

    def width(interval: tuple[float, float]) -> float:
        return interval[1] - interval[0]

    plain = judge(gains, 0.9, 4).choice
    assert plain is not None
    widths = [width(choice.outlook.week_interval) for choice in (paid.choice, plain, lost.choice)]
    assert widths[0] < widths[1] < 0.5 * widths[2]
    assert lost.choice.outlook.mean < paid.choice.outlook.mean


@needs_cases
def test_the_trap_of_the_analyst_is_recommended_by_none_of_its_series() -> None:
    for name, series in case(TRAP_FILE).items():
        assert advise(series, "UTC").verdict is Verdict.NONE, name


@needs_cases
@pytest.mark.parametrize("name", ["rhythm_gone_halfway", "rhythm_turned_halfway", "rhythm_only_last_8_weeks"])
def test_the_changing_rhythms_of_the_analyst_are_followed(name: str) -> None:
    found, weeks = advise_and_walk(case(CHANGING_FILE)[name], "UTC")
    # The file begins on 2025-09-01 and has 26 weeks.
    late = recommended_after(weeks, date(2025, 9, 1) + timedelta(weeks=13), 4)
    if name == "rhythm_gone_halfway":
        assert late == []
        assert found.verdict is Verdict.NONE
    else:
        assert found.verdict is Verdict.RECOMMENDED
        assert found.expected_improvement == pytest.approx(0.0045, rel=0.2)
    if name == "rhythm_turned_halfway":
        assert all(week.candidate_realised > 0 for week in late)


def test_a_week_that_has_only_begun_chooses_no_half_life_and_makes_no_week_older() -> None:
    # The recorded year ended on a Thursday, whose three days took its half-life from 16 weeks to 1.
    random = np.random.default_rng(3)
    wave, other = (np.cos(2 * np.pi * (np.arange(24) - turned) / 24) for turned in (6, 18))
    whole = 0.005 * np.tile(wave, (26 * 7, 1)) + random.normal(0, 0.001, (26 * 7, 24))
    whole[-7:] += 0.02 * other
    week = np.full((7, 24), np.nan)
    week[:3] = 0.05 * other
    assert half_life(np.vstack([whole, week])) == half_life(whole) == math.inf
    # Seen to its end it is a week like the others, and says that the last one is to be believed most.
    week[:] = 0.05 * other
    assert half_life(np.vstack([whole, week])) == 1.0
    np.testing.assert_array_equal(weights_of_weeks(4, 2.0, newest_is_under_way=True), [*weights_of_weeks(3, 2.0), 1.0])
