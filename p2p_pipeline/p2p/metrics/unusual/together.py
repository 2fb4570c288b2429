"""The measures of a market judged together: what none of them shows alone, several may show at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.grid import Floats
from p2p_pipeline.p2p.metrics.unusual.judge import Look
from p2p_pipeline.p2p.metrics.unusual.measures import Kind
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import (
    ALARM_SIGMAS,
    ENOUGH_HOURS,
    LIGHT_SHAPE,
    LONG_HOURS,
    ErrorSpread,
)

JOINT_ALARM_SIGMAS = 4.0
"""From here on the measures together are odd: as rare as `ALARM_SIGMAS` of one measure, all tests counted."""
CONFIRMED_SIGMAS = 2.0
"""So far off a measure must be itself to be called unusual because of the others, or to be named as agreeing."""

_REFRESH_HOURS = 24
_LEARNT_UP_TO = 4.0
_COUNTED_UP_TO = 8.0
_RIDGE = 0.3
_FAMILY_RIDGE = 0.05
_LEAST_VARIANCE = 1e-6


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
    moved: tuple[int, ...]
    """The measures (by their place) that are far enough off to be named."""


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
        self._scores: deque[Floats] = deque(maxlen=LONG_HOURS)
        self._sigmas: deque[list[float]] = deque(maxlen=LONG_HOURS)
        self._covariance = np.eye(len(members))
        self._precision: Floats = np.eye(len(families))
        self._since_refresh = _REFRESH_HOURS
        self._errors = [ErrorSpread(LIGHT_SHAPE) for _ in range(self._shifts + bool(self._families))]
        self._threshold = _threshold_of_each(len(self._errors))
        self._was_odd = False

    def judge(self, hour: int, looks: Sequence[Look | None]) -> Joint:
        """The measures of an hour, in the order of the members; None for one without a value."""
        scores = np.array([np.nan if look is None or look.spread is None else look.score for look in looks])
        is_seen = np.isfinite(scores)
        known = np.where(is_seen, scores, 0.0)
        if not self._errors or is_seen.sum() < 2:
            return _of_each(known, None, None)
        self._learn_if_due()
        confirmed: NDArray[np.bool_] | None = None
        strongest = None
        for score, part in self._tests(hour, known, is_seen):
            strongest = max(abs(score), strongest or 0.0)
            if abs(score) >= self._threshold:
                moved = np.abs(known) if part is None else np.where(part, known * np.sign(score), 0.0)
                is_far = moved >= CONFIRMED_SIGMAS
                confirmed = is_far if confirmed is None else confirmed | is_far
        if not self._was_odd:
            self._remember(scores, looks)
        self._was_odd = strongest is not None and strongest >= self._threshold
        return _of_each(known, None if strongest is None else _as_one(strongest, len(self._errors)), confirmed)

    def _tests(
        self, hour: int, known: Floats, is_seen: NDArray[np.bool_]
    ) -> Iterator[tuple[float, NDArray[np.bool_] | None]]:
        """Each test's score, and of a shift which measures it is of."""
        if self._weights is None:
            return
        shifts = self._shifts_of(np.clip(known, -_COUNTED_UP_TO, _COUNTED_UP_TO)[None], is_seen[None])[0]
        for place, errors in enumerate(self._errors):
            is_shift = place < self._shifts
            value = float(shifts[place]) if is_shift else self._distance(shifts[self._shifts :])
            spread = errors.usual(hour, 1.0)
            if spread is not None:
                score = (value - spread.middle) / spread.sigma
                yield (score, self._is_member[place]) if is_shift else (max(score, 0.0), None)
            if not self._was_odd:
                errors.add(hour, min(max(value, -_LEARNT_UP_TO), _LEARNT_UP_TO))

    def _shifts_of(self, known: Floats, is_seen: NDArray[np.bool_]) -> Floats:
        """The shift of each test in hours (a row each): its weighted scores, in units of what these usually vary."""
        shifts = np.empty((len(known), len(self._is_member)))
        for place, weights in enumerate(self._weights if self._weights is not None else ()):
            used = weights * is_seen
            variances = ((used @ self._covariance) * used).sum(axis=1)
            shifts[:, place] = (known * used).sum(axis=1) / np.sqrt(np.maximum(variances, _LEAST_VARIANCE))
        return shifts

    def _distance(self, families: Floats) -> float:
        """How far the families are from where they usually are, as a normal score (Wilson & Hilferty 1931)."""
        count = len(families)
        square = float(families @ self._precision @ families)
        return float(((square / count) ** (1 / 3) - (1 - 2 / (9 * count))) / np.sqrt(2 / (9 * count)))

    def _remember(self, scores: Floats, looks: Sequence[Look | None]) -> None:
        self._scores.append(np.clip(scores, -_LEARNT_UP_TO, _LEARNT_UP_TO))
        self._sigmas.append([np.nan if look is None or look.spread is None else look.spread.sigma for look in looks])
        self._since_refresh += 1

    def _learn_if_due(self) -> None:
        if self._since_refresh < _REFRESH_HOURS or len(self._scores) < ENOUGH_HOURS:
            return
        self._since_refresh = 0
        past = np.array(self._scores)
        is_seen = np.isfinite(past)
        known = np.where(is_seen, past, 0.0)
        self._covariance = _second_moments(known, is_seen)
        sigmas = pd.DataFrame(self._sigmas).median().to_numpy()
        self._weights = np.array([self._weights_of(mask, sigmas) for mask in self._is_member])
        if self._families:
            families = self._shifts_of(known, is_seen)[:, self._shifts :]
            moments = _second_moments(families, np.ones(families.shape, dtype=bool))
            self._precision = np.asarray(np.linalg.inv(moments + _FAMILY_RIDGE * np.eye(len(moments))))

    def _weights_of(self, mask: NDArray[np.bool_], sigmas: Floats) -> Floats:
        """The weights that show a common shift best, none of them negative."""
        places = np.flatnonzero(mask & np.isfinite(sigmas))
        weights = np.zeros(len(sigmas))
        if len(places):
            own = self._covariance[np.ix_(places, places)]
            shift = np.min(sigmas[places]) / sigmas[places]
            weights[places] = np.maximum(np.linalg.solve(own + _RIDGE * np.diag(np.diag(own)), shift), 0.0)
        return weights


def _of_each(known: Floats, joint: float | None, confirmed: NDArray[np.bool_] | None) -> Joint:
    thresholds = np.full(len(known), ALARM_SIGMAS)
    if confirmed is not None:
        thresholds[confirmed] = CONFIRMED_SIGMAS
    moved = tuple(int(place) for place in np.flatnonzero(np.abs(known) >= CONFIRMED_SIGMAS))
    return Joint(joint, tuple(thresholds.tolist()), moved)


def _price_masks(members: Sequence[Member]) -> list[list[bool]]:
    """All prices, those of BUY, those of SELL: each where there are two at least, and none twice."""
    wanted = [set(Side), {Side.BUY}, {Side.SELL}]
    masks = [[one.kind is Kind.PRICE and one.side in sides for one in members] for sides in wanted]
    return [mask for place, mask in enumerate(masks) if sum(mask) > 1 and mask not in masks[:place]]


def _families(members: Sequence[Member]) -> list[list[bool]]:
    names = [(one.side, "price" if one.kind is Kind.PRICE else one.measure) for one in members]
    return [[name == family for name in names] for family in dict.fromkeys(names)]


def _second_moments(known: Floats, is_seen: NDArray[np.bool_]) -> Floats:
    """Of scores, 0 where one is not seen: the mean product of each two over the hours that have both."""
    seen = is_seen.astype(np.float64)
    return np.asarray(known.T @ known / np.maximum(seen.T @ seen, 1.0) + _LEAST_VARIANCE * np.eye(known.shape[1]))


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
