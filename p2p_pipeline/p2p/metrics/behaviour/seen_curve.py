"""How long the lives last that some look saw, without any family: what snapshots tell by themselves.

A life's age at its first look is uniform within its birth's interval, its end within the interval of its end; lives
still there when the window ended pass their weight on to those followed longer (E. Kaplan, P. Meier 1958; for
intervals B. Turnbull 1974, The self-consistency estimate). From one gap between looks on, the share of all lives is
this share times that of the lives that were seen at all, which below_gap.py bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_OF_ONE = 0.8
"""One advertiser counts for no more than this: leaving out all that is known would move an estimate anywhere."""

_TABLE_ROWS = 400
_FINE_GAPS = 40


@dataclass(frozen=True, eq=False)
class SeenCurve:
    """Of the lives seen at all, the share longer than a time; meant from one gap between looks on."""

    begins: Floats
    """Each life's end is spread evenly from here, ascending by the middle of it."""
    finishes: Floats
    """To here. The same as `begins` for a life still there when the window ended."""
    is_ended: NDArray[np.bool_]
    slack: Floats
    """How far off the middle the end may lie because the birth isn't known either."""
    cluster: Integers
    at_risk: Floats
    """How many lives were followed up to the middle of each."""
    masses: Floats
    """The share of lives that each one that ended stands for; 0 for one still there."""

    def __len__(self) -> int:
        return len(self.begins)

    @property
    def longest_seconds(self) -> float:
        """The latest end that was seen."""
        return float(self.finishes[self.is_ended].max())

    def share(self, seconds: float) -> float:
        """The share of seen lives longer than this."""
        return self.plain_share(seconds) - self._bend(seconds)

    def plain_share(self, seconds: float) -> float:
        """The same as a mean over what is not known of births and ends, which a bent curve lies off a little."""
        return 1.0 - float(self.masses @ self._gone(seconds))

    def quantile(self, share_ended: float) -> float:
        """By when this share of the seen lives has ended, seconds; infinite when fewer were seen to end."""
        if self.masses.sum() < share_ended:
            return float("inf")
        times, left = self._table
        return float(np.interp(share_ended - 1.0, -left, times))

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        """Times, and the share still there at each, never rising: between two of them lies little of the curve."""
        ends = np.unique(np.quantile(np.concatenate((self.begins, self.finishes)), np.linspace(0, 1, _TABLE_ROWS)))
        # Looks on a regular grid make few different ends, and the curve bends between them.
        last, gap = self.longest_seconds, self.gap_seconds
        near = np.arange(0.0, min(last, _FINE_GAPS * gap), gap / 8)
        times = np.unique(np.concatenate((near, ends, [last + 2 * gap])))
        left = np.array([self.share(at) for at in times.tolist()])
        return times, np.clip(np.minimum.accumulate(left), 0.0, 1.0)

    def influences(self, seconds: float) -> Floats:
        """What each life moved `share(seconds)` by (the influence function; N. Reid 1981)."""
        moved = self._plain_influences(seconds)
        step = self._step(seconds)
        if step <= 0:
            return moved
        around = self._plain_influences(seconds - step) - 2 * moved + self._plain_influences(seconds + step)
        return moved - (self.gap_seconds / step) ** 2 * around / 6

    def _plain_influences(self, seconds: float) -> Floats:
        gone = self._gone(seconds)
        steps = np.cumsum(gone / self.at_risk**2)
        # Lives with the same middle are at risk together.
        steps = steps[np.searchsorted(self.middles, self.middles, side="right") - 1]
        return np.asarray(-self.plain_share(seconds) * (gone / self.at_risk - steps))

    def owner_moves(self, seconds: float) -> Floats:
        """What leaving out each advertiser moves `share(seconds)` by; squares add up to the jackknife's variance."""
        owners, place, lives = np.unique(self.cluster, return_inverse=True, return_counts=True)
        sums = np.zeros(len(owners))
        np.add.at(sums, place.reshape(-1), self.influences(seconds))
        kept = 1.0 - np.minimum(lives / len(self), MOST_OF_ONE)
        return np.asarray(sums / kept * np.sqrt(1.0 - 1.0 / len(owners)))

    def hidden_variance(self, seconds: float) -> float:
        """The variance of `share(seconds)` around what the same lives would show if nothing of them were hidden."""
        count, gone = len(self), self._gone(seconds)
        # Greenwood's variance holds what the lives vary by (a binomial's) and what those still there hide (T. Louis
        # 1982): only the difference is of this window.
        is_before = self.is_ended & (self.middles <= seconds)
        risk = np.arange(count, 0, -1, dtype=float)
        left = 1.0 - float(self.masses[is_before].sum())
        greenwood = left**2 * float(np.sum(is_before / np.maximum(risk * (risk - 1.0), 1.0)))
        hidden = max(0.0, greenwood - left * (1.0 - left) / count)
        return hidden + float(np.sum(gone * (1.0 - gone))) / count**2 + (self._bend(seconds) / 2) ** 2

    @cached_property
    def middles(self) -> Floats:
        """The middle of what is known of each life's length, ascending."""
        return (self.begins + self.finishes) / 2

    @cached_property
    def gap_seconds(self) -> float:
        """The usual time between looks."""
        return float(np.median(self.slack))

    def _gone(self, seconds: float) -> Floats:
        """The chance that each life had ended by a time: its birth and its end are spread within their intervals."""
        wide, narrow, both, first = self._spread
        at = np.clip(seconds - first, 0.0, both)
        area = _ramp(at) - _ramp(at - narrow) - _ramp(at - wide)
        return np.asarray(area / (wide * narrow) * self.is_ended)

    @cached_property
    def _spread(self) -> tuple[Floats, Floats, Floats, Floats]:
        """The wider and the narrower of each life's two intervals, their sum, and when it can have ended first."""
        spans = self.finishes - self.begins
        wide, narrow = (np.maximum(pick(spans, self.slack), 1.0) for pick in (np.maximum, np.minimum))
        return wide, narrow, wide + narrow, self.middles - (wide + narrow) / 2

    def _bend(self, seconds: float) -> float:
        """What the plain share lies too high where the curve is bent: it is a mean over two gaps."""
        step = self._step(seconds)
        if step <= 0:
            return 0.0
        around = [self.plain_share(at) for at in (seconds - step, seconds, seconds + step)]
        return (self.gap_seconds / step) ** 2 * (around[0] - 2 * around[1] + around[2]) / 6

    def _step(self, seconds: float) -> float:
        # No life is seen at an age below half a gap, as the curve has it.
        return min(self.gap_seconds, seconds - self.gap_seconds / 2)


def _ramp(at: Floats) -> Floats:
    return np.asarray(np.square(np.maximum(at, 0.0)) / 2)


def seen_curve(cohort: Cohort) -> SeenCurve:
    """The curve of a cohort with at least one end."""
    is_ended = np.isfinite(cohort.high)
    begins = cohort.birth_width / 2 + cohort.low
    finishes = np.where(is_ended, cohort.birth_width / 2 + cohort.high, begins)
    middle = (begins + finishes) / 2
    # A life still there at a moment outlives those that end in it.
    order = np.lexsort((~is_ended, middle))
    begins, finishes, is_ended, middle = begins[order], finishes[order], is_ended[order], middle[order]
    at_risk = (len(middle) - np.searchsorted(middle, middle, side="left")).astype(float)
    left = np.cumprod(1.0 - _hazards(middle, is_ended, at_risk))
    masses = -np.diff(left, prepend=1.0)
    return SeenCurve(begins, finishes, is_ended, cohort.birth_width[order], cohort.cluster[order], at_risk, masses)


def _hazards(middle: Floats, is_ended: NDArray[np.bool_], at_risk: Floats) -> Floats:
    """One factor a life, so that those that end at the same time together take their share of those at risk."""
    # Ends of a tie come one after another, before those still there: each takes 1 of what is left.
    place = np.arange(len(middle))
    first = np.searchsorted(middle, middle, side="left")
    return np.where(is_ended, 1.0 / np.maximum(at_risk - (place - first), 1.0), 0.0)
