"""How long offers live, from snapshots: interval-censored at both ends, and blind for lives between two looks.

The likelihood is that of doubly interval-censored data whose origin is uniform within its interval (V. De Gruttola,
S. Lagakos 1989, Analysis of doubly-censored survival data), conditional on the life having been seen at all (left
truncation at its first look, whose age is as unknown as its birth). Intervals come from the jackknife that leaves out
one advertiser at a time, by one Newton step each (R. Bell, D. McCaffrey 2002, Bias reduction in standard errors for
linear regression with multi-stage samples: CR3), with Student's t for as many advertisers as the lives are worth. The
sandwich of K.-Y. Liang and S. Zeger (1986) with the normal's quantile held 80 % of simulated BUY medians where 90 %
were asked: few advertisers, some with most of the lives, pull the estimate towards themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import stdtrit

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.families import (
    LOGLOGISTIC,
    LOGNORMAL,
    WEIBULL,
    Family,
    lognormal_pair,
    piecewise_exponential,
    seen_share,
)
from p2p_pipeline.p2p.metrics.behaviour.fit_check import checked_times, is_fitting, most_errors_off
from p2p_pipeline.p2p.metrics.behaviour.seen_curve import SeenCurve, seen_curve

Floats = NDArray[np.float64]

MINIMUM_ENDS = 30
"""Lives that must have been seen to end before any lifetime is told."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_PIECES = (4, 8)
_LEAST_WEIGHT = 0.01
_GRID_SHARE = 0.05
LONGEST_SECONDS = 3.2e9
"""A hundred years: what is longer is told as this."""
_FLAT_SHARE = 1e-10
"""A direction that bends less than this share of the steepest one is not told by the data at all."""
_MOST_SHARE = 0.8
"""One advertiser counts for no more than this in a direction: leaving out all that is known of it would move it
anywhere."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class FamilyFit:
    """One fitted family."""

    family: Family
    parameters: Floats
    covariance: Floats
    aic: float
    weight: float
    """How much it counts beside the others, 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class LifetimeFit:
    """Distributions of lifetimes fitted to a cohort; every number is the mean over the families by their weights.

    Its interval holds both what each family is unsure of and how far the families disagree (K. Burnham, D. Anderson
    2002, Model selection and multimodel inference, 4.3): the best family's interval alone covers too seldom where the
    looks are too far apart to tell the families apart.
    """

    fits: tuple[FamilyFit, ...]
    """Best first."""
    lives: int
    ended: int
    gap_seconds: float
    curve: SeenCurve
    """What looks show of the same lives by themselves."""
    longest_seen_seconds: float
    """The longest time over which any life was followed; what lies beyond is the families' word."""
    worth_clusters: float = math.inf
    """How many advertisers with equally many lives would say as much (L. Kish 1965, Survey sampling)."""

    @property
    def family(self) -> str:
        """The family with the smallest AIC."""
        return self.fits[0].family.name

    def quantile(self, share_ended: float, confidence: float, longer_than_seconds: float = 0.0) -> Estimate:
        """By when this share of all lives, or of those longer than a time, has ended, seconds, with its interval.

        Where it lies below `gap_seconds` it is the families' word alone: no look tells lives that short apart.
        """

        def log_quantile(fit: FamilyFit, at: Floats) -> Floats:
            return np.log([_quantile(fit.family, at, share_ended, longer_than_seconds)])

        value, error = self._averaged(log_quantile, confidence)
        return Estimate(
            float(np.exp(value[0])), float(np.exp(value[0] - error[0])), float(np.exp(value[0] + min(error[0], 40.0)))
        )

    def survival(self, times: Floats, confidence: float) -> tuple[Floats, Floats, Floats]:
        """The share of lives longer than each time, and the band around it, on the scale of log(-log)."""

        def transformed(fit: FamilyFit, at: Floats) -> Floats:
            return np.asarray(np.log(-np.log(np.clip(fit.family.survival(at, times), 1e-12, 1 - 1e-12))))

        value, error = self._averaged(transformed, confidence)
        return tuple(np.exp(-np.exp(np.clip(value + shift, -40, 40))) for shift in (0.0, error, -error))  # type: ignore[return-value]

    def unseen(self, confidence: float) -> tuple[float, float]:
        """The share of all lives that began and ended between two looks, as the families say; its standard error."""

        def share(fit: FamilyFit, at: Floats) -> Floats:
            return np.array([1.0 - seen_share(fit.family, at, self.gap_seconds)])

        value, half = self._averaged(share, confidence)
        return float(value[0]), float(half[0]) / self._quantile(confidence)

    def _averaged(self, number: Callable[[FamilyFit, Floats], Floats], confidence: float) -> tuple[Floats, Floats]:
        weights = np.array([fit.weight for fit in self.fits])
        values = np.stack([number(fit, fit.parameters) for fit in self.fits])
        mean = np.average(values, axis=0, weights=weights)
        errors = []
        for fit, value in zip(self.fits, values, strict=True):
            gradient = _jacobian(partial(number, fit), fit.parameters)
            variance = np.einsum("ti,ij,tj->t", gradient, fit.covariance, gradient)
            errors.append(np.sqrt(np.maximum(variance, 0.0) + (value - mean) ** 2))
        return mean, self._quantile(confidence) * np.average(np.stack(errors), axis=0, weights=weights)

    def _quantile(self, confidence: float) -> float:
        return float(stdtrit(max(1.0, self.worth_clusters - 1), 0.5 + confidence / 2))


def fit_lifetimes(cohort: Cohort, families: Sequence[Family] | None = None) -> LifetimeFit | None:
    """Fit every family and weigh them by their AIC (H. Akaike 1974); None below `MINIMUM_ENDS` ends."""
    if cohort.ended < MINIMUM_ENDS:
        return None
    grouped = _Grouped(cohort)
    found = sorted((_fit(grouped, family) for family in (families or default_families(cohort))), key=lambda fit: fit[2])
    curve = seen_curve(cohort)
    found = _supported(curve, cohort.gap_seconds, found)
    weights = np.exp(-0.5 * (np.array([aic for _, _, aic in found]) - found[0][2]))
    counted = [entry for entry, weight in zip(found, weights, strict=True) if weight > _LEAST_WEIGHT]
    weights = weights[weights > _LEAST_WEIGHT] / weights[weights > _LEAST_WEIGHT].sum()
    return LifetimeFit(
        tuple(
            FamilyFit(family, parameters, _covariance(grouped, family, parameters), aic, float(weight))
            for (family, parameters, aic), weight in zip(counted, weights, strict=True)
        ),
        len(cohort),
        cohort.ended,
        cohort.gap_seconds,
        curve,
        float(np.max(np.where(np.isfinite(cohort.high), cohort.high, cohort.low))),
        _worth_clusters(cohort),
    )


_Found = tuple[Family, Floats, float]


def _supported(curve: SeenCurve, gap: float, found: list[_Found]) -> list[_Found]:
    """Those that go with the curve without a family; where none does, the one that lies off the least."""
    at = checked_times(curve, gap)
    off = [most_errors_off(at, partial(one.survival, told), seen_share(one, told, gap)) for one, told, _ in found]
    kept = [entry for entry, errors in zip(found, off, strict=True) if is_fitting(errors)]
    return kept or [found[int(np.argmin(off))]]


def _worth_clusters(cohort: Cohort) -> float:
    lives = np.unique(cohort.cluster, return_counts=True)[1]
    return float(lives.sum() ** 2 / (lives**2).sum())


def _quantile(family: Family, parameters: Floats, share_ended: float, longer_than: float) -> float:
    reached = float(family.survival(parameters, np.array([longer_than]))[0]) if longer_than else 1.0

    def above(log_time: float) -> float:
        return float(family.survival(parameters, np.array([np.exp(log_time)]))[0]) - reached * (1 - share_ended)

    low, high = np.log(1e-3), np.log(LONGEST_SECONDS)
    if above(high) > 0:
        return LONGEST_SECONDS
    return float(np.exp(brentq(above, low, high, xtol=1e-9))) if above(low) > 0 else 1e-3


def default_families(cohort: Cohort) -> tuple[Family, ...]:
    """Weibull, lognormal, log-logistic, two lognormals, and a piecewise constant hazard of four and of eight pieces.

    The pieces hold about equally many ends; none is shorter than the time between looks, which shows nothing finer.
    """
    middle = _midpoints(cohort)
    bent: list[Family] = []
    for pieces in _PIECES:
        cuts = np.unique(np.quantile(middle, np.arange(1, pieces) / pieces))
        cuts = cuts[np.diff(cuts, prepend=0.0) > cohort.gap_seconds]
        if len(cuts) and (not bent or len(cuts) > len(bent[0].start(1.0)) - 1):
            bent.append(piecewise_exponential(cuts))
    return (WEIBULL, LOGNORMAL, LOGLOGISTIC, lognormal_pair(max(cohort.gap_seconds, 1.0)), *bent)


class _Grouped:
    """The cohort's different contributions to the likelihood, each once: a regular grid of looks has few."""

    def __init__(self, cohort: Cohort) -> None:
        rows = np.stack([cohort.birth_width, cohort.low, cohort.high], axis=1)
        # Far finer than anything that looks so far apart can tell, and the looks' own jitter makes no groups.
        grid = max(1.0, _GRID_SHARE * cohort.gap_seconds)
        rows = np.round(rows / grid) * grid
        rows[:, 0] = np.maximum(rows[:, 0], 1.0)
        unique, place, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        self.place, self.counts, self.cluster = place.reshape(-1), counts, cohort.cluster
        self.typical = max(float(np.median(_midpoints(cohort))), cohort.gap_seconds / 2, 1.0)
        width, self.low, self.high = unique[:, :1], unique[:, 1:2], unique[:, 2:]
        self.before = width * (_NODES + 1) / 2
        self.is_ended = np.isfinite(self.high)

    def log_likelihoods(self, family: Family, parameters: Floats) -> Floats:
        """The logarithm of each different contribution."""
        # Survival at infinity is 0; some families can't take infinity itself.
        high = np.where(self.is_ended, self.high, 0.0) + self.before
        after = np.where(self.is_ended, family.survival(parameters, high), 0.0)
        outcome = (family.survival(parameters, self.low + self.before) - after) @ _WEIGHTS
        seen = family.survival(parameters, self.before) @ _WEIGHTS
        return np.asarray(np.log(np.maximum(outcome, 1e-300)) - np.log(np.maximum(seen, 1e-300)))


def _midpoints(cohort: Cohort) -> Floats:
    ended = np.isfinite(cohort.high)
    return np.asarray((cohort.low[ended] + cohort.high[ended] + cohort.birth_width[ended]) / 2)


def _fit(grouped: _Grouped, family: Family) -> _Found:
    total = int(grouped.counts.sum())

    def cost(parameters: Floats) -> float:
        # A slope too small to shift any estimate keeps a piece without a single end from running off to nowhere.
        leaning = 1e-6 * float(np.sum((parameters - start) ** 2))
        return -float(grouped.counts @ grouped.log_likelihoods(family, parameters)) / total + leaning

    start = family.start(grouped.typical)
    rough = minimize(
        cost, start, method="Nelder-Mead", options={"maxiter": 80 * len(start), "xatol": 1e-2, "fatol": 1e-6}
    )
    found = minimize(cost, rough.x, method="BFGS", options={"gtol": 1e-6})
    best = found.x if found.fun <= rough.fun else rough.x
    likelihood = float(grouped.counts @ grouped.log_likelihoods(family, best))
    return family, np.asarray(best), 2.0 * len(start) - 2 * likelihood


def _covariance(grouped: _Grouped, family: Family, parameters: Floats) -> Floats:
    """How the estimate moves when one advertiser's lives are left out, over all advertisers."""
    scores = _jacobian(lambda at: grouped.log_likelihoods(family, at), parameters)
    size = len(parameters)
    curvatures = np.empty((len(scores), size, size))
    for row in range(size):
        step = _steps(parameters)[row] * np.eye(size)[row]
        up = _jacobian(lambda at: grouped.log_likelihoods(family, at), parameters + step)
        down = _jacobian(lambda at: grouped.log_likelihoods(family, at), parameters - step)
        curvatures[:, row] = (up - down) / (2 * step[row])
    curvatures = -(curvatures + curvatures.transpose(0, 2, 1)) / 2
    clusters, place = np.unique(grouped.cluster, return_inverse=True)
    sums, bent = np.zeros((len(clusters), size)), np.zeros((len(clusters), size, size))
    np.add.at(sums, place, scores[grouped.place])
    np.add.at(bent, place, curvatures[grouped.place])
    values, vectors = np.linalg.eigh(np.sum(bent, axis=0))
    is_known = values > _FLAT_SHARE * values.max()
    unit = vectors[:, is_known] / np.sqrt(values[is_known])
    # In these units all lives together bend by 1 in each direction, and an advertiser's by his share of it.
    shares, directions = np.linalg.eigh(unit.T @ bent @ unit)
    inflated = 1.0 / (1.0 - np.clip(shares, 0.0, _MOST_SHARE))
    moved = np.einsum("gij,gj,gkj,gk->gi", directions, inflated, directions, sums @ unit) @ unit.T
    return np.asarray(moved.T @ moved * (len(clusters) - 1) / len(clusters))


def _steps(parameters: Floats) -> Floats:
    return np.asarray(1e-4 * np.maximum(1.0, np.abs(parameters)))


def _jacobian(function: Callable[[Floats], Floats], parameters: Floats) -> Floats:
    columns = []
    for row, step in enumerate(_steps(parameters)):
        shift = step * np.eye(len(parameters))[row]
        columns.append((function(parameters + shift) - function(parameters - shift)) / (2 * step))
    return np.stack(columns, axis=-1)
