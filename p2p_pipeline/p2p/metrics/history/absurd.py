"""Prices so far from their neighbours that a recorder slipped, and those that are a new level instead.

A price alone far out is a slip. Prices at either end of a series that are far from all others and agree with each
other are a level: a redenomination takes six zeros off a currency in a night.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEIGHBOURS = 24
"""Prices of the same series before and after one, whose median it is compared with."""
ABSURD_FACTOR = 8.0
"""Further off than this from its neighbours is a slip of the recorder: a point that moved by one place is 10. In the
real year of USDT/BOB the furthest is 2.5 (the lowest ask, a teaser)."""
LEVEL_PRICES = 6
"""As many prices that agree are no slip: of a recorder that looks every half hour, three hours."""
LEVEL_FACTOR = 2.0
"""How far prices of one level may be from its median."""


@dataclass(frozen=True, slots=True)
class NewLevel:
    """Prices that were taken although they are far from those before (or, at a series' beginning, after) them."""

    side: str
    measure: str
    since: int
    """The first of them, microseconds since 1970."""
    usual: float
    """What the neighbours' median is there."""
    level: float
    """What they are about."""
    prices: int


def judged(values: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Which prices of a series, in order of time, are absurd, which are so but form a level, and what is usual."""
    window = pd.Series(values).rolling(2 * NEIGHBOURS + 1, center=True, min_periods=1)
    usual = window.median().to_numpy()
    is_far = _times_off(values, usual) > ABSURD_FACTOR
    if not is_far.any():
        return is_far, is_far, usual
    is_level = is_far & (_level_at_end(values) | _level_at_end(values[::-1])[::-1])
    return is_far & ~is_level, is_level, usual


def _level_at_end(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    nowhere = np.zeros(len(values), dtype=bool)
    if len(values) < LEVEL_PRICES:
        return nowhere
    agrees = _times_off(values, np.median(values[-LEVEL_PRICES:])) <= LEVEL_FACTOR
    # Two in a row that do not are of before the level; one alone is a slip within it.
    breaks = np.flatnonzero(~agrees[1:] & ~agrees[:-1])
    if len(breaks):
        agrees[: breaks[-1] + 2] = False
    return agrees if agrees.sum() >= LEVEL_PRICES else nowhere


def _times_off(values: NDArray[np.float64], usual: NDArray[np.float64] | np.floating) -> NDArray[np.float64]:
    return np.maximum(values / usual, usual / values)
