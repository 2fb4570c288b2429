"""Whole weekdays: what each gave against the rest of its week, whatever the hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_LEAST_DAYS = 3
"""Of a week: against fewer a day is against itself and chance."""


def whole_days(weekly: Floats) -> Floats:
    """A row a week, a column a weekday: each hour against the same hour of the week's other days, the day's mean.

    The same hours are compared, so that a Monday seen only in the morning is held against mornings. Takes gains by the
    hours of the week (weeks x 168).
    """
    cells = weekly.reshape(-1, 7, 24)
    known = np.isfinite(cells).sum(axis=1)
    level = np.divide(np.nansum(cells, axis=1), known, out=np.full(known.shape, np.nan), where=known >= _LEAST_DAYS)
    apart = cells - level[:, None, :]
    hours = np.isfinite(apart).sum(axis=2)
    return np.asarray(np.divide(np.nansum(apart, axis=2), hours, out=np.full(hours.shape, np.nan), where=hours > 0))


def of_all_hours(days: Floats, weekly: Floats) -> Floats:
    """What is said of seven weekdays, said of those hours of the week (168) that were compared at all; else NaN."""
    return np.where(np.isfinite(weekly).any(axis=0), np.repeat(days, 24), np.nan)
