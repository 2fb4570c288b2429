"""The advice: when to trade, how much better that is, how sure it is, and when there is nothing to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import ndtri

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.timing.choice import Choice
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, as_share, hours_of
from p2p_pipeline.p2p.metrics.timing.judgement import Judgement, Verdict, judge
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours
from p2p_pipeline.p2p.metrics.timing.remembered import Judge
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek, walk
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours


@dataclass(frozen=True, slots=True)
class HourEffect:
    """What trading in an hour gives against a random time, as a share of the price; positive is good for the taker."""

    at: LocalHour
    improvement: float
    low: float
    high: float
    """The interval of the long-run mean, for this hour by itself (not corrected for looking at all hours)."""
    is_candidate: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """When to trade. Improvements are shares of the price against a random time; positive is good for the taker."""

    verdict: Verdict
    reason: str
    by_weekday: bool
    candidates: tuple[LocalHour, ...]
    """The hours that can't be told apart from the best; also when none of them may be recommended."""
    expected_improvement: float
    """Of following: 0 when nothing is recommended."""
    candidate_improvement: float | None
    """Of the candidates, on weeks that did not choose them."""
    interval: tuple[float, float] | None
    """What the candidates will give in one coming week; None where there are no candidates."""
    mean_interval: tuple[float, float] | None
    """What the candidates give in the long run."""
    worst_case_regret: float | None
    """How much worse than the true best hour the candidates may be, with the confidence asked for."""
    chance: float | None
    """How likely so good a best hour is where no hour is better, all hours having been looked at."""
    weeks: float
    """Weeks' worth of days that have enough hours to compare."""
    hours_seen: int
    observations: int
    effects: tuple[HourEffect, ...]
    timezone: str
    confidence: float
    worst_days_mean: float | None
    """Of following the candidates: the mean of their worst 5 % of days."""
    half_life_weeks: float | None
    """After so many weeks a week counts half; None when all weeks count alike."""
    is_of_weekdays: bool
    """Whether the candidates are whole weekdays: every hour of them that a person can trade in."""
    recent_improvement: float | None
    """What the candidates of earlier weeks gave in those weeks, weighted by that half-life."""

    failed: FailedTest | None = None
    """The test that hours failed which are not recommended."""

    @property
    def chance_allowed(self) -> float:
        """How likely so good a best hour may be by luck alone, so that it may be recommended."""
        return (1 - self.confidence) / 2

    @property
    def hours(self) -> tuple[LocalHour, ...]:
        """The recommended hours; none unless the verdict is `recommended`."""
        return self.candidates if self.verdict is Verdict.RECOMMENDED else ()

    def over_trading_at(self, moment: datetime) -> float | None:
        """What waiting for the recommended hours improves over trading at a moment; None when nothing is recommended.

        It is 0 in a recommended hour, and None in an hour of which too little is known.
        """
        local = moment.astimezone(ZoneInfo(self.timezone))
        now = LocalHour(local.weekday() if self.by_weekday else None, local.hour)
        if self.verdict is Verdict.NONE:
            return None
        if now in self.candidates:
            return 0.0
        return next(
            (self.expected_improvement - effect.improvement for effect in self.effects if effect.at == now), None
        )


def advise_and_walk(
    series: Series,
    timezone: str,
    confidence: float = 0.9,
    minimum_weeks: int = 4,
    seed: int = 0,
    trading: TradingHours = ALL_DAY,
    judging: Judge = judge,
) -> tuple[Advice, list[ScoredWeek]]:
    """When to trade, from a whole series, and how such advice did on weeks it had not seen (`walk`), which it heeds.

    The same series and seed give the same advice. Who asks often hands in a `judging` that remembers.
    """
    observations = int(series.observations.sum())
    side = series.key.market_side.side
    try:
        history = GainHistory.of(local_hours(series, timezone), side, trading)
    except SeriesUnusable as problem:
        nothing = Judgement(Verdict.NONE, str(problem), None, 0.0, FailedTest.PRICES)
        return _advice(nothing, side, 0, 0, timezone, confidence), []
    weeks, past = walk(history, side, confidence, minimum_weeks, seed, judging)
    gains = history.all()
    judgement = judging(gains, confidence, minimum_weeks, seed, past)
    return _advice(judgement, side, gains.hours_seen, observations, timezone, confidence), weeks


def _advice(
    judgement: Judgement, side: Side, hours_seen: int, observations: int, timezone: str, confidence: float
) -> Advice:
    choice, outlook = judgement.choice, judgement.choice.outlook if judgement.choice else None

    def share(gain: float) -> float:
        return as_share(gain, side)

    is_recommended = judgement.verdict is Verdict.RECOMMENDED
    return Advice(
        failed=judgement.failed,
        verdict=judgement.verdict,
        reason=judgement.reason,
        by_weekday=choice.by_weekday if choice else False,
        candidates=hours_of(choice.chosen) if choice else (),
        expected_improvement=share(outlook.mean) if outlook and is_recommended else 0.0,
        candidate_improvement=share(outlook.mean) if outlook else None,
        interval=(share(outlook.week_interval[0]), share(outlook.week_interval[1])) if outlook else None,
        mean_interval=(share(outlook.mean_interval[0]), share(outlook.mean_interval[1])) if outlook else None,
        worst_case_regret=share(choice.regret) if choice else None,
        chance=choice.chance if choice else None,
        weeks=judgement.weeks,
        hours_seen=hours_seen,
        observations=observations,
        effects=_effects(choice, side, confidence) if choice else (),
        timezone=timezone,
        confidence=confidence,
        worst_days_mean=share(choice.worst_days) if choice and np.isfinite(choice.worst_days) else None,
        half_life_weeks=choice.half_life_weeks if choice and np.isfinite(choice.half_life_weeks) else None,
        is_of_weekdays=choice.is_of_weekdays if choice else False,
        recent_improvement=None if judgement.recent_gain is None else share(judgement.recent_gain),
    )


def _effects(choice: Choice, side: Side, confidence: float) -> tuple[HourEffect, ...]:
    reach = float(ndtri((1 + confidence) / 2)) * choice.deviations
    return tuple(
        HourEffect(
            hours_of(np.arange(len(choice.means)) == cell)[0],
            as_share(mean, side),
            as_share(mean - reach[cell], side),
            as_share(mean + reach[cell], side),
            bool(choice.chosen[cell]),
        )
        for cell, mean in enumerate(choice.means)
        if np.isfinite(mean)
    )
