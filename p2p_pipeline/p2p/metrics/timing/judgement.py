"""The verdict: hours chosen from gains, and recommended only when they are reliably better, also of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from p2p_pipeline.kernel.resampling import effective_rows
from p2p_pipeline.kernel.told import Digits, Told, joined
from p2p_pipeline.p2p.metrics.timing.choice import Choice, choices
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.p2p.metrics.timing.gains import Gains
from p2p_pipeline.p2p.metrics.timing.recency import weights_of_weeks

_ROUNDING_WEEKS = 0.01
_BETTER = Told("better than a random time in weeks that did not choose them")
_BETTER_ON_ALL_DAYS = joined("; ", [_BETTER, Told("weekdays differ, but not reliably enough to choose hours by them")])
_BETTER_WEEKDAYS = joined("; ", [_BETTER, Told("whole weekdays, at any hour: no hour of the day is reliably better")])
_NONE = Told("no hour is reliably better")
_DOUBTS = {
    FailedTest.HOURS_OF_DAY: Told("no hour of the day is reliably better; weekdays differ, see the candidates"),
    FailedTest.HELD_OUT: Told(
        "no hour is reliably better: the best ones did not stay better in weeks that did not choose them"
    ),
    FailedTest.RECENT: Told(
        "no hour is reliably better: what looked best when a week began has lately not been better in that week"
    ),
}
_STEP = 0.5
"""How far one miss widens the next week's interval (logarithmic): by 1.57 at 90 %, and each hit narrows it by 0.95."""


class Verdict(StrEnum):
    """Whether any hour is reliably better than a random time."""

    RECOMMENDED = "recommended"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PastWeek:
    """What became of an earlier week's candidates, as far as it was known when the judgement is made."""

    week: int
    gain: float
    """Logarithmic, of the candidates, whether or not they were recommended."""
    is_covered: bool
    """Whether the gain lay in the interval announced for it."""
    is_of_weekdays: bool = False
    """Whether the candidates were whole weekdays."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A choice of hours and whether it may be recommended."""

    verdict: Verdict
    reason: str
    choice: Choice | None
    weeks: float
    failed: FailedTest | None
    """The first test that was not passed; None when they are recommended."""
    recent_gain: float | None = None
    """What earlier weeks' candidates gave (logarithmic), weeks weighted as in the choice; None without such weeks."""


def judge(
    gains: Gains, confidence: float, minimum_weeks: int, seed: int = 0, past: Sequence[PastWeek] = ()
) -> Judgement:
    """Choose hours from gains, and recommend them only when they are reliably better than a random time.

    `past` is what became of such judgements in earlier weeks. What they gave is half of what is expected, their misses
    widen the coming week's interval and their hits narrow it, and what did not pay lately is not recommended.
    """
    weeks = gains.weeks_known
    if weeks < minimum_weeks - _ROUNDING_WEEKS:
        return Judgement(Verdict.NONE, _too_short(weeks, minimum_weeks), None, weeks, FailedTest.HISTORY)
    widening = _widening(past, confidence)
    first: Judgement | None = None
    for found in choices(gains, confidence, seed):
        # What hours gave before whole weekdays were chosen says nothing of the weekdays.
        alike = [one for one in past if one.is_of_weekdays == found.is_of_weekdays]
        recent, share = _recent_gain(alike, gains.weeks, found.half_life_weeks)
        correction = 0.0 if recent is None else share * (recent - found.outlook.mean)
        choice = replace(found, outlook=found.outlook.corrected(correction, widening))
        if not choice.deviations[np.isfinite(choice.deviations)].any():
            return Judgement(Verdict.NONE, Told("the price did not move"), None, weeks, FailedTest.PRICES)
        failed = _failed(choice, (1 - confidence) / 2, recent)
        if failed is None:
            reason = _BETTER_WEEKDAYS if choice.is_of_weekdays else _BETTER if first is None else _BETTER_ON_ALL_DAYS
            return Judgement(Verdict.RECOMMENDED, reason, choice, weeks, None, recent)
        first = first or Judgement(Verdict.NONE, _DOUBTS.get(failed, _NONE), choice, weeks, failed, recent)
    too_few = Told("too few hours have prices to compare them")
    return first or Judgement(Verdict.NONE, too_few, None, weeks, FailedTest.PRICES)


def _failed(choice: Choice, level: float, recent: float | None) -> FailedTest | None:
    """Why the hours may not be recommended."""
    if choice.hour_chance > level >= choice.chance:
        return FailedTest.HOURS_OF_DAY
    if choice.chance > level:
        return choice.deciding
    if choice.outlook.mean_interval[0] <= 0:
        return FailedTest.HELD_OUT
    return FailedTest.RECENT if recent is not None and recent <= 0 else None


def _recent_gain(past: Sequence[PastWeek], weeks: int, half_life_weeks: float) -> tuple[float | None, float]:
    """What earlier weeks' candidates gave, weighted as in the choice, and its share in what is expected.

    The gain with hours that the other weeks chose knows more weeks; that of the walk-forward knows only the past of
    each, and hours as they were advised. Their mean, by how many weeks' worth they are, foretells better than either:
    Bates and Granger (1969), The Combination of Forecasts.
    """
    if not past:
        return None, 0.0
    weights = np.array([0.5 ** ((weeks - one.week) / half_life_weeks) for one in past])
    worth, of_all = effective_rows(weights), effective_rows(weights_of_weeks(weeks, half_life_weeks))
    return float(weights @ np.array([one.gain for one in past]) / weights.sum()), worth / (worth + of_all)


def _widening(past: Sequence[PastWeek], confidence: float) -> float:
    """What the coming week's interval is multiplied by, so that in the long run as many weeks lie in it as it says.

    Gibbs and Candès (2021), Adaptive Conformal Inference under Distribution Shift; on the width as in Angelopoulos,
    Candès and Tibshirani (2023), Conformal PID Control for Time Series Prediction.
    """
    misses = np.array([not one.is_covered for one in past], dtype=np.float64)
    return float(np.exp(_STEP * (misses - (1 - confidence)).sum()))


def _too_short(weeks: float, minimum_weeks: int) -> Told:
    if weeks < 0.1:
        return Told(
            "not enough history: no day has a price in enough of its hours to compare them, and {wanted} weeks of such "
            "days are needed",
            wanted=minimum_weeks,
        )
    if 0.95 <= weeks < 1.05:
        return Told("not enough history: a single week of {wanted}", wanted=minimum_weeks)
    return Told(
        "not enough history: {weeks} weeks of {wanted}",
        weeks=Digits(f"{weeks:.1f}".removesuffix(".0")),
        wanted=minimum_weeks,
    )
