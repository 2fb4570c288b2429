"""Lifetimes without a family: the nonparametric maximum likelihood estimate, to judge the families by.

B. Turnbull 1976, The empirical distribution function with arbitrarily grouped, censored and truncated data: expectation
and maximisation, in which every life that was seen stands for the unseen ones that it took luck not to be among. Here
with a birth that is uniform within its interval, as in lifetimes.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_CELLS = 30
_WIDE = 0.1
_MOST_PIECES = 10
_ITERATIONS = 2_000
_SETTLED = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class FreeCurve:
    """The share of lives longer than each time; within a cell lengths are taken to be spread evenly.

    The first cell is one gap between looks wide: how lives shorter than that are spread, no snapshot can tell.
    """

    times: Floats
    survival: Floats

    def quantile(self, share_ended: float) -> float:
        """By when this share has ended, seconds; infinite when fewer were seen to end."""
        if self.survival[-1] > 1.0 - share_ended:
            return float("inf")
        return float(np.interp(-(1.0 - share_ended), -self.survival, self.times))


def free_curve(cohort: Cohort) -> FreeCurve | None:
    """The estimate for a cohort; None when no life was seen to end."""
    if not cohort.ended:
        return None
    edges = _edges(cohort)
    rows = np.round(np.stack([cohort.birth_width, cohort.low, cohort.high], axis=1))
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    before = unique[:, :1] * (_NODES + 1) / 2
    # Survivors of the last edge have a cell of their own, which every life still there may be in.
    share_after_low = _share_above(edges, unique[:, 1:2] + before)
    share_after_high = _share_above(edges, np.where(np.isfinite(unique[:, 2:]), unique[:, 2:] + before, np.inf))
    outcome = np.einsum("ukc,k->uc", share_after_low - share_after_high, _WEIGHTS / 2)
    seen = np.einsum("ukc,k->uc", _share_above(edges, before), _WEIGHTS / 2)
    masses = _maximised(outcome, seen, counts.astype(float))
    return FreeCurve(edges, np.clip(1.0 - np.append(0.0, np.cumsum(masses[:-1])), 0.0, 1.0))


def _edges(cohort: Cohort) -> Floats:
    ended = np.isfinite(cohort.high)
    middle = (cohort.low[ended] + cohort.high[ended] + cohort.birth_width[ended]) / 2
    edges = [0.0, cohort.gap_seconds]
    for wanted in np.unique(np.quantile(middle, np.arange(1, _CELLS + 1) / _CELLS)):
        if wanted - edges[-1] >= cohort.gap_seconds:
            # A cell that is wide for where it lies would spread its lives over lengths that nobody had.
            pieces = int(min(_MOST_PIECES, (wanted - edges[-1]) // max(cohort.gap_seconds, _WIDE * wanted))) or 1
            edges += np.linspace(edges[-1], wanted, pieces + 1)[1:].tolist()
    return np.array(edges)


def _share_above(edges: Floats, limits: Floats) -> Floats:
    """For each limit (unique, node) the share of each cell above it; the cell beyond the last edge is all above."""
    inside = (edges[1:] - limits[..., None]) / np.diff(edges)
    beyond = np.isfinite(limits)[..., None].astype(float)
    return np.asarray(np.concatenate([np.clip(inside, 0.0, 1.0), beyond], axis=-1))


def _maximised(outcome: Floats, seen: Floats, counts: Floats) -> Floats:
    masses = np.full(outcome.shape[1], 1.0 / outcome.shape[1])
    for _ in range(_ITERATIONS):
        likely = np.maximum(outcome @ masses, 1e-300)
        shown = np.maximum(seen @ masses, 1e-12)
        expected = masses * ((counts / likely) @ outcome + (counts / shown) @ (1.0 - seen))
        expected /= expected.sum()
        change = float(np.abs(expected - masses).max())
        masses = expected
        if change < _SETTLED:
            break
    return np.asarray(masses)
