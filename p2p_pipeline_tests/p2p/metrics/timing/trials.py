"""Many simulated series, each advised from its past and scored on its next week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.choice import realised
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, hourly

Floats = NDArray[np.float64]
CONFIDENCE = 0.9
WEEKS_AFTER = 2


@dataclass(frozen=True, slots=True)
class Trial:
    """What one simulated series brought."""

    is_recommended: bool
    contains_best: bool
    """Whether the truly best hour is among the candidates."""
    truth: float
    """The candidates' true mean gain."""
    estimated: float
    holds_truth: bool
    holds_next_week: bool
    holds_regret: bool
    """Whether the true regret is at most the stated one."""
    candidates: int


def trial(noise: str, weeks: int, seed: int, by_hour: Floats, side: Side = Side.BUY) -> Trial:
    """Advise from `weeks` of noise plus a known effect of each hour of the week (logarithm of the price, 168)."""
    random = np.random.default_rng([seed, weeks, list(NOISES).index(noise)])
    count = (weeks + WEEKS_AFTER) * WEEK
    logs = NOISES[noise](count, random) + np.tile(by_hour, weeks + WEEKS_AFTER)
    history = GainHistory.of(local_hours(hourly(logs, side), "UTC"), side)
    judgement = judge(history.known_at_start_of(weeks), CONFIDENCE, weeks, seed)
    choice = judgement.choice
    assert choice is not None
    gains = (-by_hour if side is Side.BUY else by_hour) - (-by_hour if side is Side.BUY else by_hour).mean()
    cells = gains if choice.by_weekday else gains.reshape(7, 24).mean(axis=0)
    truth, outlook = float(cells[choice.chosen].mean()), choice.outlook
    next_week = realised(history.all().of_week(weeks), choice)
    return Trial(
        is_recommended=judgement.verdict is Verdict.RECOMMENDED,
        contains_best=bool(choice.chosen[cells >= cells.max() - 1e-12].any()),
        truth=truth,
        estimated=outlook.mean,
        holds_truth=outlook.mean_interval[0] <= truth <= outlook.mean_interval[1],
        holds_next_week=outlook.week_interval[0] <= next_week <= outlook.week_interval[1],
        holds_regret=float(cells.max()) - truth <= choice.regret + 1e-12,
        candidates=int(choice.chosen.sum()),
    )


def share(found: list[bool]) -> float:
    """How many of them hold."""
    return sum(found) / len(found)
