"""The price against its own local level: what is left when trend, drift and devaluation are taken away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DAY_REACH = 12
"""Hours to each side of the window of one day."""
WEEK_REACH = 84
"""Hours to each side of the window of one week."""
HALF_SEEN, NEARLY_WHOLE, SPARSE = 0.4, 0.75, 0.15
"""The share of a window's hours, on each side, that makes a level: for a rhythm that the window holds many times or
not at all; for one that it holds once, where a line through half a day takes the rhythm for a drift; and for prices
from which the rhythm was taken before."""


def against_local_level(logs: NDArray[np.float64], reach: int, least_share: float = HALF_SEEN) -> NDArray[np.float64]:
    """The difference to a straight line through the window of `2 reach` hours around each hour, NaN where unknown.

    The window is exactly a day or a week long (its two ends count half), so every hour of it has the same weight and
    the rhythm itself does not bend the level; a straight line through its middle takes any steady drift away, also
    where hours are missing on one side. A window that reaches past the series, or has less than `least_share` of its
    hours on either side, gives nothing: levels at an edge would lean on one side only and turn drift into an hour
    effect.

    The centred moving average of classical decomposition (Macaulay 1931, The Smoothing of Time Series), with a local
    line for missing hours (Cleveland 1979, Robust Locally Weighted Regression).
    """
    if len(logs) <= 2 * reach:
        return np.full(len(logs), np.nan)
    steps = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = np.ones(len(steps))
    weights[[0, -1]] = 0.5
    is_seen = np.isfinite(logs)
    # Only so that the sums stay small; the first value, because any other would come from the future.
    start = float(logs[is_seen][0]) if is_seen.any() else 0.0
    known, shifted = is_seen.astype(np.float64), np.where(is_seen, logs - start, 0.0)

    def windowed(values: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.convolve(values, kernel[::-1], "valid")

    sums = [windowed(known, weights * steps**power) for power in (0, 1, 2)]
    value, moment = windowed(shifted, weights), windowed(shifted, weights * steps)
    before = windowed(known, weights * (steps < 0))
    after = windowed(known, weights * (steps > 0))
    spread = sums[0] * sums[2] - sums[1] ** 2
    is_known = (before >= least_share * reach) & (after >= least_share * reach) & (spread > 0)
    level = np.full(len(spread), np.nan)
    np.divide(sums[2] * value - sums[1] * moment, spread, out=level, where=is_known)
    edge = np.full(reach, np.nan)
    return np.asarray(logs - np.concatenate([edge, level + start, edge]))
