"""The level of a measure: what the next hour is forecast from, and how fast that forecast ages."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

import numpy as np
import pandas as pd

from p2p_pipeline.p2p.metrics.unusual.grid import Floats

LEVEL_HOURS = (1, 3, 6, 24, 96)
"""Over how many hours the level may be taken; which one, the weeks before decide."""
KEPT_HOURS = 12
"""So many accepted hours are remembered, however short the level's own."""

_ENOUGH = 4 * LEVEL_HOURS[-1]
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class LevelChoice:
    """How a measure is forecast."""

    hours: int
    ageing: float = 0.0
    """The errors of a forecast made h hours before grow like h to this power: 0 for noise around a level that stays,
    0.5 for a price that wanders."""


class Level:
    """The median of the last accepted hours."""

    def __init__(self, hours: int) -> None:
        self._recent: deque[float] = deque(maxlen=hours)
        self._sorted: list[float] = []
        self._kept: deque[float] = deque(maxlen=KEPT_HOURS)

    def __len__(self) -> int:
        return max(len(self._recent), len(self._kept))

    def add(self, value: float) -> None:
        """One more accepted hour."""
        if len(self._recent) == self._recent.maxlen:
            del self._sorted[bisect_left(self._sorted, self._recent[0])]
        self._recent.append(value)
        insort(self._sorted, value)
        self._kept.append(value)

    def restart(self, values: list[float]) -> None:
        """Forget what was, and begin with these."""
        self._recent.clear()
        self._sorted.clear()
        self._kept.clear()
        for value in values:
            self.add(value)

    def last(self, count: int) -> list[float]:
        """The last accepted hours, at most `KEPT_HOURS`."""
        return list(self._kept)[-count:]

    @property
    def middle(self) -> float:
        """What the next hour is forecast to be."""
        half = len(self._sorted) // 2
        if len(self._sorted) % 2:
            return self._sorted[half]
        return 0.5 * (self._sorted[half - 1] + self._sorted[half])


def choose_level(levels: Floats) -> LevelChoice:
    """Over how many hours the median is the best forecast of the next one, judged on the levels given.

    Errors are cut off at their 95 % quantile, so that the choice is made by usual hours. A longer one is preferred
    while it is at most 5 % worse: it stands firmer against an anomaly of a few hours.
    """
    seen = levels[np.isfinite(levels)]
    if len(seen) < _ENOUGH:
        return LevelChoice(LEVEL_HOURS[2])
    sizes = {hours: _error_sizes(seen, hours) for hours in LEVEL_HOURS}
    costs = {hours: float(np.minimum(found, np.quantile(found, 0.95)).mean()) for hours, found in sizes.items()}
    least = min(costs.values())
    best = max(hours for hours, cost in costs.items() if cost <= 1.05 * least)
    return LevelChoice(best, _ageing(sizes[best], _error_sizes(seen, best, _AHEAD)))


def _error_sizes(seen: Floats, hours: int, ahead: int = 1) -> Floats:
    middles = pd.Series(seen).rolling(hours).median().to_numpy()[hours - 1 :]
    first = hours - 1 + ahead
    return np.asarray(np.abs(seen[first:] - middles[: len(seen) - first])[-len(seen) + LEVEL_HOURS[-1] :])


def _ageing(one_ahead: Floats, far_ahead: Floats) -> float:
    near, far = (float(np.quantile(sizes, 0.8)) for sizes in (one_ahead, far_ahead))
    if near <= 0.0 or far <= near:
        return 0.0
    return min(0.5, float(np.log(far / near) / np.log(_AHEAD)))
