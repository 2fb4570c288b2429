"""Anomalies, regime changes, drift and calm are told apart: how often, on markets whose truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.unusual.grid import HourGrid
from p2p_pipeline.p2p.metrics.unusual.judge import Verdict, judged
from p2p_pipeline.p2p.metrics.unusual.level import choose_level
from p2p_pipeline.p2p.metrics.unusual.measures import Kind
from p2p_pipeline.p2p.metrics.unusual.seasonality import seasonality
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline_tests.effort import only_long, this_many
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import FIRST_HOUR, Floats, noisy_prices, walking_prices

AT = 60 * 24 + 7
AFTER = 96
SEEDS = range(this_many(6, 40))
INJECTED: dict[str, Callable[[Floats], NDArray[np.floating[Any]]]] = {
    "calm": lambda after: 0 * after,
    "spike of 4 % for 3 hours": lambda after: 0.04 * (after < 3),
    "drop of 4 % for 8 hours": lambda after: -0.04 * (after < 8),
    "devaluation of 5 %": lambda after: 0.05 + 0 * after,
    "devaluation of 20 %": lambda after: 0.2 + 0 * after,
    "drift of 0.5 % a day": lambda after: 0.005 * after / 24,
    "climb of 5 % in 12 hours": lambda after: 0.05 * np.minimum(after / 12, 1),
}


def verdicts_of(levels: Floats) -> list[Verdict]:
    """The hours after what happened, with the rhythm and the level's length learned before it."""
    begin = AT - 56 * 24
    before = HourGrid(FIRST_HOUR + begin, levels[begin:AT])
    found = seasonality(before)
    grid = HourGrid(FIRST_HOUR + AT - 35 * 24, levels[AT - 35 * 24 :])
    chosen = choose_level(before.values - found.at(before.hours))
    return judged(grid, found.at(grid.hours), Kind.PRICE, chosen)[35 * 24 :]


def called(verdicts: list[Verdict]) -> str:
    states = {verdict.state for verdict in verdicts}
    return next((str(state) for state in (State.REGIME_CHANGE, State.UNUSUAL) if state in states), "normal")


def confusion() -> dict[str, Counter[str]]:
    table: dict[str, Counter[str]] = {}
    after = np.arange(AFTER, dtype=np.float64)
    for name, what in INJECTED.items():
        table[name] = Counter()
        for seed in SEEDS:
            for make in (noisy_prices, walking_prices):
                levels = np.log(make(AT + AFTER, seed))
                levels[AT:] += what(after)
                table[name][called(verdicts_of(levels))] += 1
    return table


def test_each_thing_is_mostly_called_what_it_is() -> None:
    table = confusion()
    for name, counts in table.items():
        print(f"{name:28} {dict(counts)}")  # noqa: T201 - the numbers of docs/methods.md
    total = 2 * len(SEEDS)
    assert table["calm"]["normal"] >= 0.9 * total
    assert table["drift of 0.5 % a day"]["normal"] >= 0.85 * total
    assert table["spike of 4 % for 3 hours"]["unusual"] >= 0.9 * total
    assert table["drop of 4 % for 8 hours"]["unusual"] >= 0.85 * total
    assert table["devaluation of 5 %"]["regime_change"] >= 0.85 * total
    assert table["devaluation of 20 %"]["regime_change"] >= 0.95 * total


@pytest.mark.long
@only_long
def test_calm_markets_alarm_on_one_series_day_in_fifty_at_most() -> None:
    episodes = days = 0
    for seed in range(2):
        for make in (noisy_prices, walking_prices):
            levels = np.log(make(120 * 24, seed))
            for day in range(60, 120):
                part = HourGrid(FIRST_HOUR + (day - 35) * 24, levels[(day - 35) * 24 : (day + 1) * 24])
                before = HourGrid(FIRST_HOUR + (day - 56) * 24, levels[(day - 56) * 24 : day * 24])
                found = seasonality(before)
                chosen = choose_level(before.values - found.at(before.hours))
                told = judged(part, found.at(part.hours), Kind.PRICE, chosen)[-24:]
                episodes += any(verdict.state is not State.NORMAL for verdict in told)
                days += 1
    assert episodes / days < 0.02
