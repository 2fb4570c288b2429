"""How far from the forecast is usual at this hour of the day, in times as calm or as wild as these."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

from p2p_pipeline.p2p.metrics.unusual.grid import Floats

LONG_HOURS = 28 * 24
ENOUGH_HOURS = 72
"""Errors needed before anything can be called unusual."""
CERTAIN_TAIL_HOURS = 14 * 24
"""Errors needed before the tail is taken from them; before that it is taken to be fairly heavy."""
ALARM_SIGMAS = 4.0
"""Where unusual begins: under a normal distribution once in 15,800 hours."""

_REFRESH_HOURS = 24
_EARLY_REFRESH_HOURS = 6
_HALF_LIFE_HOURS = 24
_CALMEST = 0.5
"""However calm the last days were, an hour is never taken to be calmer than this share of the four weeks."""
_CUT_QUANTILE = 0.95
_FREEDOMS = (1000.0, 20.0, 10.0, 7.0, 5.0, 4.0)
"""Tried from light to heavy tails."""
_UNKNOWN_FREEDOM = 7.0
_BODY, _TAIL = 0.8, 0.95
_NEIGHBOURS = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
_POOLED = 60.0
"""So many hours' worth of the day's average stand beside what an hour of the day and its neighbours showed."""
_DECAY = 0.5 ** (1.0 / _HALF_LIFE_HOURS)


@dataclass(frozen=True, slots=True)
class Spread:
    """The usual errors: their middle, and what one sigma is."""

    middle: float
    sigma: float


class ErrorSpread:
    """The errors of the last four weeks, fed one by one in time's order; what it says uses nothing later.

    Locally scaled conformal prediction (Papadopoulos, Gammerman & Vovk 2008, "Normalized nonconformity measures for
    regression conformal prediction"; by hour of the day as in Mondrian conformal prediction, Vovk 2012, "Conditional
    validity of inductive conformal predictors"): an error counts in units of what errors are at its hour of the day
    (pooled with two hours before and after) and in days like the last ones (an average with a half-life of a day).
    So a wild hour or a wild day widens the band of such hours and days, not that of the four weeks after it.
    """

    def __init__(self) -> None:
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

        The scaled sizes' 80 % quantile is the body; the ratio of the 95 % quantile to it tells the tail, as degrees of
        freedom of Student's t; sigma is such that `ALARM_SIGMAS` is as rare under that t as under a normal
        distribution (four weeks hold 672 errors: what happens once in 15,800 hours they can't show themselves). The
        larger one of body and tail counts.
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
        self._middle = float(np.median(errors))
        sizes = np.abs(errors - self._middle)
        ratios = _by_hour_of_day(np.minimum(sizes, np.quantile(sizes, _CUT_QUANTILE)), places)
        self._by_hour = [float(ratio) for ratio in ratios]
        scaled = sizes / ratios[places]
        self._cut = float(np.quantile(scaled, _CUT_QUANTILE))
        cut = np.minimum(scaled, self._cut)
        self._usual = float(cut.mean())
        path, _ = signal.lfilter([1.0 - _DECAY], [1.0, -_DECAY], cut, zi=[_DECAY * self._usual])
        self._now = float(path[-1])
        before = np.maximum(np.concatenate([[self._usual], path[:-1]]), _CALMEST * self._usual)
        self._factor = max(_sigmas_of_scaled(scaled, before, len(errors) >= CERTAIN_TAIL_HOURS))
        self._since_refresh = 0


def _by_hour_of_day(sizes: Floats, places: NDArray[np.int64]) -> Floats:
    """What errors are at each hour of the day, against all hours: 1 where there is no difference."""
    mean = float(sizes.mean())
    if mean <= 0.0:
        return np.ones(24)
    sums, counts = (np.bincount(places, weights=weights, minlength=24) for weights in (sizes, np.ones(len(sizes))))
    reach = len(_NEIGHBOURS) // 2
    wide_sums, wide_counts = (
        np.convolve(np.concatenate([found[-reach:], found, found[:reach]]), _NEIGHBOURS, "valid")
        for found in (sums, counts)
    )
    return np.asarray((wide_sums / mean + _POOLED) / (wide_counts + _POOLED))


def _sigmas_of_scaled(sizes: Floats, scales: Floats, is_tail_known: bool) -> tuple[float, float]:
    if not scales.all():
        return 0.0, 0.0
    ordered = np.sort(sizes / scales)
    last = len(ordered) - 1
    body, tail = (float(ordered[round(share * last)]) for share in (_BODY, _TAIL))
    return sigmas_of(body, tail, is_tail_known)


def sigmas_of(body: float, tail: float, is_tail_known: bool = True) -> tuple[float, float]:
    """One sigma as the 80 % quantile of the sizes of errors has it, and as the 95 % quantile has it, in their unit."""
    shapes = [_shape(freedom) for freedom in _FREEDOMS]
    known = next((shape for shape in shapes if tail <= body * shape.ratio), shapes[-1])
    shape = known if is_tail_known else _shape(_UNKNOWN_FREEDOM)
    return body * shape.sigma_by_body, tail * shape.sigma_by_tail


@dataclass(frozen=True, slots=True)
class _Shape:
    ratio: float
    sigma_by_body: float
    sigma_by_tail: float


@cache
def _shape(freedom: float) -> _Shape:
    """The quantiles of |t| at the body and the tail, against where the alarm has to be."""
    rare = NormalDist().cdf(-ALARM_SIGMAS)
    body, tail = (float(stats.t.ppf((1 + share) / 2, freedom)) for share in (_BODY, _TAIL))
    alarm = float(stats.t.isf(rare, freedom)) / ALARM_SIGMAS
    return _Shape(tail / body, alarm / body, alarm / tail)
