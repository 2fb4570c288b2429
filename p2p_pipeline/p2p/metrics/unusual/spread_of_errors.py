"""How far from the forecast is usual at this hour of the day, in times as calm or as wild as these."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.unusual.grid import Floats

LONG_HOURS = 28 * 24
ENOUGH_HOURS = 72
"""Errors needed before anything can be called unusual."""
CERTAIN_TAIL_HOURS = 14 * 24
"""Errors needed before the tail is taken from them; before that it is taken to be fairly heavy."""
ALARM_SIGMAS = 4.0
"""Where unusual begins: under a normal distribution once in 15,800 hours."""

_REFRESH_HOURS = 24
_EARLY_REFRESH_HOURS = 12
_HALF_LIFE_HOURS = 12
_CALMEST = 0.3
"""However calm the last days were, an hour is never taken to be calmer than this share of the four weeks."""
_CUT_QUANTILE = 0.95
_TAIL_SHARE = 0.15
_KNOWN_SHAPE, _KNOWN_COUNT = 0.1, 60
"""The tail's shape before any error was seen, and how many errors of a tail that counts for."""
LIGHT_SHAPE = 0.0
"""Of a tail that falls off like that of a sum of many things."""
_LIGHTEST, _HEAVIEST = -0.05, 0.4
_NEAR_ZERO = 1e-6
_NEIGHBOURS = sum(
    weight * np.roll(np.eye(24), shift, axis=0)
    for shift, weight in ((-2, 1.0), (-1, 2.0), (0, 3.0), (1, 2.0), (2, 1.0))
)
"""By hour of the day: what the hours around it count."""
_POOLED = 150.0
"""So many hours' worth of the day's average stand beside what an hour of the day and its neighbours showed."""
_DECAY = 0.5 ** (1.0 / _HALF_LIFE_HOURS)


@dataclass(slots=True)
class Spread:
    """The usual errors: their middle, and what one sigma is."""

    middle: float
    sigma: float


class ErrorSpread:
    """The errors of the last four weeks, fed one by one in time's order; what it says uses nothing later.

    Locally scaled conformal prediction (Papadopoulos, Gammerman & Vovk 2008, "Normalized nonconformity measures for
    regression conformal prediction"; by hour of the day as in Mondrian conformal prediction, Vovk 2012, "Conditional
    validity of inductive conformal predictors"): an error counts in units of what errors are at its hour of the day
    (pooled with two hours before and after) and in days like these (an average with a half-life of twelve hours). So a
    wild hour or a wild day widens the band of such hours and days, not that of the four weeks after it.
    """

    def __init__(self, known_shape: float = _KNOWN_SHAPE) -> None:
        self._known_shape = known_shape
        self._errors: deque[float] = deque(maxlen=LONG_HOURS)
        self._hours: deque[int] = deque(maxlen=LONG_HOURS)
        self._since_refresh = _REFRESH_HOURS
        self._middle = 0.0
        self._by_hour = [1.0] * 24
        self._usual = 0.0
        self._now = 0.0
        self._cut = 0.0
        self._factor = 0.0

    def __len__(self) -> int:
        return len(self._errors)

    def add(self, hour: int, error: float) -> None:
        """One more error, of an hour since 1970."""
        self._errors.append(error)
        self._hours.append(hour)
        size = min(abs(error - self._middle) / self._by_hour[hour % 24], self._cut)
        self._now = _DECAY * self._now + (1.0 - _DECAY) * size
        self._since_refresh += 1

    def usual(self, hour: int, least: float) -> Spread | None:
        """The spread at an hour, after all errors so far; sigma is at least `least`. None while there are too few.

        Four weeks hold 672 errors: what happens once in 15,800 hours they can't show. So the largest 15 % of the
        scaled sizes are continued as a generalized Pareto tail (Pickands 1975, "Statistical inference using extreme
        order statistics"), fitted by probability-weighted moments (Hosking & Wallis 1987), its shape pulled towards a
        fairly heavy one; sigma is a fourth of the size that is that rare.
        """
        if len(self._errors) < ENOUGH_HOURS:
            return None
        is_early = len(self._errors) < CERTAIN_TAIL_HOURS
        if self._since_refresh >= (_EARLY_REFRESH_HOURS if is_early else _REFRESH_HOURS):
            self._refresh()
        scale = self._by_hour[hour % 24] * max(self._now, _CALMEST * self._usual)
        return Spread(self._middle, max(scale * self._factor, least))

    def _refresh(self) -> None:
        errors = np.array(self._errors)
        places = np.array(self._hours, dtype=np.int64) % 24
        self._middle = _quantile(np.sort(errors), 0.5)
        sizes = np.abs(errors - self._middle)
        ratios = _by_hour_of_day(np.minimum(sizes, _quantile(np.sort(sizes), _CUT_QUANTILE)), places)
        self._by_hour = ratios.tolist()
        scaled = sizes / ratios[places]
        self._cut = _quantile(np.sort(scaled), _CUT_QUANTILE)
        cut = np.minimum(scaled, self._cut)
        self._usual = float(cut.mean())
        # It brings all of scipy.stats: 30 MB and half the start of a service that may never judge a jump.
        from scipy import signal

        path, _ = signal.lfilter([1.0 - _DECAY], [1.0, -_DECAY], cut, zi=[_DECAY * self._usual])
        self._now = float(path[-1])
        before = np.maximum(np.concatenate([[self._usual], path[:-1]]), _CALMEST * self._usual)
        self._factor = _sigma_of_scaled(scaled, before, len(errors) >= CERTAIN_TAIL_HOURS, self._known_shape)
        self._since_refresh = 0


def _quantile(ordered: Floats, share: float) -> float:
    return float(ordered[round(share * (len(ordered) - 1))])


def _by_hour_of_day(sizes: Floats, places: NDArray[np.int64]) -> Floats:
    """What errors are at each hour of the day, against all hours: 1 where there is no difference."""
    mean = float(sizes.mean())
    if mean <= 0.0:
        return np.ones(24)
    sums = np.bincount(places, weights=sizes, minlength=24)
    counts = np.bincount(places, minlength=24)
    return np.asarray((_NEIGHBOURS @ sums / mean + _POOLED) / (_NEIGHBOURS @ counts + _POOLED))


def _sigma_of_scaled(sizes: Floats, scales: Floats, is_tail_known: bool, known_shape: float) -> float:
    """One sigma, in scales: a fourth of the size that is as rare as `ALARM_SIGMAS` are."""
    if not scales.all():
        return 0.0
    ordered = np.sort(sizes / scales)
    count = max(round(_TAIL_SHARE * len(ordered)), 10)
    begin = float(ordered[-count - 1])
    over = ordered[-count:] - begin
    mean = float(over.mean())
    weighted = float((over * (1 - (np.arange(1, count + 1) - 0.35) / count)).mean())
    if mean <= 2 * weighted:
        return begin / ALARM_SIGMAS
    shape = (2 - mean / (mean - 2 * weighted)) * count if is_tail_known else 0.0
    shape = min(
        max((shape + known_shape * _KNOWN_COUNT) / (_KNOWN_COUNT + count * is_tail_known), _LIGHTEST), _HEAVIEST
    )
    rare = 2 * NormalDist().cdf(-ALARM_SIGMAS) * len(ordered) / count
    reach = -np.log(rare) if abs(shape) < _NEAR_ZERO else (rare**-shape - 1) / shape
    return float(begin + mean * (1 - shape) * reach) / ALARM_SIGMAS
