"""What following an advice gives: its mean and a coming week's, both judged on weeks that did not choose the hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from p2p_pipeline.p2p.metrics.timing.best_hours import RESAMPLES, not_told_apart, small_sample_factor
from p2p_pipeline.p2p.metrics.timing.resampling import block_length, masked_means, stationary_counts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDS = 10
_SETTLED_ERRORS = 5.0
_HALF_LIFE_WEEKS = 5.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """Logarithmic gains of following, against a random time."""

    mean: float
    mean_interval: tuple[float, float]
    """Of the long-run mean."""
    week_interval: tuple[float, float]
    """Of one coming week."""


def gains_of_hours(rows: Floats, chosen: Flags) -> Floats:
    """The mean gain over the chosen cells, row by row; NaN for a row that has less than half of them.

    Of a row that was seen only here and there, half as many as its looks would give by chance are enough.
    """
    part = rows[:, chosen]
    known = np.isfinite(part).sum(axis=1)
    usual = np.isfinite(rows).any(axis=0).sum()
    seen = np.isfinite(rows).sum(axis=1) / max(1, usual)
    enough = (known > 0) & (2 * known >= part.shape[1] * seen)
    return np.asarray(np.divide(np.nansum(part, axis=1), known, out=np.full(len(rows), np.nan), where=enough))


def by_week(gains: Floats, rows_a_week: int) -> Floats:
    """The mean of each week; NaN for a week that has less than a third of its rows (three days)."""
    weeks = gains.reshape(-1, rows_a_week)
    known = np.isfinite(weeks).sum(axis=1)
    enough = 3 * known >= rows_a_week
    return np.asarray(np.divide(np.nansum(weeks, axis=1), known, out=np.full(len(weeks), np.nan), where=enough))


def held_out(choosing: Floats, scored: Floats, allowed: Floats, rows_a_week: int) -> Floats:
    """Gains row by row, each of the hours that the other weeks would have chosen.

    The best of many hours looks better than it is. Chosen on some weeks and scored on others it doesn't:
    cross-fitting, as in Chernozhukov and others (2018), Double/Debiased Machine Learning. Folds are stretches of
    whole weeks; `choosing` has a row for each of `scored`.
    """
    weeks = len(scored) // rows_a_week
    fold = np.arange(weeks) * min(FOLDS, weeks) // weeks
    fold_of_row = np.repeat(fold, rows_a_week)
    keep = (fold_of_row[None, :] != np.arange(fold[-1] + 1)[:, None]).astype(np.float64)
    means = masked_means(keep, choosing)
    gains = np.full(len(scored), np.nan)
    for index, row in enumerate(means):
        chosen = not_told_apart(row, allowed)
        if chosen.any():
            mine = fold_of_row == index
            gains[mine] = gains_of_hours(scored[mine], chosen)
    return gains


def outlook(gains: Floats, weeks: Floats, folds: int, confidence: float, random: np.random.Generator) -> Outlook | None:
    """The mean with its interval from held-out gains row by row, and a coming week's from `weeks`.

    `weeks` are the chosen hours' own gains by week: what they differ by does not depend on how the hours were chosen.
    """
    known, weeks = gains[np.isfinite(gains)], weeks[np.isfinite(weeks)]
    if len(known) < 2 or len(weeks) < 2:
        return None
    length = block_length(known[:, None])
    counts = stationary_counts(len(known), length, RESAMPLES, random)
    plain = float((counts @ known / len(known)).std()) * small_sample_factor(len(known), length)
    mean = float(known.mean())
    error = plain * _overlap_factor(mean, plain, folds)
    half = float(ndtri((1 + confidence) / 2)) * error
    return Outlook(mean, (mean - half, mean + half), _week_interval(weeks - weeks.mean(), mean, error, confidence))


def _overlap_factor(mean: float, error: float, folds: int) -> float:
    """What the error of a held-out mean must be widened by because its folds chose on each other's weeks.

    Nadeau and Bengio (2003), Inference for the Generalization Error. It matters while noise chooses the hours; once
    the mean is many errors from 0 the hours are the same whatever is left out, and it fades.
    """
    if error == 0 or folds < 2:
        return 1.0
    unsettled = 1.0 if mean <= _SETTLED_ERRORS * error else (_SETTLED_ERRORS * error / mean) ** 2
    return float(np.sqrt(1 + unsettled * folds / (folds - 1)))


def _week_interval(differences: Floats, centre: float, error: float, confidence: float) -> tuple[float, float]:
    """Where one more week's gain will lie, from what the known weeks (the newest last) differ from their mean.

    Markets have quiet and wild times, and the coming week is like the last ones rather than like those of a year ago:
    a week counts half as much as one five weeks later (exponential smoothing of the variance, as in J. P. Morgan 1996,
    RiskMetrics), with Student's t for as many weeks as that leaves.
    """
    weights = 0.5 ** (np.arange(len(differences), 0, -1) / _HALF_LIFE_WEEKS)
    freedom = weights.sum() ** 2 / (weights**2).sum() - 1
    variance = (weights * differences**2).sum() / weights.sum() * (freedom + 1) / freedom
    half = float(stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(variance))
    half = float(np.hypot(half, ndtri((1 + confidence) / 2) * error))
    return centre - half, centre + half
