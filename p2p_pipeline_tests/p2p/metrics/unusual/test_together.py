"""Measures judged together: what all show a little is told, what one shows is judged alone, and calm stays calm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.judge import Look
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice, choose_level
from p2p_pipeline.p2p.metrics.unusual.market_judge import judged_together
from p2p_pipeline.p2p.metrics.unusual.measures import Kind
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import Spread
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.metrics.unusual.together import CONFIRMED_SIGMAS, Member, Together

HOURS = 500
PRICES = [Member(side, measure, Kind.PRICE) for side in Side for measure in ("vwap", "median")]
OTHERS = [Member(Side.BUY, "offers", Kind.COUNT), Member(Side.SELL, "offers", Kind.COUNT)]


def looks_of(scores: list[float]) -> list[Look | None]:
    return [Look(0, 0.0, 0.0, 0.0, score * 0.01, Spread(0.0, 0.01), score) for score in scores]


def followed(members: list[Member], seed: int = 1, common: float = 0.0) -> Together:
    generator = np.random.default_rng(seed)
    together = Together(members)
    for hour in range(HOURS):
        scores = generator.normal(0, 1, len(members)) + common * generator.normal()
        together.judge(hour, looks_of(scores.tolist()))
    return together


def test_four_prices_that_each_move_by_three_sigmas_make_an_alarm_and_one_alone_does_not() -> None:
    joint = followed(PRICES).judge(HOURS, looks_of([3.0, 3.0, 3.0, 3.0]))
    assert (joint.score or 0) > 4
    assert set(joint.thresholds) == {CONFIRMED_SIGMAS}
    alone = followed(PRICES).judge(HOURS, looks_of([3.0, 0.2, -0.3, 0.1]))
    assert set(alone.thresholds) == {4.0}


def test_measures_that_always_move_together_confirm_nothing() -> None:
    joint = followed(PRICES, common=6.0).judge(HOURS, looks_of([3.0, 3.0, 3.0, 3.0]))
    assert set(joint.thresholds) == {4.0}


def test_a_measure_that_moved_the_other_way_or_not_at_all_is_not_called_unusual_with_the_rest() -> None:
    joint = followed(PRICES).judge(HOURS, looks_of([3.8, 3.8, 3.8, 0.5]))
    assert joint.thresholds == (CONFIRMED_SIGMAS,) * 3 + (4.0,)
    assert joint.moved == (0, 1, 2)


def test_offers_that_vanish_while_a_price_moves_are_told_together() -> None:
    depth = [Member(side, "asset_near_best", Kind.AMOUNT) for side in Side]
    joint = followed([PRICES[0], PRICES[2], *OTHERS, *depth]).judge(
        HOURS, looks_of([3.9, -0.2, -3.9, -3.9, -3.9, -3.9])
    )
    assert joint.thresholds == (CONFIRMED_SIGMAS, 4.0, *[CONFIRMED_SIGMAS] * 4)


@pytest.mark.parametrize("members", [PRICES[:2], [*PRICES, *OTHERS]])
def test_calm_measures_together_alarm_about_as_rarely_as_one(members: list[Member]) -> None:
    alarms = 0
    generator = np.random.default_rng(6)
    together = Together(members)
    for hour in range(1500):
        scores = generator.normal(0, 1, len(members)) + generator.normal()
        joint = together.judge(hour, looks_of(scores.tolist()))
        alarms += (joint.score or 0) >= 4
    assert alarms <= 1


def test_a_single_measure_has_no_joint_score_and_keeps_its_own_threshold() -> None:
    joint = Together(PRICES[:1]).judge(0, looks_of([9.0]))
    assert joint.score is None
    assert joint.thresholds == (4.0,)


@given(st.integers(0, 20), st.integers(100, 240), st.floats(-0.2, 0.2))
@settings(max_examples=8, deadline=None)
def test_changing_the_future_changes_no_verdict_of_a_market_s_past(seed: int, kept: int, moved: float) -> None:
    generator = np.random.default_rng(seed)
    levels = 2 + np.cumsum(generator.normal(0, 0.001, (10 * 24 + 5, 4)), axis=0)
    levels[generator.random(levels.shape) < 0.05] = np.nan
    other = levels.copy()
    other[kept:] += moved
    chosen, offsets = [LevelChoice(1, 0.5)] * 4, np.zeros(levels.shape)
    one, two = (judged_together(PRICES, chosen, 0, found, offsets) for found in (levels, other))
    assert one[:kept] == two[:kept]


def test_both_sides_that_move_a_little_at_once_are_unusual_where_each_alone_is_normal() -> None:
    generator = np.random.default_rng(8)
    levels = 2 + np.cumsum(generator.normal(0, 0.01, (30 * 24, 4)), axis=0)
    offsets, chosen = np.zeros(levels.shape), [LevelChoice(1, 0.5)] * 4
    at = 28 * 24
    one, all_of_them = levels.copy(), levels.copy()
    one[at:, 0] += 0.035
    all_of_them[at:] += 0.035
    alone = judged_together(PRICES, chosen, 0, one, offsets)[at]
    together = judged_together(PRICES, chosen, 0, all_of_them, offsets)[at]
    assert {verdict.state for verdict in alone} == {State.NORMAL}
    told = [verdict for verdict in together if verdict.state is State.UNUSUAL]
    assert len(told) >= 2
    assert all(len(verdict.moved_too) >= 1 for verdict in told)


def test_forecasts_of_a_wandering_price_age_and_those_of_noise_do_not() -> None:
    generator = np.random.default_rng(9)
    assert choose_level(np.cumsum(generator.normal(0, 1, 1000))).ageing == pytest.approx(0.5, abs=0.1)
    assert choose_level(generator.normal(0, 1, 1000)).ageing < 0.05
