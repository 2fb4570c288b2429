"""How far from the expected is usual: a robust sigma that knows heavy tails and calmer or wilder days."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from scipy import stats

LONG_HOURS = 28 * 24
SHORT_HOURS = 48
ENOUGH_HOURS = 72
"""Errors needed before anything can be called unusual."""
CERTAIN_TAIL_HOURS = 14 * 24
"""Errors needed before the tail is taken from them; before that it is taken to be fairly heavy."""
ALARM_SIGMAS = 4.0
"""Where unusual begins: under a normal distribution once in 15,800 hours."""

_REFRESH_HOURS = 6
_MOST_WILDER = 3.0
_FREEDOMS = (1000.0, 20.0, 10.0, 7.0, 5.0, 4.0)
"""Tried from light to heavy tails."""
_UNKNOWN_FREEDOM = 7.0
_BODY, _TAIL = 0.8, 0.95
_SHORT_QUANTILE = 0.7


@dataclass(frozen=True, slots=True)
class Spread:
    """The usual errors: their middle, and what one sigma is."""

    middle: float
    sigma: float


class ErrorSpread:
    """The errors of the last four weeks, fed one by one in time's order; what it says uses nothing later."""

    def __init__(self) -> None:
        self._long: deque[float] = deque(maxlen=LONG_HOURS)
        self._short: deque[float] = deque(maxlen=SHORT_HOURS)
        self._short_sorted: list[float] = []
        self._since_refresh = _REFRESH_HOURS
        self._middle = 0.0
        self._sigmas = 0.0, 0.0
        self._calm = 0.0

    def __len__(self) -> int:
        return len(self._long)

    def add(self, error: float) -> None:
        """One more hour's error."""
        self._long.append(error)
        if len(self._short) == SHORT_HOURS:
            oldest = self._short[0]
            del self._short_sorted[bisect_left(self._short_sorted, oldest)]
        size = abs(error - self._middle)
        self._short.append(size)
        insort(self._short_sorted, size)
        self._since_refresh += 1

    def usual(self, least: float) -> Spread | None:
        """The spread after all errors so far; sigma is at least `least`. None while there are too few.

        The body is taken at the 80 % quantile of the sizes, the tail's weight from the ratio of the 95 % to the 80 %
        quantile as degrees of freedom of Student's t, and sigma such that `ALARM_SIGMAS` is as rare under that t as
        it is under a normal distribution; the larger one of body and tail counts. The last two days can raise the
        body's up to threefold: wild days cluster. One wild day in four weeks leaves both quantiles where they were.
        """
        if len(self._long) < ENOUGH_HOURS:
            return None
        if self._since_refresh >= _REFRESH_HOURS:
            self._refresh()
        near = self._short_sorted[int(_SHORT_QUANTILE * (len(self._short_sorted) - 1))]
        wilder = min(max(near / self._calm, 1.0), _MOST_WILDER) if self._calm > 0 else 1.0
        return Spread(self._middle, max(self._sigmas[0] * wilder, self._sigmas[1], least))

    def _refresh(self) -> None:
        errors = np.sort(np.array(self._long))
        last = len(errors) - 1
        self._middle = float(errors[last // 2] + errors[(last + 1) // 2]) / 2
        sizes = np.sort(np.abs(errors - self._middle))
        self._calm, body, tail = (float(sizes[round(share * last)]) for share in (_SHORT_QUANTILE, _BODY, _TAIL))
        self._sigmas = sigmas_of(body, tail, len(errors) >= CERTAIN_TAIL_HOURS)
        self._since_refresh = 0


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
