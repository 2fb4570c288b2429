"""Advice made by a judge that remembers is the same advice, and new prices cost only the newest judgement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.timing import remembered
from p2p_pipeline.p2p.metrics.timing.advice import advise_and_walk
from p2p_pipeline.p2p.metrics.timing.judgement import judge
from p2p_pipeline.p2p.metrics.timing.remembered import Remembered

HOURS = 12 * 168
KEY = SeriesKey(MarketSide(Market.parse("bybit.USDT-RUB"), Side.BUY), "executable", "wide", 1)


def series() -> Series:
    random, hours = np.random.default_rng(4), np.arange(HOURS)
    values = 80 * np.exp(np.cumsum(random.normal(0, 0.001, HOURS)) + 0.004 * np.sin(2 * np.pi * hours / 24))
    starts = hours.astype(np.int64) * 3600 + 1_700_006_400
    return Series(KEY, None, 3600, starts, values, np.full(HOURS, 12))


def without_last(whole: Series, hours: int) -> Series:
    kept = slice(0, HOURS - hours)
    return replace(whole, starts=whole.starts[kept], values=whole.values[kept], observations=whole.observations[kept])


def test_a_new_hour_costs_one_judgement_and_changes_nothing_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(*asked: object) -> object:
        made.append(1)
        return judge(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(remembered, "judge", counted)
    memory, whole = Remembered(), series()
    advise_and_walk(without_last(whole, 1), "UTC", judging=memory.judge)
    assert len(made) > 8
    made.clear()
    told = advise_and_walk(whole, "UTC", judging=memory.judge)
    assert len(made) == 1
    assert told == advise_and_walk(whole, "UTC")


def test_a_changed_price_is_not_taken_for_the_same_one() -> None:
    memory, whole = Remembered(), series()
    before, _ = advise_and_walk(whole, "UTC", judging=memory.judge)
    values = whole.values.copy()
    values[3 * 168 : 4 * 168 : 24] *= 1.05
    changed = replace(whole, values=values)
    after, _ = advise_and_walk(changed, "UTC", judging=memory.judge)
    assert after == advise_and_walk(changed, "UTC")[0]
    assert after != before


def test_what_is_kept_is_bounded() -> None:
    memory, whole = Remembered(most=3), series()
    advise_and_walk(whole, "UTC", judging=memory.judge)
    assert len(memory._kept) == 3
