"""The advice alone, and the walk-forward alone: the program makes both at once, for one heeds the other."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.timing.advice import Advice, advise_and_walk
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek


def advise(series: Series, timezone: str, *asked: Any, **named: Any) -> Advice:
    """What is advised of a whole series."""
    return advise_and_walk(series, timezone, *asked, **named)[0]


def walk_forward(series: Series, timezone: str, *asked: Any, **named: Any) -> list[ScoredWeek]:
    """What was advised at the beginning of each week, and what the week brought."""
    return advise_and_walk(series, timezone, *asked, **named)[1]
