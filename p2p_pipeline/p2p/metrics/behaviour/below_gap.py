"""What can be said of lives shorter than the time between two looks, most of which no look saw: bounds.

What looks tell is which share of the lives they saw is still there one look later, two looks later and so on. How many
lives began and ended between two looks no one can tell without assuming something of them. Assumed are here

- for the least: a new offer is at least as likely to be gone one look later as one already seen. That is taken as far
  as the chance of ending falls from the first look to the second: wholly where it falls by a quarter or more, not at
  all where it rises (then the least is 0), and in between in part;
- for the most: lives shorter than a gap last `SHORTEST_SECONDS` on average, or a quarter of the gap if that is less.

Proof for the least: with a chance of ending that never rises, the share of all lives that is seen is largest, given the
share still there a look later, when the chance is constant (G / exp is log-convex and its means over the first two gaps
agree, so it is at most 1 in the first).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from p2p_pipeline.p2p.metrics.behaviour.seen_curve import Floats, SeenCurve

SHORTEST_SECONDS = 300.0
"""People who advertise for less than five minutes on average trade by other means than an advertisement."""
_CLEAR_FALL = math.log(4 / 3)
_TREND_FACTOR = 2.0
_STEEPEST = 10.0
_ERRORS_BETWEEN = 2.5
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class GapBounds:
    """Shares of all lives, each with what sampling leaves open taken off or added."""

    unseen_least: float
    """At least so many began and ended between two looks."""
    unseen_most: float
    shorter_least: float
    """At least so many are shorter than the gap, seen or not."""
    shorter_most: float
    shorter_by_trend: float
    """At most so many, if new offers go no faster than twice what the first looks' trend says (without sampling): the
    word on whether a quantile can be told as a number."""
    seen_error: float
    """A standard error of the share that looks saw: a part of what lies between the least and the trend, chosen so that
    intervals hold what they claim on lives of known kinds (docs/methods.md)."""


def gap_bounds(curve: SeenCurve, gap_seconds: float, confidence: float) -> GapBounds:
    """Bounds from the shares still there one and two looks after the first."""
    one, two = _drawn_shares(curve, gap_seconds)
    hazard, next_hazard = -np.log(one), -np.log(two / one)
    fall = np.log(hazard / np.maximum(next_hazard, 1e-9))
    # At least so likely, over the first gap, is the end of a new offer.
    least_hazard = hazard * np.clip(fall / _CLEAR_FALL, 1e-6, 1.0)
    seen_most = _seen_share(least_hazard)
    # Lives that outlive the gap, as a share of those seen: the looks after it, carried on to its end.
    outlive = np.minimum(1.0, one + np.maximum(0.0, one - two) / 2)
    shortest = min(0.25, SHORTEST_SECONDS / gap_seconds)
    seen_least = 1.0 / (outlive + (1.0 - outlive) / shortest)
    steeper = np.clip(np.exp(fall), 1.0, _STEEPEST) ** 2
    by_trend, by_twice = (_seen_share(factor * hazard * steeper) for factor in (1.0, _TREND_FACTOR))
    tail = (1.0 - confidence) / 2
    return GapBounds(
        unseen_least=float(np.quantile(1.0 - seen_most, tail)),
        unseen_most=float(np.quantile(1.0 - seen_least, 1.0 - tail)),
        shorter_least=float(np.quantile(-np.expm1(-least_hazard), tail)),
        shorter_most=float(np.quantile(1.0 - seen_least * outlive, 1.0 - tail)),
        shorter_by_trend=float(np.median(1.0 - by_twice * outlive)),
        seen_error=float(np.median(np.maximum(0.0, seen_most - by_trend))) / _ERRORS_BETWEEN,
    )


def _drawn_shares(curve: SeenCurve, gap_seconds: float) -> tuple[Floats, Floats]:
    """The shares still there one and two looks later, as often as they might have come out: normal quantiles."""
    at = (1.5 * gap_seconds, 2.5 * gap_seconds)
    moved = np.stack([curve.owner_moves(seconds) for seconds in at], axis=1)
    spread = np.linalg.cholesky(moved.T @ moved + 1e-12 * np.eye(2))
    # The same draws for every market: a Halton grid through the normal quantile function.
    grid = ndtri(np.stack([_halton(base) for base in (2, 3)], axis=1))
    drawn = np.array([curve.plain_share(seconds) for seconds in at]) + grid @ spread.T
    one = np.clip(drawn[:, 0], 1e-6, 1.0 - 1e-9)
    return one, np.clip(drawn[:, 1], 1e-7, one * (1.0 - 1e-9))


def _seen_share(hazard: Floats) -> Floats:
    """The share seen of lives that end at a constant rate, `hazard` a gap."""
    return np.asarray(-np.expm1(-hazard) / hazard)


def _halton(base: int) -> Floats:
    def at(place: int) -> float:
        value, scale = 0.0, 1.0
        while place:
            scale /= base
            place, digit = divmod(place, base)
            value += digit * scale
        return value

    return np.array([at(place) for place in range(1, _DRAWS + 1)])
