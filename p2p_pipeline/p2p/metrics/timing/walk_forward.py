"""The advice judged: made anew each week from the past alone, and scored on the week after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.choice import Choice, by_week_of, realised, realised_by_day
from p2p_pipeline.p2p.metrics.timing.following import worst_days_mean
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory, Gains
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, as_share, hours_of
from p2p_pipeline.p2p.metrics.timing.judgement import Judgement, PastWeek, Verdict, judge
from p2p_pipeline.p2p.metrics.timing.remembered import Judge


@dataclass(frozen=True, slots=True)
class ScoredWeek:
    """One week's advice, made when the week began, and what the week brought. Improvements are shares of the price."""

    first_day: date
    """The local Monday the week begins with."""
    weeks_known: float
    verdict: Verdict
    by_weekday: bool
    candidates: tuple[LocalHour, ...]
    candidate_improvement: float
    """Expected of the candidates."""
    low: float
    high: float
    """Where the candidates' improvement in this week was expected to lie."""
    candidate_realised: float
    """What the candidates gave in this week against a random time."""
    realised: float
    """What following gave: as the candidates when they were recommended, else 0 for trading at a random time."""
    is_covered: bool
    """Whether the candidates' improvement lay in the interval."""
    regret: float
    """How far following was behind the best hour of this week, known only afterwards."""
    overlap: float | None
    """The share of hours that this and the last week's candidates have in common (of all hours in either)."""
    by_day: tuple[float, ...] = ()
    """What the candidates gave on each day of this week that has some of them."""


@dataclass(frozen=True, slots=True)
class WalkForward:
    """All scored weeks in brief; a mean over no weeks is None."""

    weeks: int
    recommended_weeks: int
    realised_improvement: float
    """Mean over all scored weeks of following the advice; 0 when no week could be scored."""
    realised_when_recommended: float | None
    coverage: float | None
    """The share of weeks whose candidates' improvement lay in the interval announced for it."""
    regret: float | None
    stability: float | None
    worst_days_mean: float | None
    """The mean of the worst 5 % of days of following; None when nothing was recommended."""


def walk(
    history: GainHistory, side: Side, confidence: float, minimum_weeks: int, seed: int, judging: Judge = judge
) -> tuple[list[ScoredWeek], list[PastWeek]]:
    """Make the advice at the beginning of each week and score it on that week; also as later advice heeds it.

    The advice knows no price from that week on: hours whose local level would reach into it are left out, and what
    became of earlier advice is taken from what was known then. The score may know more: it compares with the time
    around each hour, which for the last hours of the week lies after it, and where hours were not seen it tells the
    level of a day by all weeks. Weeks before there was enough history, and weeks with less than half of the prices
    needed, are not scored.
    """
    everything = history.all()
    scored: list[ScoredWeek] = []
    advised: dict[int, Choice] = {}
    before: Judgement | None = None
    for week in range(1, history.weeks):
        known = history.known_at_start_of(week)
        judgement = judging(known, confidence, minimum_weeks, seed, _past_weeks(advised, known))
        found = _scored(history.first_day(week), judgement, before, everything.of_week(week), side)
        if found is not None:
            scored.append(found)
        if judgement.choice is not None:
            advised[week] = judgement.choice
        before = judgement
    return scored, _past_weeks(advised, everything)


def _past_weeks(advised: Mapping[int, Choice], known: Gains) -> list[PastWeek]:
    """What became of each week's candidates by what is known now; weeks of which too little is known are left out.

    Taken anew whenever a judgement is made, and never from all of the series: where hours were not seen, or are not
    traded in, the level of a day leans on what hours differ by in every week, those to come included.
    """
    gains = ((week, choice, realised(known.of_week(week), choice)) for week, choice in advised.items())
    return [
        PastWeek(week, gain, _covers(choice, gain), choice.is_of_weekdays)
        for week, choice, gain in gains
        if np.isfinite(gain)
    ]


def _covers(choice: Choice, gain: float) -> bool:
    low, high = choice.outlook.week_interval
    return bool(low <= gain <= high)


def summary(weeks: Sequence[ScoredWeek]) -> WalkForward:
    """The scored weeks in brief."""
    followed = [week.realised for week in weeks if week.verdict is Verdict.RECOMMENDED]
    days = [day for week in weeks if week.verdict is Verdict.RECOMMENDED for day in week.by_day]
    overlaps = [week.overlap for week in weeks if week.overlap is not None]
    return WalkForward(
        weeks=len(weeks),
        recommended_weeks=len(followed),
        realised_improvement=_mean([week.realised for week in weeks]) or 0.0,
        realised_when_recommended=_mean(followed),
        coverage=_mean([float(week.is_covered) for week in weeks]),
        regret=_mean([week.regret for week in weeks]),
        stability=_mean(overlaps),
        worst_days_mean=worst_days_mean(np.array(days)) if days else None,
    )


def _scored(
    first_day: date, judgement: Judgement, before: Judgement | None, week: Gains, side: Side
) -> ScoredWeek | None:
    choice = judgement.choice
    if choice is None:
        return None
    gain = realised(week, choice)
    if not np.isfinite(gain):
        return None
    followed = gain if judgement.verdict is Verdict.RECOMMENDED else 0.0
    low, high = choice.outlook.week_interval
    return ScoredWeek(
        first_day=first_day,
        weeks_known=judgement.weeks,
        verdict=judgement.verdict,
        by_weekday=choice.by_weekday,
        candidates=hours_of(choice.chosen),
        candidate_improvement=as_share(choice.outlook.mean, side),
        low=as_share(low, side),
        high=as_share(high, side),
        candidate_realised=as_share(gain, side),
        realised=as_share(followed, side),
        is_covered=_covers(choice, gain),
        regret=as_share(max(0.0, float(np.nanmax(by_week_of(week, choice))) - followed), side),
        overlap=_overlap(before, judgement),
        by_day=tuple(as_share(float(day), side) for day in realised_by_day(week, choice)),
    )


def _overlap(before: Judgement | None, now: Judgement) -> float | None:
    if before is None or before.choice is None or now.choice is None:
        return None
    first, second = _of_week(before.choice.chosen), _of_week(now.choice.chosen)
    return float((first & second).sum() / (first | second).sum())


def _of_week(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return chosen if len(chosen) > 24 else np.tile(chosen, 7)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
