"""How offers end: filled or withdrawn, as competing outcomes, with what can't be known as bounds.

Cumulative incidence after O. Aalen, S. Johansen 1978, An empirical transition matrix for non-homogeneous Markov chains
based on censored observations; with delayed entry, for a life is at risk of being counted only from its first look on.
Intervals are percentiles of a bootstrap over advertisers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.states import Ending

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LITTLE_LEFT = 0.15
"""Of the most it ever had: an offer that disappears with at most this share left was filled."""
MOST_LEFT = 0.5
"""An offer that disappears with at least this share left was withdrawn,"""
ORDERS_LEFT = 2.0
"""if that is worth at least this many of its smallest orders."""
HORIZONS_HOURS = (1, 6, 24, 72, 168)
LIMITS = (
    "An offer that is edited into a new ad counts as withdrawn; one that rests longer than the limit counts as ended; "
    "an order for all that is left, and what is traded or taken back after the last look, are not seen: fills look "
    "like withdrawals or unknown, the more so the further apart the looks are."
)
"""What no snapshot can tell; said next to every number."""
_REPETITIONS = 200

ENDINGS = tuple(Ending)


@dataclass(frozen=True, slots=True)
class Incidence:
    """The share of lives that ended in one way within a time."""

    ending: Ending
    hours: int
    share: float
    low: float
    high: float
    """The sampling interval of `share`."""
    least: float
    """When every unknown ending went the other way."""
    most: float
    """When every unknown ending went this way."""


def classify(lives: pd.DataFrame) -> Integers:
    """How each life would be taken to have ended, by its last look: places in `ENDINGS`."""
    left, most, price, low, high = (
        lives[name].astype(float).to_numpy()
        for name in ("last_available_asset", "most_available_asset", "last_price", "last_min_fiat", "last_max_fiat")
    )
    share = np.divide(left, most, out=np.zeros_like(left), where=most > 0)
    # An offer that never could take its own smallest order was not filled down to there.
    is_filled = (share <= LITTLE_LEFT) | ((high < low) & (share < MOST_LEFT))
    # Where one smallest order more would have hidden it, it may have been that order.
    is_withdrawn = (share >= MOST_LEFT) & (left * price >= ORDERS_LEFT * low)
    return np.where(is_filled, 0, np.where(is_withdrawn, 1, 2)).astype(np.int64)


def incidences(cohort: Cohort, endings: Integers, confidence: float, seed: int = 0) -> list[Incidence]:
    """The cumulative incidence of each ending at each horizon that the cohort was followed for.

    A life's length is drawn evenly from between its bounds: exact times are not known.
    """
    if not cohort.ended:
        return []
    random = np.random.default_rng(seed)
    risk = _Risk(cohort, endings, random)
    # How lives end within one look's reach depends on where in their bounds they are thought to end.
    finest = 2 * cohort.gap_seconds / 3600
    longest = int(np.argmax(risk.times))
    within = [hours for hours in HORIZONS_HOURS if hours <= risk.times[longest] / 3600]
    # When the longest life of all was seen to end, what comes later is known too: nothing.
    beyond = HORIZONS_HOURS[len(within) : len(within) + 1] if risk.endings[longest] >= 0 else ()
    horizons = [hours for hours in (*within, *beyond) if hours >= finest]
    if not horizons:
        return []
    at = np.array(horizons, dtype=float) * 3600
    central = risk.curves(np.ones(len(cohort)), at)
    owners = int(cohort.cluster.max()) + 1
    draws = np.stack(
        [
            risk.curves(np.bincount(random.integers(0, owners, owners), minlength=owners)[cohort.cluster], at)
            for _ in range(_REPETITIONS)
        ]
    )
    low, high = np.quantile(draws, [0.5 - confidence / 2, 0.5 + confidence / 2], axis=0)
    # Where nothing of a kind was seen all draws agree: the bound is then that of so many coin tosses.
    high = np.where(high > 0, high, 1 - ((1 - confidence) / 2) ** (1 / owners))
    unknown = central[2]
    return [
        Incidence(
            ending,
            hours,
            float(central[row, column]),
            float(low[row, column]),
            float(high[row, column]),
            float(central[row, column]) if ending is not Ending.UNKNOWN else 0.0,
            min(1.0, float(central[row, column] + (unknown[column] if ending is not Ending.UNKNOWN else 0.0))),
        )
        for column, hours in enumerate(horizons)
        for row, ending in enumerate(ENDINGS)
    ]


def cumulative_incidence(
    times: Floats, endings: Integers, entry: Floats, weights: Floats, kinds: int
) -> tuple[Floats, Floats]:
    """The times of the ends, and the cumulative incidence of each kind at them (kind by time).

    `endings` are kinds from 0, or -1 for a life that was still there at its time. Ties are taken in their order.
    """
    order = np.argsort(times, kind="stable")
    times, endings, weights_at = times[order], endings[order], weights[order]
    entered = np.argsort(entry, kind="stable")
    entered_by = np.append(0.0, np.cumsum(weights[entered]))[np.searchsorted(entry[entered], times, side="left")]
    left_before = np.cumsum(weights_at) - weights_at
    at_risk = np.maximum(entered_by - left_before, weights_at)
    hazard = np.divide(weights_at, at_risk, out=np.zeros_like(weights_at), where=at_risk > 0)
    survival = np.cumprod(np.where(endings >= 0, 1.0 - np.minimum(hazard, 1.0), 1.0))
    before = np.append(1.0, survival[:-1])
    steps = np.stack([np.where(endings == kind, before * hazard, 0.0) for kind in range(kinds)])
    return times, np.cumsum(steps, axis=1)


class _Risk:
    def __init__(self, cohort: Cohort, endings: Integers, random: np.random.Generator) -> None:
        ended = np.isfinite(cohort.high)
        born_before = random.random(len(cohort)) * cohort.birth_width
        inside = random.random(len(cohort))
        width = np.where(ended, np.where(ended, cohort.high, 0.0) - cohort.low, 0.0)
        self.entry = born_before
        self.times = born_before + cohort.low + inside * width
        self.endings = np.where(ended, endings, -1)

    def curves(self, weights: NDArray[Any], at: Floats) -> Floats:
        times, curves = cumulative_incidence(self.times, self.endings, self.entry, weights.astype(float), len(ENDINGS))
        place = np.searchsorted(times, at, side="right")
        whole = np.concatenate([np.zeros((len(curves), 1)), curves], axis=1)
        return np.asarray(np.clip(whole[:, place], 0.0, 1.0))
