"""What following an advice gives: its mean and a coming week's, both judged on weeks that did not choose the hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from p2p_pipeline.kernel.resampling import (
    effective_rows,
    masked_means,
    stationary_counts,
)
from p2p_pipeline.p2p.metrics.timing.best_hours import RESAMPLES, not_told_apart, small_sample_factor
from p2p_pipeline.p2p.metrics.timing.recency import forecasts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_FOLDS = 10
_SETTLED_ERRORS = 5.0
_ERROR_HALF_LIFE_WEEKS = 5.0
_WORST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Outlook:
    """Logarithmic gains of following, against a random time."""

    mean: float
    mean_interval: tuple[float, float]
    """Of the long-run mean."""
    week_interval: tuple[float, float]
    """Of one coming week."""

    def corrected(self, by: float, widening: float) -> Outlook:
        """The same moved, and the coming week's interval of another width."""
        mean, (low, high) = self.mean + by, self.mean_interval
        week_low, week_high = (mean + widening * (end - self.mean) for end in self.week_interval)
        return Outlook(mean, (low + by, high + by), (week_low, week_high))


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


def days_of_hours(rows: Floats, chosen: Flags) -> Floats:
    """The chosen hours' mean gain day by day, without days that have none of them or too few prices.

    Rows are days (24 cells) or weeks (168); in weeks each weekday has hours of its own.
    """
    if rows.shape[1] == len(chosen) == 24:
        days = gains_of_hours(rows, chosen)
        return np.asarray(days[np.isfinite(days)])
    of_weekday = [
        gains_of_hours(rows[:, day * 24 : day * 24 + 24], chosen[day * 24 : day * 24 + 24]) for day in range(7)
    ]
    days = np.stack(of_weekday, axis=1).ravel()
    return np.asarray(days[np.isfinite(days)])


def worst_days_mean(days: Floats) -> float:
    """The mean of the worst twentieth of days, at least one; NaN where there is none."""
    count = int(np.ceil(_WORST_SHARE * len(days)))
    return float(np.partition(days, count - 1)[:count].mean()) if count else float("nan")


def held_out(choosing: Floats, scored: Floats, weights: Floats, allowed: Floats, rows_a_week: int) -> Floats:
    """Gains row by row, each of the hours that the other weeks would have chosen.

    The best of many hours looks better than it is. Chosen on some weeks and scored on others it doesn't:
    cross-fitting, as in Chernozhukov and others (2018), Double/Debiased Machine Learning. Folds are every tenth week,
    so that a week of new times is scored with hours that its neighbours chose; `choosing` has a row for each of
    `scored`.
    """
    fold_of_row = np.repeat(np.arange(len(scored) // rows_a_week) % _FOLDS, rows_a_week)
    keep = (fold_of_row[None, :] != np.arange(fold_of_row.max() + 1)[:, None]).astype(np.float64)
    means = masked_means(keep * weights, choosing)
    gains = np.full(len(scored), np.nan)
    for index, row in enumerate(means):
        chosen = not_told_apart(row, allowed)
        if chosen.any():
            mine = fold_of_row == index
            gains[mine] = gains_of_hours(scored[mine], chosen)
    return gains


def outlook(
    gains: Floats,
    weights: Floats,
    block: float,
    weeks: Floats,
    half_life_weeks: float,
    confidence: float,
    random: np.random.Generator,
) -> Outlook | None:
    """The mean with its interval from held-out gains row by row, and a coming week's from `weeks`.

    `block` is how many rows lean on each other: from all cells, because from one column of few rows it would be noise.
    `weeks` are the chosen hours' own gains by week: what they differ by does not depend on how the hours were chosen.
    """
    rows_a_week = len(gains) // len(weeks)
    is_known = np.isfinite(gains)
    if is_known.sum() < 2 or np.isfinite(weeks).sum() < 2:
        return None
    known, counts_for = gains[is_known], weights[is_known]
    mean = float(counts_for @ known / counts_for.sum())
    plain = max(
        _error_of_rows(known, counts_for, block, random),
        _error_of_weeks(by_week(gains, rows_a_week), weights[::rows_a_week]),
    )
    error = plain * _overlap_factor(mean, plain, min(_FOLDS, len(weeks)))
    reach = float(ndtri((1 + confidence) / 2))
    below, above = _reaches(known - mean, counts_for, reach)
    half = float(np.hypot(_week_reach(weeks, half_life_weeks, confidence), reach * error))
    return Outlook(mean, (mean - below * error, mean + above * error), (mean - half, mean + half))


def _error_of_rows(rows: Floats, weights: Floats, block: float, random: np.random.Generator) -> float:
    """The standard error of a weighted mean of rows that may lean on their neighbours."""
    counts = stationary_counts(len(rows), block, RESAMPLES, random) * weights
    spread = float((counts @ rows / counts.sum(axis=1)).std())
    return spread * small_sample_factor(effective_rows(weights), block)


def _error_of_weeks(weeks: Floats, weights: Floats) -> float:
    """The standard error of a weighted mean of weeks, from what the weeks differ by.

    Days that are alike within their week and differ from one week to the next (a rhythm that ends) tell less than as
    many days that know nothing of each other.
    """
    is_known = np.isfinite(weeks)
    weeks, weights = weeks[is_known], weights[is_known]
    worth = effective_rows(weights)
    if len(weeks) < 3 or worth <= 1:
        return 0.0
    mean = weights @ weeks / weights.sum()
    return float(np.sqrt((weights**2 @ (weeks - mean) ** 2) * worth / (worth - 1)) / weights.sum())


def _reaches(differences: Floats, weights: Floats, reach: float) -> tuple[float, float]:
    """How many errors below and above a mean its interval reaches, wider where the gains are skewed.

    An hour that is mostly a little better and rarely far worse has a mean whose error looks small as long as the rare
    days were few. Hall (1992), On the Removal of Skewness by Transformation; never narrower than without skewness.
    """
    spread = np.sqrt(weights @ differences**2 / weights.sum())
    if spread == 0:
        return reach, reach
    skewness = float(weights @ differences**3 / weights.sum() / spread**3 / np.sqrt(effective_rows(weights)))
    if abs(skewness) < 1e-9:
        return reach, reach
    ends = [3 / skewness * (np.cbrt(1 + skewness * (end - skewness / 6)) - 1) for end in (reach, -reach)]
    return max(reach, float(ends[0])), max(reach, -float(ends[1]))


def _overlap_factor(mean: float, error: float, folds: int) -> float:
    """What the error of a held-out mean must be widened by because its folds chose on each other's weeks.

    Nadeau and Bengio (2003), Inference for the Generalization Error. It matters while noise chooses the hours; once
    the mean is many errors from 0 the hours are the same whatever is left out, and it fades.
    """
    if error == 0 or folds < 2:
        return 1.0
    unsettled = 1.0 if mean <= _SETTLED_ERRORS * error else (_SETTLED_ERRORS * error / mean) ** 2
    return float(np.sqrt(1 + unsettled * folds / (folds - 1)))


def _week_reach(weeks: Floats, half_life_weeks: float, confidence: float) -> float:
    """How far one more week may lie from what is expected of it, as known weeks (the newest last) did.

    Each is held against the weeks before it. Markets have quiet and wild times, and the coming week is like the last
    ones rather than like those of a year ago: an error counts half as much as one five weeks later (exponential
    smoothing of the variance, as in J. P. Morgan 1996, RiskMetrics), with Student's t for as many weeks as that leaves.
    """
    age = np.arange(len(weeks) - 1, -1, -1)
    foretold, worth = forecasts(weeks[:, None], age, half_life_weeks)
    is_known = np.isfinite(weeks) & (worth[:, 0] > 0)
    # What a week differs from a mean of n weeks has the variance of a week times 1 + 1/n.
    errors = (weeks - foretold[:, 0])[is_known] / np.sqrt(1 + 1 / worth[is_known, 0])
    counts_for = 0.5 ** (age[is_known] / _ERROR_HALF_LIFE_WEEKS)
    freedom = max(1.0, effective_rows(counts_for))
    return float(stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(counts_for @ errors**2 / counts_for.sum()))
