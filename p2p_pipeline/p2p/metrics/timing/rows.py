"""Advice and scored weeks as rows of `windows` and `walk_forward`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.timing.advice import Advice
from p2p_pipeline.p2p.metrics.timing.holes import WeekSeen, WeekState
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.judgement import Verdict
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD, WINDOWS
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours

_AGGREGATES = {
    "vwap": "the mean of all stated prices, weighted by what is for sale",
    "median": "the middle of all stated prices",
    "best": "the single best stated price, whatever its size and conditions",
    "low": "the lowest stated price, whatever its size and conditions",
    "high": "the highest stated price, whatever its size and conditions",
}


def caution_of(measure: str) -> str | None:
    """What a measure is an aggregate of, for whoever might take it for a price they can have; None for `executable`."""
    if measure == EXECUTABLE:
        return None
    what = _AGGREGATES.get(measure, "a column of a series that was recorded elsewhere")
    return (
        f"{measure!r} is {what}: not a price that anybody was shown to have paid, and its good hours may only be those "
        "when other advertisers are online"
    )


def window_rows(
    series: Series, advice: Advice, made_at: datetime, trading: TradingHours = ALL_DAY, seen: Sequence[WeekSeen] = ()
) -> pa.Table:
    """One advice as rows of `windows`: a row an hour, or one without an hour where nothing could be compared."""
    shared = {
        **_series(series),
        "timezone": advice.timezone,
        "trading_hours": str(trading),
        "verdict": str(advice.verdict),
        "reason": advice.reason,
        "caution": caution_of(series.key.measure),
        "expected_improvement": advice.expected_improvement,
        "week_low": advice.interval[0] if advice.interval else None,
        "week_high": advice.interval[1] if advice.interval else None,
        "mean_low": advice.mean_interval[0] if advice.mean_interval else None,
        "mean_high": advice.mean_interval[1] if advice.mean_interval else None,
        "worst_case_regret": advice.worst_case_regret,
        "worst_days_mean": advice.worst_days_mean,
        "recent_improvement": advice.recent_improvement,
        "half_life_weeks": advice.half_life_weeks,
        "chance": advice.chance,
        "confidence": advice.confidence,
        "is_of_weekdays": advice.is_of_weekdays,
        "weeks": advice.weeks,
        "weeks_touched": len(seen),
        "weeks_judged": sum(week.state is WeekState.JUDGED for week in seen),
        "observations": advice.observations,
        "made_at": made_at,
    }
    is_recommending = advice.verdict is Verdict.RECOMMENDED
    hours: list[dict[str, Any]] = [
        {
            "weekday": effect.at.weekday,
            "hour": effect.at.hour,
            "improvement": effect.improvement,
            "low": effect.low,
            "high": effect.high,
            "is_candidate": effect.is_candidate,
            "is_recommended": effect.is_candidate and is_recommending,
        }
        for effect in advice.effects
    ]
    nothing = dict.fromkeys(("weekday", "hour", "improvement", "low", "high")) | dict.fromkeys(
        ("is_candidate", "is_recommended"), False
    )
    return WINDOWS.table_of([{**shared, **hour} for hour in hours or [nothing]])


def walk_forward_rows(
    series: Series, weeks: Sequence[ScoredWeek], timezone: str, trading: TradingHours = ALL_DAY
) -> pa.Table:
    """Scored weeks as rows of `walk_forward`."""
    return WALK_FORWARD.table_of(
        [
            {
                **_series(series),
                "timezone": timezone,
                "first_day": week.first_day.isoformat(),
                "weeks_known": week.weeks_known,
                "verdict": str(week.verdict),
                "by_weekday": week.by_weekday,
                "trading_hours": str(trading),
                "hours": [_code(hour) for hour in week.candidates],
                "expected_improvement": week.candidate_improvement,
                "low": week.low,
                "high": week.high,
                "candidate_realised": week.candidate_realised,
                "realised": week.realised,
                "is_covered": week.is_covered,
                "regret": week.regret,
                "overlap": week.overlap,
            }
            for week in weeks
        ]
    )


def _code(at: LocalHour) -> str:
    return f"{at.hour}" if at.weekday is None else f"{at.weekday}-{at.hour}"


def _series(series: Series) -> dict[str, Any]:
    side = series.key.market_side
    return {
        "market_key": side.market.key,
        "venue": side.market.venue,
        "asset": side.market.asset,
        "fiat": side.market.fiat,
        "side": str(side.side),
        "measure": series.key.measure,
        "profile": series.key.profile,
        "step": series.key.step,
        "amount_fiat": series.amount_fiat,
    }
