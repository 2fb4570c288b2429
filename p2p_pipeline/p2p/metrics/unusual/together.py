"""The measures of a market judged together: what none of them shows alone, several may show at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.grid import Floats
from p2p_pipeline.p2p.metrics.unusual.judge import Look
from p2p_pipeline.p2p.metrics.unusual.measures import Kind
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import ALARM_SIGMAS, ENOUGH_HOURS, LONG_HOURS, ErrorSpread

JOINT_ALARM_SIGMAS = 4.0
"""From here on the measures together are odd: as rare as `ALARM_SIGMAS` of one measure, all tests counted."""
CONFIRMED_SIGMAS = 2.0
"""So far off a measure must be itself to be called unusual because of the others, or to be named as agreeing."""

_REFRESH_HOURS = 24
_LEARNT_UP_TO = 4.0
_COUNTED_UP_TO = 8.0
_RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class Member:
    """One measure of a market."""

    side: Side
    measure: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Joint:
    """What the measures of one hour are together."""

    score: float | None
    """The strongest test's, made as rare as a single test's of that size; None while too little is known."""
    thresholds: tuple[float, ...]
    """From which score on each measure counts as unusual."""
    agreeing: tuple[frozenset[int], ...]
    """The measures that moved the same way as each one, far enough to be named."""


class Together:
    """Follows how a market's measures move together, and says when they do so oddly; fed in time's order.

    Four tests: all prices moved together (a common shift, weighted by what is known of their errors and how these hang
    together), those of BUY did, those of SELL did, or the families of measures (prices, offers, depth of each side,
    the spread) taken together are far from where they usually are (a Mahalanobis distance). Each test is measured
    against its own past like a measure is (ErrorSpread), so that errors which hang together more than four weeks
    showed make no alarms. The four share one error rate (Šidák 1967, "Rectangular confidence regions for the means of
    multivariate normal distributions").
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        families = _families(members)
        masks = _price_masks(members)
        self._is_member = np.array([*masks, *families], dtype=bool).reshape(-1, len(members))
        self._shifts = len(masks)
        self._families = len(families) if len(families) > 1 else 0
        self._weights: Floats | None = None
        self._scores: list[Floats] = []
        self._sigmas: list[Floats] = []
        self._sums: list[Floats] = []
        self._covariance = np.eye(len(members))
        self._precision = np.eye(len(families))
        self._since_refresh = _REFRESH_HOURS
        self._errors = [ErrorSpread() for _ in range(self._shifts + bool(self._families))]
        self._threshold = _threshold_of_each(len(self._errors))
        self._was_odd = False

    def judge(self, hour: int, looks: Sequence[Look | None]) -> Joint:
        """The measures of an hour, in the order of the members; None for one without a value."""
        scores = np.array([np.nan if look is None or look.spread is None else look.score for look in looks])
        if not self._errors or np.isfinite(scores).sum() < 2:
            return self._of_each(scores, None, np.zeros(len(scores), dtype=bool))
        self._learn_if_due()
        found = self._tests(hour, scores)
        is_known = bool(found)
        strongest = max((abs(score) for score, _ in found), default=0.0)
        confirmed = np.zeros(len(scores), dtype=bool)
        for score, is_confirmed in found:
            if abs(score) >= self._threshold:
                confirmed |= is_confirmed
        self._remember(scores, looks)
        joint = self._of_each(scores, _as_one(strongest, len(self._errors)) if is_known else None, confirmed)
        self._was_odd = strongest >= self._threshold
        return joint

    def _tests(self, hour: int, scores: Floats) -> list[tuple[float, NDArray[np.bool_]]]:
        """Each test's score, and which measures it speaks of."""
        if self._weights is None:
            return []
        shifts = self._shifts_of(np.clip(np.nan_to_num(scores), -_COUNTED_UP_TO, _COUNTED_UP_TO), np.isfinite(scores))
        found = []
        for place in range(len(self._errors)):
            is_shift = place < self._shifts
            value = float(shifts[place]) if is_shift else self._distance(shifts[self._shifts :])
            errors = self._errors[place]
            spread = errors.usual(hour, 1.0)
            if spread is not None:
                score = (value - spread.middle) / spread.sigma
                moved = scores * np.sign(score) if is_shift else np.abs(scores)
                part = self._is_member[place] if is_shift else np.ones(len(scores), dtype=bool)
                if is_shift or score > 0:
                    found.append((score, part & (np.nan_to_num(moved) >= CONFIRMED_SIGMAS)))
            if not self._was_odd:
                errors.add(hour, float(np.clip(value, -_LEARNT_UP_TO, _LEARNT_UP_TO)))
        return found

    def _shifts_of(self, scores: Floats, is_seen: NDArray[np.bool_]) -> Floats:
        weights = self._weights * is_seen
        variances = np.einsum("ti,ij,tj->t", weights, self._covariance, weights)
        return np.asarray((weights @ scores) / np.sqrt(np.maximum(variances, 1e-12)))

    def _distance(self, families: Floats) -> float:
        """How far the families are from where they usually are, as a normal score (Wilson & Hilferty 1931)."""
        count = len(families)
        square = float(families @ self._precision @ families)
        return float(((square / count) ** (1 / 3) - (1 - 2 / (9 * count))) / np.sqrt(2 / (9 * count)))

    def _remember(self, scores: Floats, looks: Sequence[Look | None]) -> None:
        if self._was_odd:
            return
        self._scores.append(np.clip(scores, -_LEARNT_UP_TO, _LEARNT_UP_TO))
        self._sigmas.append(np.array([look.spread.sigma if look and look.spread else np.nan for look in looks]))
        del self._scores[:-LONG_HOURS], self._sigmas[:-LONG_HOURS]
        self._since_refresh += 1

    def _learn_if_due(self) -> None:
        if self._since_refresh < _REFRESH_HOURS or len(self._scores) < ENOUGH_HOURS:
            return
        self._since_refresh = 0
        past = np.array(self._scores)
        self._covariance = _second_moments(past)
        sigmas = np.nanmedian(np.array(self._sigmas), axis=0)
        self._weights = np.array([self._weights_of(mask, sigmas) for mask in self._is_member])
        if self._families:
            shifts = np.array([self._shifts_of(np.nan_to_num(row), np.isfinite(row)) for row in past])
            moments = _second_moments(shifts[:, self._shifts :])
            self._precision = np.linalg.inv(moments + _RIDGE * np.eye(len(moments)))

    def _weights_of(self, mask: NDArray[np.bool_], sigmas: Floats) -> Floats:
        """The weights that show a common shift best, none of them negative."""
        places = np.flatnonzero(mask & np.isfinite(sigmas))
        weights = np.zeros(len(sigmas))
        if len(places):
            own = self._covariance[np.ix_(places, places)]
            shift = np.min(sigmas[places]) / sigmas[places]
            weights[places] = np.maximum(np.linalg.solve(own + _RIDGE * np.diag(np.diag(own)), shift), 0.0)
        return weights

    def _of_each(self, scores: Floats, joint: float | None, confirmed: NDArray[np.bool_]) -> Joint:
        known = np.nan_to_num(scores)
        far = np.abs(known) >= CONFIRMED_SIGMAS
        agreeing = tuple(
            frozenset(int(other) for other in np.flatnonzero(far) if other != place) if far[place] else frozenset()
            for place in range(len(scores))
        )
        return Joint(joint, tuple(CONFIRMED_SIGMAS if one else ALARM_SIGMAS for one in confirmed), agreeing)


def _price_masks(members: Sequence[Member]) -> list[list[bool]]:
    """All prices, those of BUY, those of SELL: each where there are two at least, and none twice."""
    wanted = [set(Side), {Side.BUY}, {Side.SELL}]
    masks = [[one.kind is Kind.PRICE and one.side in sides for one in members] for sides in wanted]
    return [mask for place, mask in enumerate(masks) if sum(mask) > 1 and mask not in masks[:place]]


def _families(members: Sequence[Member]) -> list[list[bool]]:
    names = [(one.side, "price" if one.kind is Kind.PRICE else one.measure) for one in members]
    return [[name == family for name in names] for family in dict.fromkeys(names)]


def _second_moments(scores: Floats) -> Floats:
    seen = np.isfinite(scores).astype(np.float64)
    known = np.nan_to_num(scores)
    counts = seen.T @ seen
    moments = (known.T @ known) / np.maximum(counts, 1.0)
    return np.asarray(np.where(counts > 0, moments, 0.0) + 1e-6 * np.eye(scores.shape[1]))


def _threshold_of_each(tests: int) -> float:
    """From which score on one of so many tests makes an alarm that is as rare as a single one at the joint alarm."""
    if not tests:
        return float("inf")
    one = 2 * NormalDist().cdf(-JOINT_ALARM_SIGMAS)
    return -NormalDist().inv_cdf(0.5 * (1 - (1 - one) ** (1 / tests)))


def _as_one(strongest: float, tests: int) -> float:
    """The strongest of some tests' scores as a score of one test."""
    rare = 1 - (1 - 2 * NormalDist().cdf(-strongest)) ** tests
    return -NormalDist().inv_cdf(0.5 * rare) if 0 < rare < 1 else (strongest if rare <= 0 else 0.0)
