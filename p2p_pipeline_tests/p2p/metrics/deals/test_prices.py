from __future__ import annotations

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.prices import LEAST_FOR_RANK, PricePast

STEP = 600.0


def walk(seed: int, days: float, drift_a_day: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    times = 1e9 + STEP * np.arange(int(days * 144))
    noise = np.random.default_rng(seed).normal(0, 0.001, len(times))
    return times, 100 * np.exp(noise + drift_a_day * np.arange(len(times)) / 144)


def test_a_rank_is_the_share_of_recent_prices_that_were_worse() -> None:
    times, prices = walk(1, 8)
    past = PricePast(Side.BUY, times, prices)
    usual, cheap, dear = (past.rank(price, times[-1]) for price in (100.0, 99.0, 101.0))
    assert usual == pytest.approx(0.5, abs=0.05)
    assert cheap == pytest.approx(1.0, abs=0.01)
    assert dear == pytest.approx(0.0, abs=0.01)
    assert PricePast(Side.SELL, times, prices).rank(101.0, times[-1]) == pytest.approx(1.0, abs=0.01)


def test_a_currency_that_drifts_does_not_make_every_price_bad() -> None:
    times, prices = walk(2, 9, drift_a_day=0.01)
    past = PricePast(Side.BUY, times, prices)
    usual = 100 * np.exp(0.01 * (len(times) - 1) / 144)
    assert past.rank(float(usual), times[-1]) == pytest.approx(0.5, abs=0.1)
    assert float(np.mean(prices[-1008:-1] > usual)) < 0.1, "without the level it would be among the worst"


def test_a_rank_knows_nothing_of_what_came_later() -> None:
    times, prices = walk(3, 9)
    moment = times[900]
    whole = PricePast(Side.BUY, times, prices)
    cut = PricePast(Side.BUY, times[:901], prices[:901])
    assert whole.rank(100.0, moment) == cut.rank(100.0, moment)
    assert whole.changes_per_hour(moment) == cut.changes_per_hour(moment)


def test_too_little_past_gives_no_rank() -> None:
    times, prices = walk(4, 2)
    assert PricePast(Side.BUY, times[:20], prices[:20]).rank(100.0, times[20]) is None
    unplaced = np.where(np.arange(len(prices)) < len(prices) - LEAST_FOR_RANK // 2, np.nan, prices)
    assert PricePast(Side.BUY, times, unplaced).rank(100.0, times[-1]) is None
    assert PricePast(Side.BUY, times[:0], prices[:0]).rank(100.0, times[0]) is None


def test_the_rate_of_change_does_not_depend_on_how_often_one_looked() -> None:
    random = np.random.default_rng(5)
    changes = np.sort(random.uniform(0, 3 * 3600, random.poisson(9)))
    rates = []
    for every in (30.0, 300.0):
        times = np.arange(0, 3 * 3600 + 1, every)
        prices = 100.0 + np.searchsorted(changes, times).astype(np.float64)
        rates.append(PricePast(Side.BUY, times, prices).changes_per_hour(times[-1]))
    assert rates[0] == pytest.approx(rates[1], rel=0.35)
    assert rates[0] == pytest.approx(len(changes) / 3, rel=0.35)
    few = PricePast(Side.BUY, times[:3], prices[:3])
    assert few.changes_per_hour(times[2]) is None
