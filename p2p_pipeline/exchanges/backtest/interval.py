"""How sure a mean is, by resampling: what happened near each other in time shares its luck and is drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
LEVEL = 0.95
FEWEST_GROUPS = 8
"""Of fewer nobody can say how sure a mean is."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the mean lies in 19 of 20 days like this one."""

    low: float
    high: float


def mean_interval(values: Sequence[float], groups: Sequence[int], seed: int = 0) -> Interval | None:
    """Of the mean, percentile bootstrap over whole groups; None where there are too few of them."""
    numbers, first = np.unique(np.asarray(groups, dtype=np.int64), return_inverse=True)
    if len(numbers) < FEWEST_GROUPS:
        return None
    sums = np.bincount(first, weights=np.asarray(values, dtype=np.float64))
    counts = np.bincount(first).astype(np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(numbers), (RESAMPLES, len(numbers)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
