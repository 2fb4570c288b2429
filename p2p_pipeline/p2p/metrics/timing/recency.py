"""How fast old weeks are forgotten: as fast as it would have helped to foretell each week from the weeks before it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HALF_LIVES = (math.inf, 16.0, 8.0, 4.0, 2.0, 1.0)
"""Weeks after which a week counts half. Infinity: all weeks alike."""
_MEMORY_WEEKS = 8.0
"""After so many weeks an error counts half: a market that was restless last year may be steady now."""
_LEAST_WEEKS = 6
_ERRORS_WORSE = 0.7


def half_life(daily: Floats) -> float:
    """The half-life whose forecasts of each week, from the weeks before it, were the least wrong; weeks.

    Prequential choice: Dawid (1984), Statistical Theory: the Prequential Approach. A week is told by the median of each
    hour's gains, so that a spike decides nothing. Forgetting costs weeks, so it is the longest of those that were no
    worse than chance easily makes them (the rule of one standard error, Breiman and others 1984). Takes gains by day
    (7 weeks x 24); it is infinity until there are six weeks.
    """
    weeks = _medians(daily.reshape(-1, 7, 24))
    return half_life_of_weeks(weeks[:-1] if is_under_way(daily) else weeks)


def is_under_way(daily: Floats) -> bool:
    """Whether the newest week was not seen to its end: nothing is known of its last day.

    It is no week yet, and chooses no half-life. Three days that counted as one took the recorded year's from 16 weeks
    to 1, and its advice with them.
    """
    return not np.isfinite(daily[-1]).any()


def half_life_of_weeks(weeks: Floats) -> float:
    """The same of gains that have a row a week already, a column each thing that is foretold."""
    known = np.isfinite(weeks).any(axis=1)
    weeks, age = weeks[known], np.flatnonzero(known)[-1:] - np.flatnonzero(known)
    if len(weeks) < _LEAST_WEEKS:
        return math.inf
    counts = 0.5 ** (age / _MEMORY_WEEKS)
    losses = np.stack([counts * _losses(weeks, age, candidate) for candidate in HALF_LIVES])
    worse = losses - losses[int(np.argmin(losses.sum(axis=1)))]
    is_as_good = worse.sum(axis=1) <= _ERRORS_WORSE * np.sqrt((worse**2).sum(axis=1))
    return HALF_LIVES[int(np.argmax(is_as_good))]


def weights_of_weeks(weeks: int, half_life_weeks: float, newest_is_under_way: bool = False) -> Floats:
    """What each week counts for, the newest (last) one 1; one that is under way makes those before it no older yet."""
    age = np.maximum(np.arange(weeks - 1, -1, -1) - newest_is_under_way, 0)
    return np.asarray(0.5 ** (age / half_life_weeks), dtype=np.float64)


def forecasts(values: Floats, age: NDArray[np.int64], half_life_weeks: float) -> tuple[Floats, Floats]:
    """Each row foretold by the mean of the rows before it, and how many rows' worth that mean is (both by row).

    NaN where no row before it is known.
    """
    apart = age[:, None] - age[None, :]
    weights = np.where(apart < 0, 0.5 ** (-np.minimum(apart, 0) / half_life_weeks), 0.0)
    known = np.isfinite(values).astype(np.float64)
    total = weights @ known
    means = np.divide(weights @ np.nan_to_num(values), total, out=np.full(total.shape, np.nan), where=total > 0)
    squares = weights**2 @ known
    worth = np.divide(total**2, squares, out=np.zeros(total.shape), where=squares > 0)
    return np.asarray(means), np.asarray(worth)


def _losses(weeks: Floats, age: NDArray[np.int64], half_life_weeks: float) -> Floats:
    foretold, _ = forecasts(weeks, age, half_life_weeks)
    return np.asarray(np.nansum((weeks - foretold) ** 2, axis=1))


def _medians(weeks: Floats) -> Floats:
    """The median over the days of each week, without what is missing (NumPy's own is a hundred times slower)."""
    ordered = np.sort(weeks, axis=1)
    count = np.isfinite(weeks).sum(axis=1)[:, None, :]
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, weeks.shape[1] - 1), axis=1)
    return np.asarray(np.where(count > 0, (low + high) / 2, np.nan)[:, 0, :])
