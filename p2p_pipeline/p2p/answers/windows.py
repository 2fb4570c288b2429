"""When it is usually better: the advice on a series, and its JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.timing.rows import caution_of
from p2p_pipeline.p2p.metrics.timing.walk_forward import WalkForward
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.windows import WindowsAnswer, advised, read_timed


def answer_object(found: WindowsAnswer, judged: WalkForward, now: datetime) -> dict[str, Any]:
    """The answer as JSON; what is unknown is null, as `p2p windows --help` says, and no number stands in for it.

    `expected_improvement`, `walk_forward.realised_improvement` and `walk_forward.weeks` are always numbers.
    """
    advice, key = found.advice, found.series.key
    return {
        "verdict": advice.verdict,
        "reason": advice.reason,
        "hours": [asdict(hour) for hour in advice.hours],
        "expected_improvement": advice.expected_improvement,
        "interval": advice.interval or (None, None),
        "mean_interval": advice.mean_interval or (None, None),
        "walk_forward": asdict(judged),
        "observations": advice.observations,
        "timezone": advice.timezone,
        "market_key": key.market_side.market.key,
        "side": key.market_side.side,
        "measure": key.measure,
        "caution": caution_of(key.measure),
        "profile": key.profile,
        "amount_fiat": found.series.amount_fiat,
        "candidate_hours": [asdict(hour) for hour in advice.candidates],
        "candidate_improvement": advice.candidate_improvement,
        "improvement_over_now": advice.over_trading_at(now),
        "worst_case_regret": advice.worst_case_regret,
        "worst_days_mean": advice.worst_days_mean,
        "recent_improvement": advice.recent_improvement,
        "half_life_weeks": advice.half_life_weeks,
        "chance": advice.chance,
        "confidence": advice.confidence,
        "weeks": round(advice.weeks, 2),
        "hours_with_data": advice.hours_seen,
        "effects": [
            {**asdict(effect.at), "improvement": effect.improvement, "interval": (effect.low, effect.high)}
            for effect in advice.effects
        ],
    }


_EARLIEST = date(1970, 1, 2)
_LATEST = date(9998, 12, 30)
"""A day more on either side must still be a date."""


def answer_windows(
    lake: Lake, key: SeriesKey, settings: Settings, timezone: str, first: date | None = None, last: date | None = None
) -> WindowsAnswer:
    """The advice of one series between two days of a time zone, both included, with its walk-forward.

    It is read from the rollups, which lie by UTC days: one more on each side holds the local ones.
    """
    day = timedelta(days=1)
    first, last = first and max(first, _EARLIEST), last and min(last, _LATEST)
    series = read_timed(lake, key, timezone, first and first - day, last and last + day)
    return advised(_of_local_days(series, ZoneInfo(timezone), first, last), settings, timezone)


def _of_local_days(series: Series, zone: ZoneInfo, first: date | None, last: date | None) -> Series:
    since = datetime.combine(first, clock_time.min, zone).timestamp() if first else -math.inf
    until = datetime.combine(last + timedelta(days=1), clock_time.min, zone).timestamp() if last else math.inf
    kept = (series.starts >= since) & (series.starts < until)
    return replace(
        series, starts=series.starts[kept], values=series.values[kept], observations=series.observations[kept]
    )
