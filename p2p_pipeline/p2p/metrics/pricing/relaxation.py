"""An upper bound on what any split returns, and the gains by which offers are worth looking at.

For any `level`, a leg of x at value v is worth (v - level) * x above it. Without the demand that legs add up to the
amount, the best k legs are the k largest gains: no split returns more than level * amount plus these. The bound is
convex in the level, so a few chords find the level where it is lowest; on real books hundredths of a percent are
left between this bound and the best split.

Here: the bound for a set already chosen and the candidates left. Not here: the search that uses it (split.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p_pipeline.p2p.metrics.pricing.choices import Floats, Integers, Places

MOST_CHORDS = 40


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The lowest bound found, and each candidate's gain at its level."""

    fixed: float
    """What the level and the chosen offers contribute."""
    bound: float
    """No split that holds the chosen offers returns more."""
    best_with_one_leg_less: float
    """The same bound with one leg less: what a set may return before a given candidate adds its gain."""
    gains: Floats
    """What choosing each candidate adds, at most; negative for one that is worse than the level."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the search: offers already chosen, and the candidates for the legs left.

    Maxima are cut to what the minima of the chosen leave room for.
    """

    chosen: list[int]
    candidates: Places
    values: Floats
    minima: Integers
    maxima: Integers
    chosen_values: list[float]
    chosen_minima: list[int]
    chosen_maxima: list[int]
    amount: int
    legs_left: int
    leg_penalty: float


def relax(part: Part) -> Relaxed:
    """Find the level with the lowest bound by chords: each joins the lines that touch the bound at two levels."""
    low, high = 0.0, max([*part.values[:1].tolist(), *part.chosen_values], default=0.0)
    if not part.chosen:
        # Without a limit on legs the best level is the price at which the best offers add up to the amount.
        last = int(part.maxima.cumsum().searchsorted(part.amount))
        if last < len(part.values):
            high = float(part.values[last])
            if last < part.legs_left:
                return _relaxed_at(part, high)
    low_bound, low_slope = _bound_at(part, low)
    level = low
    if low_slope < 0:
        high_bound, high_slope = _bound_at(part, high)
        level = high
        for _ in range(MOST_CHORDS):
            if high_slope <= low_slope:
                break
            level = (high_bound - low_bound + low_slope * low - high_slope * high) / (low_slope - high_slope)
            bound, slope = _bound_at(part, level)
            if slope == 0 or bound <= (low_bound + low_slope * (level - low)) + 1e-13 * abs(bound):
                break
            if slope < 0:
                low, low_bound, low_slope = level, bound, slope
            else:
                high, high_bound, high_slope = level, bound, slope
    return _relaxed_at(part, level)


def _chosen_gains(part: Part, level: float) -> tuple[float, float]:
    gain = taken = 0.0
    for value, minimum, maximum in zip(part.chosen_values, part.chosen_minima, part.chosen_maxima, strict=True):
        quantity = maximum if value > level else minimum
        gain += (value - level) * quantity - part.leg_penalty
        taken += quantity
    return gain, taken


def _bound_at(part: Part, level: float) -> tuple[float, float]:
    gain, taken = _chosen_gains(part, level)
    gains = (part.values - level) * part.maxima
    maxima = part.maxima
    if len(gains) > part.legs_left:
        best = gains.argpartition(len(gains) - part.legs_left)[-part.legs_left :]
        gains, maxima = gains[best], maxima[best]
    for one_gain, one_maximum in zip(gains.tolist(), maxima.tolist(), strict=True):
        if one_gain > part.leg_penalty:
            gain += one_gain - part.leg_penalty
            taken += one_maximum
    return level * part.amount + gain, part.amount - taken


def _relaxed_at(part: Part, level: float) -> Relaxed:
    gain, _ = _chosen_gains(part, level)
    fixed = level * part.amount + gain
    above = part.values - level
    gains = above * np.where(above > 0, part.maxima, part.minima) - part.leg_penalty
    best = np.partition(gains, len(gains) - part.legs_left)[-part.legs_left :] if len(gains) > part.legs_left else gains
    positive = sorted((gain for gain in best.tolist() if gain > 0), reverse=True)
    return Relaxed(fixed, fixed + sum(positive), fixed + sum(positive[: part.legs_left - 1]), gains)
