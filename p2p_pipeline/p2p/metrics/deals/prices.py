"""What an amount cost lately: where a price stands among its own recent past, and how often the best one changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side

Floats = NDArray[np.float64]

BUCKET_SECONDS = 600.0
"""Prices are compared by the median of ten minutes: looks at half a minute must not outvote those at half an hour."""
LEVEL_SECONDS = 24 * 3600.0
"""A price's level is the median of the day before it: it follows a currency that drifts."""
RANK_SECONDS = 7 * 24 * 3600.0
LEAST_FOR_LEVEL = 4
LEAST_FOR_RANK = 24
CHANGES_WITHIN_SECONDS = 3 * 3600.0
LEAST_PAIRS = 3
LEAST_STEPS = 12
"""From one ten-minute median to the next, before the usual movement is known."""


class PricePast:
    """The executable prices of one size over time, asked as of any moment: only what lies before it counts."""

    def __init__(self, side: Side, at: Floats, prices: Floats) -> None:
        """Take times (seconds since 1970, ascending) and prices; NaN where the amount could not be placed."""
        self._sign = 1.0 if side is Side.BUY else -1.0
        self._at, self._prices = at, prices
        is_priced = np.isfinite(prices)
        self._starts, self._logs = _bucketed(at[is_priced], np.log(prices[is_priced]))
        levels = [self._level(start) for start in self._starts.tolist()]
        self._offsets = self._logs - np.array([np.nan if level is None else level for level in levels])

    def rank(self, price: float, at: float) -> float | None:
        """The share of the last week's prices that were worse than this one, each against its own level.

        None when fewer than `LEAST_FOR_RANK` ten-minute medians can be compared with.
        """
        level = self._level(at - BUCKET_SECONDS)
        # Only buckets that had ended: the present one holds the price itself.
        is_recent = (self._starts <= at - BUCKET_SECONDS) & (self._starts > at - RANK_SECONDS)
        offsets = self._offsets[is_recent]
        offsets = offsets[np.isfinite(offsets)]
        if level is None or len(offsets) < LEAST_FOR_RANK:
            return None
        gain = (offsets - (np.log(price) - level)) * self._sign
        return float(((gain > 0).sum() + 0.5 * (gain == 0).sum() + 0.5) / (len(offsets) + 1))

    def level_before(self, at: float) -> float | None:
        """What this size usually cost in the day before, the present ten minutes aside: the median of its medians."""
        level = self._level(at - BUCKET_SECONDS)
        # The way over the logarithm leaves a few units in the last place.
        return None if level is None else float(f"{np.exp(level):.12g}")

    def moves_against(self, at: float, seconds: float) -> float | None:
        """How far the price moves against the taker within this time, a share: the mean of the last week's steps.

        A step for the better counts as none: one who has to try again can't choose to wait for it. Steps over other
        times are scaled by the root of the time, as those of a price that wanders are.
        """
        first, end = np.searchsorted(self._starts, [at - RANK_SECONDS, at - BUCKET_SECONDS])
        starts, logs = self._starts[first:end], self._logs[first:end]
        if len(starts) <= LEAST_STEPS:
            return None
        steps = np.fmax(self._sign * np.diff(logs), 0.0)
        return float(np.mean(steps * np.sqrt(seconds / np.diff(starts))))

    def changes_per_hour(self, at: float) -> float | None:
        """How often the price of this size changed in the last three hours; None with fewer than three pairs of looks.

        Between two looks any number of changes look like one: the rate is the one that makes a Poisson process show a
        change between looks this far apart as often as it was seen.
        """
        end = int(np.searchsorted(self._at, at, side="right"))
        first = int(np.searchsorted(self._at, at - CHANGES_WITHIN_SECONDS))
        prices, times = self._prices[first:end], self._at[first:end]
        if len(prices) <= LEAST_PAIRS:
            return None
        is_same = (prices[1:] == prices[:-1]) | (np.isnan(prices[1:]) & np.isnan(prices[:-1]))
        share = (float((~is_same).sum()) + 0.5) / (len(is_same) + 1)
        return float(-np.log(1 - share) / ((times[-1] - times[0]) / len(is_same) / 3600))

    def _level(self, before: float) -> float | None:
        first, end = np.searchsorted(self._starts, [before - LEVEL_SECONDS, before])
        return float(np.median(self._logs[first:end])) if end - first >= LEAST_FOR_LEVEL else None


def _bucketed(at: Floats, values: Floats) -> tuple[Floats, Floats]:
    if not len(at):
        return at, values
    starts, firsts = np.unique(at // BUCKET_SECONDS * BUCKET_SECONDS, return_index=True)
    return starts, np.array([np.median(part) for part in np.split(values, firsts[1:])])
