"""When it is usually better: the advice on a series, and its JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.windows_now import now_or_wait
from p2p_pipeline.p2p.answers.windows_size import AskedSize
from p2p_pipeline.p2p.answers.windows_words import (
    Money,
    failed_words,
    headline,
    holes_words,
    now_words,
    size_words,
    weekdays_of,
    whole_set_words,
    within_a_day_words,
)
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.timing.few_hours import FewHours, WithinADay, few_best, within_a_day
from p2p_pipeline.p2p.metrics.timing.holes import WeekState, spans
from p2p_pipeline.p2p.metrics.timing.judgement import judge
from p2p_pipeline.p2p.metrics.timing.remembered import Judge
from p2p_pipeline.p2p.metrics.timing.rows import caution_of
from p2p_pipeline.p2p.metrics.timing.waiting import expected_wait_hours, week_mask
from p2p_pipeline.p2p.metrics.timing.walk_forward import WalkForward
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.windows import WindowsAnswer, advised, read_timed
from p2p_pipeline.p2p.trading_hours import TradingHours


def answer_object(
    found: WindowsAnswer, judged: WalkForward, now: datetime, asked: AskedSize | None = None
) -> dict[str, Any]:
    """The answer as JSON; what is unknown is null, as `p2p windows --help` says, and no number stands in for it.

    `expected_improvement`, `walk_forward.realised_improvement` and `walk_forward.weeks` are always numbers. Money is
    for the amount asked for (of the asset for SELL, at the newest price), or for the size of the series.
    """
    money, waiting = Money.of(found, asked), now_or_wait(found, now)
    return {
        **_series_object(found),
        "asked": asked and asdict(asked),
        **_advice_object(found, now),
        "walk_forward": asdict(judged),
        "money": None if money is None else _money_object(found, money, now),
        **_few_object(found, money),
        "now_or_wait": {**asdict(waiting), "expected_fiat": money and money.worth(waiting.expected_improvement)},
        "seen": _seen_object(found),
        "sentences": {
            "headline": headline(found, money),
            "failed_test": failed_words(found.advice),
            "whole_set": whole_set_words(found, money),
            "within_a_day": within_a_day_words(found, money),
            "now": list(now_words(waiting, found, money)),
            "seen": holes_words(found.seen),
            "size": size_words(found, asked),
        },
    }


def _series_object(found: WindowsAnswer) -> dict[str, Any]:
    """Of what the advice is, and against what."""
    advice, key = found.advice, found.series.key
    return {
        "market_key": key.market_side.market.key,
        "side": key.market_side.side,
        "measure": key.measure,
        "caution": caution_of(key.measure),
        "profile": key.profile,
        "amount_fiat": found.series.amount_fiat,
        "timezone": advice.timezone,
        "observations": advice.observations,
        "weeks": round(advice.weeks, 2),
        "hours_with_data": advice.hours_seen,
        "trading_hours": str(found.trading),
        "against": found.trading.words,
    }


_AS_THEY_ARE = (
    "verdict", "reason", "expected_improvement", "candidate_improvement", "worst_case_regret", "worst_days_mean",
    "recent_improvement", "half_life_weeks", "chance", "confidence", "is_of_weekdays",
)  # fmt: skip


def _advice_object(found: WindowsAnswer, now: datetime) -> dict[str, Any]:
    advice = found.advice
    return {
        **{name: getattr(advice, name) for name in _AS_THEY_ARE},
        "failed_test": advice.failed,
        "chance_allowed": advice.chance_allowed,
        "hours": [asdict(hour) for hour in advice.hours],
        "candidate_hours": [asdict(hour) for hour in advice.candidates],
        "weekdays": weekdays_of(advice.candidates) if advice.is_of_weekdays else None,
        "interval": advice.interval or (None, None),
        "mean_interval": advice.mean_interval or (None, None),
        "improvement_over_now": advice.over_trading_at(now),
        "effects": [
            {**asdict(effect.at), "improvement": effect.improvement, "interval": (effect.low, effect.high)}
            for effect in advice.effects
        ],
    }


def _few_object(found: WindowsAnswer, money: Money | None) -> dict[str, Any]:
    """The few hours to try first, and what waiting for any of them costs."""
    advice, trading = found.advice, found.trading

    def with_money(one: FewHours | WithinADay) -> dict[str, Any]:
        return {**asdict(one), "improvement_fiat": money and money.worth(one.improvement)}

    soon = within_a_day(advice, trading)
    return {
        "few_best": [with_money(one) for one in few_best(advice, trading)],
        "within_a_day": soon and with_money(soon),
        "candidate_wait_hours": expected_wait_hours(week_mask(advice.candidates), np.tile(trading.mask(), 7)),
    }


def _money_object(found: WindowsAnswer, money: Money, now: datetime) -> dict[str, Any]:
    """The shares of the answer in the fiat of the amount."""
    advice = found.advice
    return {
        "amount": money.amount,
        "fiat": money.fiat,
        "expected_improvement": money.worth(advice.expected_improvement),
        "candidate_improvement": money.worth(advice.candidate_improvement),
        "interval": [money.worth(end) for end in advice.interval or (None, None)],
        "mean_interval": [money.worth(end) for end in advice.mean_interval or (None, None)],
        "improvement_over_now": money.worth(advice.over_trading_at(now)),
        "worst_case_regret": money.worth(advice.worst_case_regret),
    }


def _seen_object(found: WindowsAnswer) -> dict[str, Any]:
    """Which weeks count; `stretches` are weeks in a row of which the same is to be said, newest first."""
    return {
        "weeks": len(found.seen),
        "weeks_judged": sum(week.state is WeekState.JUDGED for week in found.seen),
        "days_counted": sum(week.days_counted for week in found.seen),
        "stretches": [asdict(span) for span in spans(found.seen)],
    }


_EARLIEST = date(1970, 1, 2)
_LATEST = date(9998, 12, 30)
"""A day more on either side must still be a date."""


def answer_windows(
    lake: Lake,
    key: SeriesKey,
    settings: Settings,
    timezone: str,
    first: date | None = None,
    last: date | None = None,
    trading: TradingHours | None = None,
    judging: Judge = judge,
) -> WindowsAnswer:
    """The advice of one series between two days of a time zone, both included, with its walk-forward.

    Everything is against the hours in which the person can trade: `trading`, or the settings'. It is read from the
    rollups, which lie by UTC days: one more on each side holds the local ones.
    """
    day = timedelta(days=1)
    first, last = first and max(first, _EARLIEST), last and min(last, _LATEST)
    series = read_timed(lake, key, timezone, first and first - day, last and last + day)
    return advised(_of_local_days(series, ZoneInfo(timezone), first, last), settings, timezone, trading, judging)


def _of_local_days(series: Series, zone: ZoneInfo, first: date | None, last: date | None) -> Series:
    since = datetime.combine(first, clock_time.min, zone).timestamp() if first else -math.inf
    until = datetime.combine(last + timedelta(days=1), clock_time.min, zone).timestamp() if last else math.inf
    kept = (series.starts >= since) & (series.starts < until)
    return replace(
        series, starts=series.starts[kept], values=series.values[kept], observations=series.observations[kept]
    )
