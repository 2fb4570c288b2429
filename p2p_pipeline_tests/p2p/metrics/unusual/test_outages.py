"""An outage is told apart from a thin book and from a gap that happens every day."""

from __future__ import annotations

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.outages import FORGOTTEN_HOURS, collapsed_hours, silent_hours
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import Floats

WEEK = 168


def offers(seed: int, usual: float = 300) -> Floats:
    return np.random.default_rng(seed).poisson(usual, 2 * WEEK).astype(np.float64)


def test_one_hour_without_any_of_120_looks_is_an_outage() -> None:
    looks = np.full(50, 120.0)
    looks[20] = 0
    assert np.flatnonzero(silent_hours(looks)).tolist() == [20]


def test_a_half_hourly_series_that_misses_an_hour_now_and_then_has_no_outage_until_the_third_hour() -> None:
    looks = np.full(50, 2.0)
    looks[[5, 9]] = 0
    looks[20:25] = 0
    assert np.flatnonzero(silent_hours(looks)).tolist() == [22, 23, 24]


def test_a_market_that_was_never_seen_or_is_long_forgotten_has_no_outage() -> None:
    assert not silent_hours(np.zeros(50)).any()
    looks = np.concatenate([np.full(10, 120.0), np.zeros(2 * WEEK)])
    assert np.flatnonzero(silent_hours(looks)).tolist() == list(range(10, 10 + FORGOTTEN_HOURS))


def test_a_book_that_empties_on_both_sides_is_an_outage_and_one_that_empties_on_one_side_is_not() -> None:
    buy, sell = offers(1), offers(2)
    buy[200:204] = 3
    sell[202:208] = 0
    collapsed, usual = collapsed_hours({Side.BUY: buy, Side.SELL: sell})
    assert np.flatnonzero(collapsed).tolist() == [202, 203]
    assert abs(usual[Side.BUY][202] - 300) < 20


def test_a_long_outage_does_not_become_what_is_usual() -> None:
    buy, sell = offers(3), offers(4)
    buy[200:260] = sell[200:260] = 2
    collapsed, _ = collapsed_hours({Side.BUY: buy, Side.SELL: sell})
    assert np.flatnonzero(collapsed).tolist() == list(range(200, 260))


def test_a_book_of_few_offers_can_not_collapse_and_one_side_alone_says_nothing() -> None:
    buy, sell = offers(5, usual=4), offers(6, usual=4)
    buy[200:204] = sell[200:204] = 0
    assert not collapsed_hours({Side.BUY: buy, Side.SELL: sell})[0].any()
    lone = offers(7)
    lone[200:] = 0
    assert not collapsed_hours({Side.BUY: lone})[0].any()
    assert len(collapsed_hours({})[0]) == 0
