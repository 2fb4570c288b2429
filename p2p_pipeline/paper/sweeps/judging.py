"""What a sweep found, and whether it can be told from luck: the number of tries stands beside every result. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from p2p_pipeline.paper.sweeps.forward import Step, best_of, walk_forward
from p2p_pipeline.paper.sweeps.grid import Combination
from p2p_pipeline.paper.sweeps.luck import (
    Floats,
    best_of_nothing,
    days_needed,
    deflated_sharpe,
    reality_check,
    sharpe_of,
)
from p2p_pipeline.paper.sweeps.running import DayOutcome
from p2p_pipeline.paper.sweeps.settings import SweepSettings
from p2p_pipeline.paper.sweeps.verdict import Figures, Verdict, verdict_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A sweep's result."""

    days: tuple[date, ...]
    tried: int
    """Combinations."""
    best: Combination | None
    """In hindsight, over all days; None where none traded."""
    best_day_return: float
    """Its mean a day, as a share of what the day began with."""
    best_sharpe: float
    """A day's."""
    luck_sharpe: float
    """What the best of so many tries is to be expected to have without any edge."""
    deflated_sharpe: float | None
    reality_check: float | None
    """White's p-value."""
    days_needed: float
    """Until such an edge could be told from luck; infinite where none shows."""
    steps: tuple[Step, ...]
    forward_return: float | None
    """The mean a day on days it was not chosen by; None without such days."""
    forward_sharpe: float | None
    verdict: Verdict


def judge(
    sweep: SweepSettings, days: Sequence[date], tries: Sequence[Combination], found: Sequence[Sequence[DayOutcome]]
) -> Judged:
    """Judge days x combinations."""
    returns = returns_of(tries, found)
    trades = np.array([[one.trades for one in row] for row in found], dtype=np.int64).reshape(len(days), len(tries))
    chosen, _ = best_of(returns, trades, sweep.judge) if days else (None, 0.0)
    steps = walk_forward(returns, trades, sweep.walk_forward, sweep.judge)
    forward = np.array([one for step in steps for one in step.judged_returns])
    column = returns[:, chosen] if chosen is not None else np.zeros(len(days))
    says_something = chosen is not None and len(days) > 2
    deflated = deflated_sharpe(returns, chosen) if chosen is not None and says_something else None
    luck = _luck_of(returns) if says_something else 0.0
    p_value = reality_check(returns, sweep.resamples, sweep.seed) if says_something else None
    needed = days_needed(column, luck) if says_something else math.inf
    mean, forward_mean = (float(one.mean()) if len(one) else None for one in (column, forward))
    return Judged(
        days=tuple(days),
        tried=len(tries),
        best=None if chosen is None else tries[chosen],
        best_day_return=mean or 0.0,
        best_sharpe=sharpe_of(column),
        luck_sharpe=luck,
        deflated_sharpe=deflated,
        reality_check=p_value,
        days_needed=needed,
        steps=steps,
        forward_return=forward_mean,
        forward_sharpe=sharpe_of(forward) if len(forward) > 1 else None,
        verdict=verdict_of(
            Figures(len(days), len(tries), chosen is not None, mean or 0.0, deflated, p_value, needed, forward_mean)
        ),
    )


def returns_of(tries: Sequence[Combination], found: Sequence[Sequence[DayOutcome]]) -> Floats:
    """Each day's gain as a share of what it began with: days x combinations."""
    starts = [float(one.settings.account.start_equity) for one in tries]
    rows = [[float(one.net) / start for one, start in zip(row, starts, strict=True)] for row in found]
    return np.array(rows, dtype=np.float64).reshape(len(found), len(tries))


def _luck_of(returns: Floats) -> float:
    ratios = np.array([sharpe_of(returns[:, one]) for one in range(returns.shape[1])])
    return best_of_nothing(len(ratios), float(ratios.var(ddof=1))) if len(ratios) > 1 else 0.0
