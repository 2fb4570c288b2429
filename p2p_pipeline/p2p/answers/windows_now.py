"""Trade now or wait, answered from a series, its advice and the hour that it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.metrics.timing.few_hours import SoonHour, best_of_next_day
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours
from p2p_pipeline.p2p.metrics.timing.waiting import (
    PastWaits,
    Standing,
    next_time,
    past_waits,
    standing,
    week_mask,
)
from p2p_pipeline.p2p.steps.windows import WindowsAnswer


@dataclass(frozen=True, slots=True)
class NowOrWait:
    """What to do at a moment. Improvements are shares of the price; positive is good for the taker."""

    at: datetime
    is_worth_waiting: bool
    reason: str
    """Why, or why not, in words."""
    is_best_hour: bool
    """Whether the moment lies in one of the recommended hours; False while nothing is recommended."""
    begins_at: datetime | None
    """When the next of the best hours begins: of those recommended, else of the candidates. Now, when one is on."""
    wait_seconds: float | None
    expected_improvement: float | None
    """Of waiting for it over trading now, in the long run; None while nothing is recommended or this hour unknown."""
    past: PastWaits | None
    """What such waits gave; None in a best hour and where too few days can be compared."""
    standing: Standing | None
    """How the newest price stands against what its hour usually costs."""
    price_at: datetime | None
    """The newest period with a price begins then."""
    price_age_seconds: float | None
    is_trading_time: bool
    """Whether the moment lies in the hours in which the person can trade."""
    within_a_day: SoonHour | None
    """The best of the next 24 hours, where hours of the week are recommended: the next of those may be days off."""


def now_or_wait(found: WindowsAnswer, now: datetime) -> NowOrWait:
    """Whether to trade at a moment or to wait, from what the series knows; the series should end by then."""
    advice, series, side = found.advice, found.series, found.series.key.market_side.side
    zone = ZoneInfo(advice.timezone)
    local, price_at = now.astimezone(zone), _newest(found)
    wanted = week_mask(advice.candidates)
    begins_at = next_time(now, zone, wanted)
    is_in = bool(wanted[local.weekday() * 24 + local.hour])
    try:
        hours = local_hours(series, advice.timezone)
        at = LocalHour(local.weekday() if advice.by_weekday else None, local.hour)
        past = None if is_in or begins_at is None else past_waits(hours, wanted, at, side)
        stands = standing(hours, side)
    except SeriesUnusable:
        past, stands = None, None
    expected = advice.over_trading_at(now)
    is_allowed = bool(found.trading.mask()[local.hour])
    is_worth_waiting, reason = _decided(found, is_in, is_allowed, expected, past)
    return NowOrWait(
        at=now,
        is_worth_waiting=is_worth_waiting,
        reason=reason,
        is_best_hour=is_in and bool(advice.hours),
        begins_at=begins_at,
        wait_seconds=(begins_at - now).total_seconds() if begins_at else None,
        expected_improvement=expected,
        past=past,
        standing=stands,
        price_at=price_at,
        price_age_seconds=(now - price_at).total_seconds() if price_at else None,
        is_trading_time=is_allowed,
        within_a_day=best_of_next_day(advice, found.trading, now),
    )


def _decided(
    found: WindowsAnswer, is_in: bool, is_allowed: bool, expected: float | None, past: PastWaits | None
) -> tuple[bool, Told]:
    """Whether waiting is worth it, and the first reason why, or why not."""
    if found.advice.hours and not is_in and not is_allowed:
        return True, Told("it is not a time at which you can trade")
    against = (
        (not found.advice.hours, Told("no hour is known to be reliably better")),
        (is_in, Told("this is one of the best hours")),
        (expected is None, Told("too little is known of what this hour costs")),
        (expected is not None and expected <= 0, Told("this hour usually is as good")),
        (past is not None and past.chance_better <= 0.5, Told("it paid on no more than half of the days")),
    )
    reason = next((text for holds, text in against if holds), None)
    return reason is None, reason or Told("the best hours are reliably better than this one")


def _newest(found: WindowsAnswer) -> datetime | None:
    series = found.series
    is_price = np.isfinite(series.values) & (series.values > 0)
    if not is_price.any():
        return None
    return datetime.fromtimestamp(int(series.starts[is_price][-1]), UTC)
