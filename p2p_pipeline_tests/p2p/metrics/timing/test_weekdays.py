"""A weekday that is better at any hour is found and named as a weekday; one that is not is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.advice import advise_and_walk
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import Judgement, Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.metrics.timing.weekdays import whole_days
from p2p_pipeline.p2p.trading_hours import TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import RECORDING, ZONE, recorded
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, Floats, hourly
from p2p_pipeline_tests.p2p.metrics.timing.test_recorded_series import changed

WEEKS = 26


def mondays(seed: int, cheaper: float = 0.01, noise: str = "random walk") -> Floats:
    """Half a year in which Mondays are 1 % cheaper and all hours are alike."""
    walk = NOISES[noise](WEEKS * WEEK, np.random.default_rng([seed, 99]))
    return np.asarray(walk - cheaper * (np.arange(WEEKS * WEEK) // 24 % 7 == 0))


def judged(logs: Floats, seed: int) -> Judgement:
    return judge(GainHistory.of(local_hours(hourly(logs), "UTC"), Side.BUY).all(), 0.9, 4, seed)


def is_of_weekdays(found: Judgement) -> bool:
    return found.verdict is Verdict.RECOMMENDED and found.choice is not None and found.choice.is_of_weekdays


def test_cheap_mondays_are_found_and_no_hour_of_them_is_named() -> None:
    found = [judged(mondays(seed), seed) for seed in range(8)]
    assert sum(is_of_weekdays(one) for one in found) >= 6
    for one in found:
        if is_of_weekdays(one) and one.choice is not None:
            assert one.choice.chosen.reshape(7, 24).all(axis=1).tolist() == [True] + [False] * 6
            # Against a random time of the week, Mondays included: 6/7 of 1 %. The level of a week leaves it whole.
            assert one.choice.outlook.mean == pytest.approx(0.01 * 6 / 7, abs=0.004)


def shuffled_days(logs: Floats, random: np.random.Generator) -> Floats:
    """The days of each week in another order, each joined to the day before it: its hours stay, its weekday goes."""
    steps = np.diff(logs, prepend=logs[0]).reshape(-1, 7, 24)
    return np.concatenate([week[random.permutation(7)] for week in steps]).ravel().cumsum()


@pytest.mark.parametrize("noise", ["walk and autoregressive 0.9", "autoregressive 0.95"])
def test_without_a_weekday_that_is_better_none_is_recommended(noise: str) -> None:
    quiet = [judged(mondays(seed, 0.0, noise), seed) for seed in range(8)]
    shuffled = [judged(shuffled_days(mondays(seed), np.random.default_rng(seed)), seed) for seed in range(8)]
    assert sum(one.verdict is Verdict.RECOMMENDED for one in [*quiet, *shuffled]) <= 1


def test_the_advice_and_its_walk_forward_say_monday_in_the_hours_a_person_has() -> None:
    series = hourly(mondays(0))
    found, scored = advise_and_walk(series, "UTC", trading=TradingHours.parse("8-22"))
    assert found.is_of_weekdays
    assert {(at.weekday, at.hour) for at in found.hours} == {(0, hour) for hour in range(8, 22)}
    assert {effect.at.hour for effect in found.effects} == set(range(8, 22))
    followed = [week for week in scored if week.verdict is Verdict.RECOMMENDED]
    assert followed
    assert np.mean([week.realised for week in followed]) > 0.004


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_weekday_is_held_against_the_same_hours_of_other_days_whichever_were_seen(seed: int) -> None:
    random = np.random.default_rng(seed)
    effects, hours = random.normal(size=7), random.normal(size=24)
    weekly = np.tile((effects[:, None] + 5 * hours).ravel(), (20, 1)) + random.normal(size=(20, 1))
    whole = whole_days(weekly)
    np.testing.assert_allclose(whole, np.tile(effects - effects.mean(), (20, 1)), atol=1e-9)
    # Whole hours unseen on all days change nothing, however dear they are.
    weekly.reshape(20, 7, 24)[:, :, random.random(24) < 0.4] = np.nan
    known = np.isfinite(whole_days(weekly))
    np.testing.assert_allclose(whole_days(weekly)[known], whole[known], atol=1e-9)


@pytest.mark.recordings
@pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING} is missing")
def test_the_recorded_weekdays_without_their_hours_are_named_as_weekdays() -> None:
    """Shuffled within each day hours are gone and weekdays stay: once 45 to 56 % named hours of the week."""
    hours, found = local_hours(recorded(Side.BUY, "median"), ZONE), []
    for seed in range(8):
        kept = changed(hours, "shuffled within each day", np.random.default_rng(seed))
        found.append(judge(GainHistory.of(kept, Side.BUY).all(), 0.9, 4, seed))
    named = [one for one in found if one.verdict is Verdict.RECOMMENDED]
    assert sum(not is_of_weekdays(one) for one in named) <= 1
    assert sum(is_of_weekdays(one) for one in named) >= 4
