"""The choice of hours from gains: of the day, or of the week where weekdays differ enough to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.resampling import masked_means
from p2p_pipeline.p2p.metrics.timing import best_hours
from p2p_pipeline.p2p.metrics.timing.best_hours import Estimate
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.p2p.metrics.timing.following import (
    Outlook,
    by_week,
    days_of_hours,
    gains_of_hours,
    held_out,
    outlook,
    worst_days_mean,
)
from p2p_pipeline.p2p.metrics.timing.gains import Gains
from p2p_pipeline.p2p.metrics.timing.recency import (
    half_life,
    half_life_of_weeks,
    is_under_way,
    weights_of_weeks,
)
from p2p_pipeline.p2p.metrics.timing.weekdays import of_all_hours, whole_days

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_LEAST_WEIGHT = 0.002
"""A row that counts for less than this against the newest changes nothing but the time it takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The hours that can't be told apart from the best, whether or not they are reliably better than a random time."""

    by_weekday: bool
    """True: cells are the 168 hours of the week; False: the 24 of the day."""
    is_of_weekdays: bool
    """Whether they are whole weekdays, all hours of which are alike; then `by_weekday` is True too."""
    chosen: Flags
    means: Floats
    """Gain of each cell, spikes and all, shrunk towards its hour of the day; NaN where unknown."""
    deviations: Floats
    """Standard errors of the means."""
    chance: float
    """How likely so good a best hour is when no hour is better: the largest of the tests, all hours looked at."""
    deciding: FailedTest
    """Which of the tests that is."""
    hour_chance: float
    """The same for hours of the day alone, whatever the weekday."""
    outlook: Outlook
    regret: float
    """How far the chosen hours may be behind the true best hour, logarithmic, with the confidence asked for."""
    half_life_weeks: float
    """After so many weeks a week counts half; infinity when all count alike."""
    worst_days: float
    """The chosen hours' mean gain on the worst 5 % of days; NaN where no day is known."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Gains by cell, a row a day or a week, four times: two that choose hours and two that judge them."""

    choosing: Floats
    """Without spikes; shrunk where cells are hours of the week."""
    tested: Floats
    """Without spikes, not shrunk."""
    estimated: Floats
    """With spikes; shrunk where cells are hours of the week."""
    raw: Floats
    """What following truly gave."""
    weights: Floats
    """Of the rows."""
    rows_a_week: int

    @property
    def used(self) -> Flags:
        """Rows that tell something."""
        return np.asarray(np.isfinite(self.choosing).any(axis=1) & (self.weights >= _LEAST_WEIGHT))

    def chance_by_signs(self, random: np.random.Generator) -> float:
        """Of the best hour, spikes pulled back, for both kinds of cells having been looked at."""
        return _for_both_kinds(best_hours.chance_by_signs(self.tested[self.used], self.weights[self.used], random))


def choices(gains: Gains, confidence: float, seed: int) -> Iterator[Choice]:
    """The hours of the week where weekdays differ, those of the day, then whole weekdays where they differ.

    Each is for when those before it may not be recommended: that weekdays differ must not hide an hour that is good on
    all of them, and where no hour is better a weekday may be. Each chance is already paid for having looked at hours
    of the day and at weekdays; the hours of the week need both. None when there is too little to compare.
    """
    random = np.random.default_rng(seed)
    daily, weekly = best_hours.without_spikes(gains.daily), best_hours.without_spikes(gains.weekly)
    tested = best_hours.without_spikes(gains.tested)
    if not np.isfinite(daily).any():
        return
    half = half_life(gains.daily)
    weights = weights_of_weeks(gains.weeks, half, is_under_way(gains.daily))
    by_day = _Cells(daily, tested, gains.daily, gains.daily, np.repeat(weights, 7), 7)
    level, hour_chance = (1 - confidence) / 2, 0.0
    differs = bool(np.isfinite(weekly).any()) and _weekdays_differ(weekly, weights, level / 2, random)
    if differs:
        choosing = shrunk_to_hour_of_day(daily, weekly, weights)
        estimated = shrunk_to_hour_of_day(gains.daily, gains.weekly, weights)
        of_week = _Cells(choosing, weekly, estimated, gains.weekly, weights, 1)
        found = _choice(of_week, half, confidence, random)
        if found is not None:
            # That one weekday is better than another says nothing of hours: those have to be better by themselves.
            hour_chance = by_day.chance_by_signs(random)
            yield replace(found, hour_chance=hour_chance)
    found = _choice(by_day, half, confidence, random)
    if found is not None:
        # Hours of the day that failed once are not tried again with other signs.
        chance = max(found.chance, hour_chance)
        deciding = found.deciding if chance == found.chance else FailedTest.SIGNS
        yield replace(found, chance=chance, deciding=deciding, hour_chance=chance)
    if differs:
        found = _weekday_choice(gains.weekly, confidence, random)
        if found is not None:
            yield found


def _weekday_choice(weekly: Floats, confidence: float, random: np.random.Generator) -> Choice | None:
    """Whole weekdays: for when they differ and hours don't, so that no hour is named by them."""
    days = whole_days(weekly)
    half, pulled = half_life_of_weeks(days), best_hours.without_spikes(days)
    cells = _Cells(pulled, pulled, days, days, weights_of_weeks(len(days), half), 1)
    found = _choice(cells, half, confidence, random)
    if found is None:
        return None
    chosen = of_all_hours(found.chosen.astype(np.float64), weekly) > 0
    return replace(
        found,
        is_of_weekdays=True,
        chosen=chosen,
        means=of_all_hours(found.means, weekly),
        deviations=of_all_hours(found.deviations, weekly),
        worst_days=worst_days_mean(days_of_hours(weekly, chosen)),
    )


def _weekdays_differ(weekly: Floats, weights: Floats, level: float, random: np.random.Generator) -> bool:
    deviations = _from_hour_of_day(weekly)
    whole_days = np.stack([_means(deviations[:, day * 24 : day * 24 + 24], 1) for day in range(7)], axis=1)
    both = np.hstack([deviations, whole_days])
    return best_hours.chance_by_signs(both, weights, random, two_sided=True) <= level


def shrunk_to_hour_of_day(daily: Floats, weekly: Floats, weights: Floats) -> Floats:
    """A row a week whose means are the hour of the day's, plus what the weekday adds as far as it stands out of noise.

    The weekday's part of a cell is multiplied by signal / (signal + noise), the signal's variance being estimated from
    all cells: empirical Bayes, Efron and Morris (1973), Stein's Estimation Rule and Its Competitors.
    """
    by_hour = np.tile(_means(daily.reshape(-1, 7, 24), 1), (1, 7))
    added = _from_hour_of_day(weekly)
    known = np.isfinite(added)
    total, squares = weights @ known, weights**2 @ known
    mean = masked_means(weights[None, :], added)[0]
    spread = weights @ np.nan_to_num((added - mean) ** 2)
    # The variance of a weighted mean: for equal weights it is the squares over n (n - 1).
    left = total**2 - squares
    noise = np.divide(spread * squares / np.maximum(total, 1e-300), left, out=np.full(168, np.nan), where=left > 1e-12)
    is_known = np.isfinite(mean) & np.isfinite(noise)
    signal = max(0.0, float((mean[is_known] ** 2 - noise[is_known]).mean())) if is_known.any() else 0.0
    kept = np.divide(signal, signal + noise, out=np.zeros(168), where=is_known & (signal + noise > 0))
    return np.asarray(by_hour + kept * added)


def _from_hour_of_day(weekly: Floats) -> Floats:
    """What each weekday's hour differs from the same hour of the other days of its week."""
    return np.asarray(weekly - np.tile(_means(weekly.reshape(-1, 7, 24), 1), (1, 7)))


def _choice(cells: _Cells, half: float, confidence: float, random: np.random.Generator) -> Choice | None:
    used = cells.used
    guiding, judging = _estimates(cells.choosing[used], cells.estimated[used], cells.weights[used], random)
    allowed = best_hours.allowances(guiding.errors, confidence)
    chosen = best_hours.not_told_apart(guiding.means, allowed)
    if not chosen.any():
        return None
    choosing = np.where(np.isfinite(guiding.means), cells.choosing, np.nan)
    followed = held_out(choosing, cells.raw, cells.weights, allowed, cells.rows_a_week)
    weeks = by_week(gains_of_hours(cells.raw, chosen), cells.rows_a_week)
    expected = outlook(followed, cells.weights, guiding.block, weeks, half, confidence, random)
    if expected is None:
        return None
    is_followed = np.isfinite(followed)
    chances = {
        FailedTest.BEST_HOUR: _for_both_kinds(best_hours.chance_of_best(guiding)),
        FailedTest.SIGNS: cells.chance_by_signs(random),
        # The block length of a single column of few rows would be noise.
        FailedTest.FOLLOWED: best_hours.chance_by_signs(
            followed[is_followed, None], cells.weights[is_followed], random, block=guiding.block
        ),
    }
    deciding = max(chances, key=lambda test: chances[test])
    chance = chances[deciding]
    return Choice(
        by_weekday=cells.rows_a_week == 1,
        is_of_weekdays=False,
        chosen=chosen,
        means=judging.means,
        deviations=judging.deviations,
        chance=chance,
        deciding=deciding,
        hour_chance=chance,
        outlook=expected,
        regret=_regret(judging, chosen, confidence),
        half_life_weeks=half,
        worst_days=worst_days_mean(days_of_hours(cells.raw, chosen)),
    )


def _estimates(
    choosing: Floats, estimated: Floats, weights: Floats, random: np.random.Generator
) -> tuple[Estimate, Estimate]:
    """The same resamples of gains without spikes and with them."""
    if np.array_equal(choosing, estimated, equal_nan=True):
        both = best_hours.estimate(choosing, weights, random)
        return both, both
    both = best_hours.estimate(np.hstack([choosing, estimated]), weights, random)
    return both.part(slice(0, choosing.shape[1])), both.part(slice(choosing.shape[1], None))


def _for_both_kinds(chance: float) -> float:
    """A chance after hours of the day and hours of the week were both looked at: Bonferroni for the two."""
    return min(1.0, 2 * chance)


def _regret(found: Estimate, chosen: Flags, confidence: float) -> float:
    """How far the chosen hours' mean may be behind the true best hour."""
    known = np.isfinite(found.means)
    could_be = found.means[known] - found.errors[:, known]
    mine = (found.means[chosen] - found.errors[:, chosen]).mean(axis=1)
    return max(0.0, float(np.quantile(could_be.max(axis=1) - mine, confidence)))


def _means(values: Floats, axis: int) -> Floats:
    count = np.isfinite(values).sum(axis=axis)
    return np.asarray(np.divide(np.nansum(values, axis=axis), count, out=np.full(count.shape, np.nan), where=count > 0))


def realised(gains: Gains, choice: Choice) -> float:
    """What the chosen hours gave in one week (logarithmic); NaN when too little of it is known."""
    rows, rows_a_week = (gains.weekly, 1) if choice.by_weekday else (gains.daily, 7)
    return float(by_week(gains_of_hours(rows, choice.chosen), rows_a_week)[0])


def realised_by_day(gains: Gains, choice: Choice) -> Floats:
    """What the chosen hours gave on each day that has some of them and half of their prices (logarithmic)."""
    return days_of_hours(gains.weekly if choice.by_weekday else gains.daily, choice.chosen)


def by_week_of(gains: Gains, choice: Choice) -> Floats:
    """What each cell gave in one week (logarithmic), of the kind that the choice is of; NaN where unknown."""
    return gains.weekly[0] if choice.by_weekday else _means(gains.daily, 0)
