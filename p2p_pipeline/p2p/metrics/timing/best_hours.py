"""Which hours can't be told apart from the best, and whether any is better than a random time at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from p2p_pipeline.kernel.resampling import (
    block_length_around,
    block_signs,
    effective_rows,
    masked_means,
    stationary_counts,
)

Floats = NDArray[np.float64]
RESAMPLES = 500
_SPIKE_DEVIATIONS = 6.0
_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The mean gain of each cell (hour of the day or of the week), and how far off it may be."""

    means: Floats
    """NaN for cells that too few rows have."""
    errors: Floats
    """What resampled means differ by, widened for few rows: (resamples x cells)."""
    block: float
    """How many rows lean on each other, on average over the cells."""

    @property
    def deviations(self) -> Floats:
        """The standard error of each mean."""
        return np.asarray(np.sqrt((self.errors**2).mean(axis=0)))

    def part(self, cells: slice) -> Estimate:
        """Some of the cells."""
        return Estimate(self.means[cells], self.errors[:, cells], self.block)


def without_spikes(rows: Floats) -> Floats:
    """Gains with what lies beyond six robust deviations pulled back to there: one wrong price moves no hour far.

    Each row keeps its mean. Otherwise spikes that only go up would make all the other hours look cheaper than a random
    time.
    """
    is_known = np.isfinite(rows)
    known = np.abs(rows[is_known])
    if not len(known):
        return rows
    # A price that mostly stands still has a median deviation of 0; then the 95th percentile says what is usual.
    scale = max(1.4826 * float(np.median(known)), float(np.quantile(known, 0.95)) / 1.96)
    if scale == 0:
        return rows
    pulled = np.clip(rows, -_SPIKE_DEVIATIONS * scale, _SPIKE_DEVIATIONS * scale)
    lost = np.nansum(rows - pulled, axis=1) / np.maximum(is_known.sum(axis=1), 1)
    return np.asarray(pulled + lost[:, None])


def estimate(rows: Floats, weights: Floats, random: np.random.Generator) -> Estimate:
    """Estimate each cell's mean gain from weighted rows (days or weeks), with the stationary block bootstrap.

    Few rows make resampled means too alike; they are widened as Student's t is against the normal distribution, with
    the number of blocks as degrees of freedom. Cells side by side get the same resamples.
    """
    known = np.isfinite(rows).sum(axis=0)
    rows = np.where(known >= max(3, _LEAST_SHARE * known.max(initial=0)), rows, np.nan)
    means = masked_means(weights[None, :], rows)[0]
    length = block_length_around(rows, weights)
    counts = stationary_counts(len(rows), length, RESAMPLES, random)
    errors = masked_means(counts * weights, rows) - means
    errors = np.where(np.isfinite(means), np.nan_to_num(errors), np.nan)
    return Estimate(means, errors * small_sample_factor(effective_rows(weights), length), length)


def small_sample_factor(count: float, length: float) -> float:
    """What resampled errors must be widened by for few rows."""
    freedom = max(1.0, count / length - 1)
    return float(stdtrit(freedom, 0.95) / 1.6449 * np.sqrt((freedom + 1) / freedom))


def chance_of_best(found: Estimate) -> float:
    """How likely the best cell's t value is when no cell is better than a random time, having looked at all of them.

    White (2000), A Reality Check for Data Snooping, with studentised means as in Hansen (2005).
    """
    deviations = found.deviations
    usable = deviations > 0
    if not usable.any():
        return 1.0
    best = np.max(found.means[usable] / deviations[usable])
    return float(np.mean(np.max(found.errors[:, usable] / deviations[usable], axis=1) >= best))


def chance_by_signs(
    rows: Floats,
    weights: Floats,
    random: np.random.Generator,
    two_sided: bool = False,
    block: float | None = None,
) -> float:
    """The same question answered by turning the signs of whole weighted rows, block by block.

    Exact for any number of rows when each block is as likely as its mirror image, whatever the hours' own noise:
    Fisher (1935), The Design of Experiments; for many columns at once Romano and Wolf (2005), Exact and Approximate
    Stepdown Methods for Multiple Hypothesis Testing. It holds the level where resampling a few weeks does not.
    """
    length = block or block_length_around(rows, weights)
    filled = np.nan_to_num(rows) * weights[:, None]
    scale = np.sqrt((filled**2).sum(axis=0))
    filled = filled[:, scale > 0] / scale[scale > 0]
    if not filled.size:
        return 1.0
    statistics = block_signs(len(rows), length, RESAMPLES, random) @ filled
    highest = np.max(np.abs(statistics) if two_sided else statistics, axis=1)
    return float(np.mean(highest >= highest[0] - 1e-12))


def allowances(errors: Floats, confidence: float) -> Floats:
    """How far behind the best each cell may be found and still be the best, with this confidence for all of them.

    Multiple comparisons with the best (Hsu 1981, Simultaneous Confidence Intervals for All Distances from the Best;
    the same aim as Hansen, Lunde and Nason 2011, The Model Confidence Set), with the cells' joint bootstrap errors.
    """
    known = np.isfinite(errors[0])
    found = np.full(errors.shape[1], np.nan)
    if known.any():
        highest = errors[:, known].max(axis=1)[:, None]
        found[known] = np.quantile(highest - errors[:, known], confidence, axis=0)
    return found


def not_told_apart(means: Floats, allowed: Floats) -> NDArray[np.bool_]:
    """The cells that can't be told apart from the best and are better than a random time, as far as is known."""
    known = np.isfinite(means) & np.isfinite(allowed)
    if not known.any():
        return known
    best = means[known].max()
    with np.errstate(invalid="ignore"):
        is_in = known & (best - means <= allowed)
        return np.asarray(is_in & ((means > 0) if best > 0 else (means >= best)))
