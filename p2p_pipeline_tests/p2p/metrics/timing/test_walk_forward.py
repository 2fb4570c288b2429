"""The advice judged on weeks it had not seen."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, summary
from p2p_pipeline_tests.p2p.metrics.timing.advising import advise, walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MONDAY, NOISES, WEEK, hourly, rhythm

ADVICE = ("verdict", "by_weekday", "candidates", "candidate_improvement", "low", "high", "weeks_known", "overlap")


def said(week: ScoredWeek) -> tuple[object, ...]:
    # Rounded, because the sums behind a level are added in another order for a series of another length.
    values = (getattr(week, name) for name in ADVICE)
    return tuple(round(value, 12) if isinstance(value, float) else value for value in values)


@pytest.mark.parametrize("zone", ["UTC", "America/La_Paz"])
def test_what_comes_later_changes_nothing_that_was_advised(zone: str) -> None:
    random = np.random.default_rng(1)
    logs = NOISES["random walk"](12 * WEEK, random) + rhythm(12 * WEEK, 0.002)
    cut = 9 * WEEK + (4 if zone == "America/La_Paz" else 0)
    changed = logs.copy()
    changed[cut:] = 0.5 + random.normal(size=len(logs) - cut)
    before, after = walk_forward(hourly(logs), zone), walk_forward(hourly(changed), zone)
    monday = date(2024, 3, 4)
    known = [(said(one), said(other)) for one, other in zip(before, after, strict=False) if one.first_day <= monday]
    assert len(known) >= 4
    assert all(one == other for one, other in known)
    scored = {week.first_day: week.candidate_realised for week in after}
    assert any(scored.get(week.first_day) != week.candidate_realised for week in before)


def test_what_is_advised_at_a_weeks_beginning_is_what_a_person_had_been_told_then() -> None:
    logs = NOISES["random walk"](12 * WEEK, np.random.default_rng(2)) + rhythm(12 * WEEK, 0.002)
    told = advise(hourly(logs[: 9 * WEEK]), "UTC")
    (scored,) = [week for week in walk_forward(hourly(logs), "UTC") if week.first_day == date(2024, 3, 4)]
    assert scored.candidates == told.candidates
    assert (scored.low, scored.high) == pytest.approx(told.interval, rel=1e-9)


@pytest.mark.parametrize("side", Side)
def test_following_a_clear_rhythm_gives_what_was_promised(side: Side) -> None:
    logs = NOISES["random walk"](20 * WEEK, np.random.default_rng(3)) + rhythm(20 * WEEK, 0.004)
    weeks = walk_forward(hourly(logs, side), "UTC")
    found = summary(weeks)
    assert found.weeks == 16
    assert found.recommended_weeks == 16
    assert found.realised_improvement == pytest.approx(0.0037, abs=0.0006)
    assert found.coverage is not None
    assert 0.75 <= found.coverage <= 1
    assert found.stability is not None
    assert found.stability > 0.6
    assert found.regret is not None
    assert 0 <= found.regret < 0.002


def test_where_nothing_is_recommended_following_gives_nothing_and_candidates_are_still_scored() -> None:
    weeks = walk_forward(hourly(NOISES["random walk"](20 * WEEK, np.random.default_rng(4))), "UTC")
    quiet = [week for week in weeks if week.verdict is Verdict.NONE]
    assert len(quiet) >= 14
    assert {week.realised for week in quiet} == {0.0}
    assert all(week.candidate_realised != 0 and week.regret > 0 for week in quiet)


def test_a_week_that_nobody_saw_is_not_scored() -> None:
    logs = NOISES["random walk"](14 * WEEK, np.random.default_rng(5)) + rhythm(14 * WEEK, 0.004)
    logs[8 * WEEK : 10 * WEEK] = np.nan
    days = [week.first_day for week in walk_forward(hourly(logs), "UTC")]
    assert days[0] == date.fromordinal(date(2024, 1, 1).toordinal() + 28)
    assert not {date(2024, 2, 26), date(2024, 3, 4)} & set(days)
    assert len(days) == 8


def test_too_short_a_history_is_scored_on_no_week() -> None:
    found = summary(walk_forward(hourly(np.zeros(3 * WEEK), start=MONDAY), "UTC"))
    assert (found.weeks, found.realised_improvement, found.coverage, found.stability) == (0, 0.0, None, None)
    assert walk_forward(hourly(np.full(5, np.nan)), "UTC") == []
