"""A jump of a market is found at once; what is calm stays calm; wild days widen the band of wild days only."""

from __future__ import annotations

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.grid import HourGrid
from p2p_pipeline.p2p.metrics.unusual.judge import judged
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, to_level
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline_tests.p2p.metrics.unusual.calm_kinds import OTHERS, PRICES, calm_pair
from p2p_pipeline_tests.p2p.metrics.unusual.jumps import Market, jumps_of, monthly, our_flags, pair_of
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import FIRST_HOUR, Floats, rhythm
from p2p_pipeline_tests.p2p.metrics.unusual.recorded_year import RECORDING, recorded_year

DAY = 24


def market_of(kind: str, days: int) -> Market:
    measure, values = calm_pair(kind, 3, DAY * days)
    levels = np.stack([to_level(Kind.PRICE, values[:, side]) for side in range(2)], axis=1)
    return pair_of(kind, [(Side.BUY, measure), (Side.SELL, measure)], FIRST_HOUR, levels)


def wild_then_calm(seed: int, wild_days: int) -> Floats:
    """Steps of 2 % an hour for some days three weeks ago, of 0.2 % else."""
    generator = np.random.default_rng(seed)
    steps = generator.normal(0, 0.002, 50 * DAY)
    steps[20 * DAY : (20 + wild_days) * DAY] *= 10
    return np.exp(2 + np.cumsum(steps))


@pytest.mark.parametrize("kind", ["heavy-tailed (t3) noise", "stochastic volatility"])
def test_jumps_of_five_percent_at_any_hour_are_found_within_two_looks_and_calm_weeks_stay_calm(kind: str) -> None:
    market = market_of(kind, 55)
    jumps = list(jumps_of(market, market.moments(2, 1), 2))
    told, after = our_flags(market, jumps)
    found = [bool(flags[market.movers(jump.who)].any()) for jump, flags in zip(jumps, after, strict=True)]
    assert np.mean(found) >= 0.9
    episodes, months = monthly(market, told)
    assert episodes / months <= 2


@pytest.mark.parametrize("factor", [12.99 / 10.2, 10.2 / 12.99, 1.05])
def test_wild_days_weeks_ago_hide_no_jump_now(factor: float) -> None:
    for seed in range(3):
        prices = wild_then_calm(seed, wild_days=9)
        prices[45 * DAY :] *= factor
        grid = HourGrid(FIRST_HOUR, to_level(Kind.PRICE, prices))
        found = judged(grid, np.zeros(len(prices)), Kind.PRICE, LevelChoice(1, 0.5))
        assert State.UNUSUAL in {verdict.state for verdict in found[45 * DAY : 45 * DAY + 2]}
        sigma = found[45 * DAY].sigma or 1.0
        assert 4 * sigma < 0.03


def test_a_wild_hour_of_the_day_has_a_wider_band_than_the_calm_ones() -> None:
    generator = np.random.default_rng(4)
    noise = generator.normal(0, 0.002, 40 * DAY) * np.where(np.arange(40 * DAY) % DAY == 12, 5, 1)
    grid = HourGrid(FIRST_HOUR // DAY * DAY, 2 + noise)
    sigmas = np.array(
        [verdict.sigma for verdict in judged(grid, np.zeros(len(noise)), Kind.PRICE, LevelChoice(24))[-DAY:]]
    )
    assert sigmas[12] > 1.3 * np.median(sigmas[16:])


def test_a_jump_that_came_back_after_hours_does_not_widen_the_band_by_every_one_of_them() -> None:
    prices = np.exp(2 + rhythm(50 * DAY) + np.cumsum(np.random.default_rng(5).normal(0, 0.002, 50 * DAY)))
    prices[45 * DAY : 45 * DAY + 11] *= 1.1
    grid = HourGrid(FIRST_HOUR, to_level(Kind.PRICE, prices))
    found = judged(grid, rhythm(len(prices)), Kind.PRICE, LevelChoice(1, 0.5))
    before, after = (found[place].sigma or 0.0 for place in (45 * DAY - 1, 45 * DAY + 15))
    assert after < 2 * before


def test_the_kinds_of_calm_are_twelve_and_their_values_can_be() -> None:
    assert len({**PRICES, **OTHERS}) == 12
    for kind in (*PRICES, *OTHERS):
        _, values = calm_pair(kind, 0, 48)
        assert values.shape == (48, 2)
        assert np.isfinite(values).all()


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not beside the repository")
def test_in_the_recorded_year_jumps_of_the_market_are_found_and_little_is_told_without() -> None:
    year = recorded_year()
    part = Market(year.name, year.members, year.first_hour, year.levels[: 58 * DAY])
    jumps = [jump for jump in jumps_of(part, part.moments(6, 3), 4) if jump.who == "both sides"]
    told, after = our_flags(part, jumps)
    assert np.mean([flags.any() for flags in after]) >= 0.9
    episodes, months = monthly(part, told)
    assert episodes / months < 3
