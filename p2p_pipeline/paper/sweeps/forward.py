"""Walk-forward: parameters chosen on the days before, judged on the days after, again and again. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.paper.sweeps.luck import sharpe_of
from p2p_pipeline.paper.sweeps.settings import Judge, WalkForward

Floats = NDArray[np.float64]


class Step(NamedTuple):
    """One choice and what came of it."""

    trained: tuple[int, ...]
    """The places of the days that it was chosen on."""
    judged: tuple[int, ...]
    """Those that it is judged on: all after them."""
    chosen: int | None
    """The place of the combination; None where none traded, so that nothing was chosen and nothing done."""
    trained_value: float
    """By which it was the best."""
    judged_returns: tuple[float, ...]
    """Of each day that it is judged on."""


def walk_forward(returns: Floats, trades: NDArray[np.int64], how: WalkForward, judge: Judge) -> tuple[Step, ...]:
    """Every step over days x combinations; none when there are too few days for one."""
    days, steps = len(returns), []
    for begin in range(how.train_days, days, how.test_days):
        first = begin - how.train_days if how.rolling else 0
        trained, judged = range(first, begin), range(begin, min(begin + how.test_days, days))
        chosen, value = best_of(returns[first:begin], trades[first:begin], judge)
        found = [0.0 if chosen is None else float(returns[day, chosen]) for day in judged]
        steps.append(Step(tuple(trained), tuple(judged), chosen, value, tuple(found)))
    return tuple(steps)


def best_of(returns: Floats, trades: NDArray[np.int64], judge: Judge) -> tuple[int | None, float]:
    """The best combination of some days and its value: the first of equals; None where none traded."""
    has_traded = trades.sum(axis=0) > 0
    if not has_traded.any():
        return None, 0.0
    values = [value_of(returns[:, one], judge) if has_traded[one] else -np.inf for one in range(returns.shape[1])]
    best = int(np.argmax(values))
    return best, float(values[best])


def value_of(returns: Floats, judge: Judge) -> float:
    """What combinations are compared by."""
    return sharpe_of(returns) if judge == "sharpe" and len(returns) > 1 else float(returns.mean())
