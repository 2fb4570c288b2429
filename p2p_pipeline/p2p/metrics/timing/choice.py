"""The choice of hours from gains: of the day, or of the week where weekdays differ enough to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.timing import best_hours
from p2p_pipeline.p2p.metrics.timing.best_hours import Estimate
from p2p_pipeline.p2p.metrics.timing.following import FOLDS, Outlook, by_week, gains_of_hours, held_out, outlook
from p2p_pipeline.p2p.metrics.timing.gains import Gains

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The hours that can't be told apart from the best, whether or not they are reliably better than a random time."""

    by_weekday: bool
    """True: cells are the 168 hours of the week; False: the 24 of the day."""
    chosen: Flags
    means: Floats
    """Estimated gain of each cell, shrunk towards its hour of the day; NaN where unknown."""
    deviations: Floats
    """Standard errors of the means."""
    chance: float
    """How likely so good a best hour is when no hour is better: the larger of two tests, all hours looked at."""
    hour_chance: float
    """The same for hours of the day alone, whatever the weekday."""
    outlook: Outlook
    regret: float
    """How far the chosen hours may be behind the true best hour, logarithmic, with the confidence asked for."""


def choices(gains: Gains, confidence: float, seed: int) -> Iterator[Choice]:
    """The hours of the week where weekdays differ, then those of the day; none when there is too little to compare.

    The second is for when the first may not be recommended: that weekdays differ must not hide an hour that is good on
    all of them. Each chance is already paid for having looked at both.
    """
    random = np.random.default_rng(seed)
    daily, weekly = best_hours.without_spikes(gains.daily), best_hours.without_spikes(gains.weekly)
    tested = best_hours.without_spikes(gains.tested)
    if not np.isfinite(daily).any():
        return
    level, hour_chance = (1 - confidence) / 2, 0.0
    if np.isfinite(weekly).any() and _weekdays_differ(weekly, level / 2, random):
        found = _choice(shrunk_to_hour_of_day(daily, weekly), weekly, weekly, gains.weekly, 1, confidence, random)
        if found is not None:
            # That one weekday is better than another says nothing of hours: those have to be better by themselves.
            hour_chance = _for_both_kinds(best_hours.chance_by_signs(tested[np.isfinite(tested).any(axis=1)], random))
            yield replace(found, hour_chance=hour_chance)
    found = _choice(daily, daily, tested, gains.daily, 7, confidence, random)
    if found is not None:
        # Hours of the day that failed once are not tried again with other signs.
        chance = max(found.chance, hour_chance)
        yield replace(found, chance=chance, hour_chance=chance)


def _weekdays_differ(weekly: Floats, level: float, random: np.random.Generator) -> bool:
    deviations = _from_hour_of_day(weekly)
    whole_days = np.stack([_means(deviations[:, day * 24 : day * 24 + 24], 1) for day in range(7)], axis=1)
    return best_hours.chance_by_signs(np.hstack([deviations, whole_days]), random, two_sided=True) <= level


def shrunk_to_hour_of_day(daily: Floats, weekly: Floats) -> Floats:
    """A row a week whose means are the hour of the day's, plus what the weekday adds as far as it stands out of noise.

    The weekday's part of a cell is multiplied by signal / (signal + noise), the signal's variance being estimated from
    all cells: empirical Bayes, Efron and Morris (1973), Stein's Estimation Rule and Its Competitors.
    """
    by_hour = np.tile(_means(daily.reshape(-1, 7, 24), 1), (1, 7))
    added = _from_hour_of_day(weekly)
    count = np.isfinite(added).sum(axis=0)
    mean = _means(added, 0)
    squares = np.nansum((added - mean) ** 2, axis=0)
    noise = np.divide(squares, count * (count - 1.0), out=np.full(168, np.nan), where=count > 1)
    known = np.isfinite(mean) & np.isfinite(noise)
    signal = max(0.0, float((mean[known] ** 2 - noise[known]).mean())) if known.any() else 0.0
    kept = np.divide(signal, signal + noise, out=np.zeros(168), where=known & (signal + noise > 0))
    return np.asarray(by_hour + kept * added)


def _from_hour_of_day(weekly: Floats) -> Floats:
    """What each weekday's hour differs from the same hour of the other days of its week."""
    return np.asarray(weekly - np.tile(_means(weekly.reshape(-1, 7, 24), 1), (1, 7)))


def _choice(
    rows: Floats,
    scored: Floats,
    tested: Floats,
    raw: Floats,
    rows_a_week: int,
    confidence: float,
    random: np.random.Generator,
) -> Choice | None:
    used = np.isfinite(rows).any(axis=1)
    found = best_hours.estimate(rows[used], random)
    allowed = best_hours.allowances(found.errors, confidence)
    chosen = best_hours.not_told_apart(found.means, allowed)
    if not chosen.any():
        return None
    chance = max(best_hours.chance_of_best(found), best_hours.chance_by_signs(tested[used], random))
    chance = _for_both_kinds(chance)
    choosing = np.where(np.isfinite(found.means), rows, np.nan)
    weeks = by_week(gains_of_hours(raw, chosen), rows_a_week)
    expected = outlook(
        held_out(choosing, scored, allowed, rows_a_week), weeks, min(FOLDS, len(weeks)), confidence, random
    )
    if expected is None:
        return None
    regret = _regret(found, chosen, confidence)
    return Choice(rows_a_week == 1, chosen, found.means, found.deviations, chance, chance, expected, regret)


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


def by_week_of(gains: Gains, choice: Choice) -> Floats:
    """What each cell gave in one week (logarithmic), of the kind that the choice is of; NaN where unknown."""
    return gains.weekly[0] if choice.by_weekday else _means(gains.daily, 0)
