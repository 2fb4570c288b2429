"""What is unusual is told, what is calm is left alone, and nothing is known before it could be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.unusual.grid import HourGrid
from p2p_pipeline.p2p.metrics.unusual.judge import STAYING_HOURS, Judge, Verdict, judged
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice, choose_level
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, to_level
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import (
    FIRST_HOUR,
    Floats,
    judged_day,
    noisy_prices,
    rhythm,
    walking_prices,
)

DAY = 24
AT = 40 * DAY
"""Where things happen: the last day but ten of fifty."""


def followed(values: Floats, level_hours: int = 6, kind: Kind = Kind.PRICE) -> list[Verdict]:
    """Every hour judged in one go, the rhythm of made-up prices known."""
    grid = HourGrid(FIRST_HOUR, to_level(kind, values))
    return judged(grid, rhythm(len(values)), kind, LevelChoice(level_hours))


def states(verdicts: list[Verdict], first: int, last: int) -> list[State]:
    return [verdict.state for verdict in verdicts[first:last]]


@pytest.mark.parametrize("seed", range(5))
def test_a_spike_is_unusual_while_it_lasts_and_not_after(seed: int) -> None:
    prices = walking_prices(50 * DAY, seed)
    prices[AT : AT + 4] *= 1.04
    found = followed(prices)
    assert states(found, AT, AT + 4) == [State.UNUSUAL] * 4
    assert states(found, AT + 4, AT + 30) == [State.NORMAL] * 26
    assert all((verdict.score or 0) > 4 for verdict in found[AT : AT + 4])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_devaluation_is_unusual_at_once_and_a_regime_change_half_a_day_later(seed: int, factor: float) -> None:
    prices = walking_prices(50 * DAY, seed)
    prices[AT:] *= factor
    found = followed(prices)
    assert states(found, AT, AT + STAYING_HOURS - 1) == [State.UNUSUAL] * (STAYING_HOURS - 1)
    assert states(found, AT + STAYING_HOURS, AT + 40).count(State.REGIME_CHANGE) == 40 - STAYING_HOURS
    assert states(found, AT + 48, AT + 96) == [State.NORMAL] * 48
    told = found[AT + 20]
    assert told.since_hour == FIRST_HOUR + AT
    assert told.shift == pytest.approx(np.log(factor), abs=0.02)


def test_a_level_that_comes_back_within_the_week_is_recognised_at_once() -> None:
    prices = walking_prices(50 * DAY, seed=6)
    prices[AT : AT + 30] *= 0.7
    found = followed(prices)
    assert State.UNUSUAL not in states(found, AT + 30, AT + 60)
    assert State.REGIME_CHANGE not in states(found, AT + 30, AT + 60)


@pytest.mark.parametrize("seed", range(4))
def test_a_slow_drift_is_neither_unusual_nor_a_regime_change(seed: int) -> None:
    prices = walking_prices(50 * DAY, seed)
    prices[AT - 10 * DAY :] *= np.exp(0.005 * np.arange(20 * DAY) / DAY)
    assert set(states(followed(prices), AT - 10 * DAY, 50 * DAY)) == {State.NORMAL}


def test_a_wilder_time_is_noticed_and_then_becomes_the_usual() -> None:
    generator = np.random.default_rng(7)
    steps = generator.normal(0, 0.001, 70 * DAY)
    steps[AT:] *= 4
    found = followed(np.exp(2 + rhythm(70 * DAY) + np.cumsum(steps)))
    assert states(found, AT + 20 * DAY, 70 * DAY).count(State.UNUSUAL) <= 2
    assert State.REGIME_CHANGE not in states(found, AT + 10 * DAY, 70 * DAY)


@pytest.mark.parametrize("noise", [0.0, 0.001])
def test_a_price_that_stood_still_does_not_make_news_of_its_smallest_step(noise: float) -> None:
    prices = np.full(40 * DAY, 10.0) * np.exp(np.random.default_rng(8).normal(0, noise, 40 * DAY))
    prices[-5:] *= 1.0015
    found = judged(HourGrid(FIRST_HOUR, np.log(prices)), np.zeros(len(prices)), Kind.PRICE, LevelChoice(24))
    assert State.UNUSUAL not in {verdict.state for verdict in found}


def test_a_gap_of_days_makes_the_old_level_no_yardstick() -> None:
    prices = walking_prices(50 * DAY, seed=9)
    prices[AT : AT + 3 * DAY] = np.nan
    prices[AT + 3 * DAY :] *= 1.2
    found = followed(prices)
    assert set(states(found, AT, AT + 3 * DAY)) == {State.NO_DATA}
    assert states(found, AT + 3 * DAY, AT + 3 * DAY + 6) == [State.NOT_ENOUGH_HISTORY] * 6
    assert set(states(found, AT + 3 * DAY + 6, AT + 4 * DAY)) == {State.NORMAL}


@given(st.integers(0, 5), st.integers(1, 9 * DAY), st.floats(0.2, 5))
@settings(max_examples=20, deadline=None)
def test_changing_the_future_changes_no_verdict_of_the_past(seed: int, kept: int, factor: float) -> None:
    prices = walking_prices(10 * DAY, seed)
    other = prices.copy()
    other[kept:] *= factor
    assert followed(prices)[:kept] == followed(other)[:kept]


@given(st.integers(0, 30), st.integers(1, 23))
@settings(max_examples=8, deadline=None)
def test_changing_a_day_s_later_hours_changes_no_verdict_of_its_earlier_ones(seed: int, kept: int) -> None:
    prices = noisy_prices(36 * DAY, seed)
    other = prices.copy()
    other[35 * DAY + kept :] *= 1.5
    assert judged_day(prices).verdicts[:kept] == judged_day(other).verdicts[:kept]
    assert judged_day(prices[: 35 * DAY + kept], hours_of_day=kept).verdicts == judged_day(prices).verdicts[:kept]


@given(st.integers(0, 1000), st.sampled_from([1e-6, 0.001, 1000.0, 1e9]))
@settings(max_examples=8, deadline=None)
def test_prices_in_other_units_have_the_same_scores(seed: int, factor: float) -> None:
    prices = noisy_prices(40 * DAY, seed)
    prices[-7:-4] *= 1.05
    scores, scaled = (
        [verdict.score for verdict in judged_day(values).verdicts] for values in (prices, prices * factor)
    )
    assert scaled == pytest.approx(scores, rel=1e-5, abs=1e-5)


@given(
    st.sampled_from(
        [("vwap", 7.5), ("vwap", 1e-9), ("offers", 0.0), ("offers", 40.0), ("spread", -0.01), ("spread", 0)]
    ),
    st.integers(1, 45),
)
@settings(max_examples=25, deadline=None)
def test_a_constant_series_is_normal_and_never_nan(measure: tuple[str, float], days: int) -> None:
    name, level = measure
    for verdict in judged_day(np.full(days * DAY, level), name).verdicts:
        assert verdict.state in {State.NORMAL, State.NOT_ENOUGH_HISTORY}
        assert verdict.score is None or verdict.score == pytest.approx(0, abs=1e-6)
        assert verdict.sigma is None or verdict.sigma > 0


@pytest.mark.parametrize("hours", [*range(1, 78, 4), 78, 79, 95, 96])
def test_too_short_a_history_is_a_state_and_no_number_for_every_short_length(hours: int) -> None:
    verdicts = followed(noisy_prices(hours, seed=hours))
    early = verdicts[:78]
    assert {verdict.state for verdict in early} == {State.NOT_ENOUGH_HISTORY}
    assert all(verdict.score is None and verdict.expected is None for verdict in early)


def test_prices_of_zero_and_below_are_no_prices() -> None:
    prices = noisy_prices(40 * DAY, seed=11)
    prices[-3:] = [0.0, -1.0, np.inf]
    found = judged_day(prices)
    assert [verdict.state for verdict in found.verdicts[-3:]] == [State.NO_DATA] * 3
    assert all(np.isfinite(verdict.score or 0.0) for verdict in found.verdicts)


def test_the_level_s_length_follows_how_the_measure_moves() -> None:
    generator = np.random.default_rng(12)
    assert choose_level(np.cumsum(generator.normal(0, 1, 1000))).hours == 1
    assert choose_level(generator.normal(0, 1, 1000)).hours == 96
    assert choose_level(np.empty(0)).hours == 6


def test_calm_markets_rarely_alarm() -> None:
    unusual = hours = 0
    for seed in range(6):
        for prices, level_hours in ((noisy_prices(70 * DAY, seed), 96), (walking_prices(70 * DAY, seed), 6)):
            found = followed(prices, level_hours)[28 * DAY :]
            unusual += sum(verdict.state is not State.NORMAL for verdict in found)
            hours += len(found)
    assert unusual / hours < 0.002


def test_a_judge_of_no_hours_says_nothing() -> None:
    assert judged(HourGrid(0, np.empty(0)), np.empty(0), Kind.PRICE, LevelChoice(6)) == []
    assert Judge(Kind.PRICE, LevelChoice(6)).verdict(1, 2.0, 0.0).state is State.NOT_ENOUGH_HISTORY
