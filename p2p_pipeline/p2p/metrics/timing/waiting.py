"""Trade now or wait: how the newest price stands, when the best hours come, and what waiting for them gave before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.hours import LocalHour, as_share
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
USUAL_DAYS = 28
"""How far back "usually" goes."""
_LEAST_DAYS = 5
_DAY_HOURS = 24
_LEAST_HOURS_BEFORE = 6
_STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest price compares with what its hour of the day usually costs, each against the day before it."""

    price: float
    usual_price: float
    """What this hour would cost today if it stood to the last 24 hours as it usually does."""
    improvement_over_usual: float
    """As a share of the price; positive is better for the taker than usual."""
    percentile: float
    """The share of those days on which this hour was worse for the taker than now."""
    days: int
    """How many of the last four weeks' days could be compared."""


@dataclass(frozen=True, slots=True)
class PastWaits:
    """What waiting from this hour for the next best hours gave on past days; shares of the price, positive is good."""

    days: int
    quantile_10: float
    quantile_50: float
    quantile_90: float
    chance_better: float
    """The share of days on which the price was better then."""


def week_mask(hours: tuple[LocalHour, ...]) -> Flags:
    """Hours as cells of the week, Monday 00:00 first."""
    found = np.zeros(168, dtype=bool)
    for at in hours:
        found[[day * 24 + at.hour for day in (range(7) if at.weekday is None else (at.weekday,))]] = True
    return found


def next_time(now: datetime, zone: ZoneInfo, wanted: Flags) -> datetime | None:
    """The first moment from now on that lies in a wanted hour of the week; None when there is no such hour."""
    if not wanted.any():
        return None
    moment, end = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=8)
    while moment < end:
        local = moment.astimezone(zone)
        if wanted[local.weekday() * 24 + local.hour]:
            return moment
        # Every clock's hours begin at quarters of an hour of UTC.
        moment += _STEP - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return None


def expected_wait_hours(wanted: Flags, allowed: Flags) -> float | None:
    """How long a person who could trade at any allowed time waits for the next wanted hour, on average.

    A time within a wanted hour waits not at all; half an hour is the mean of what is left of the hour one is in.
    """
    if not wanted.any() or not allowed.any():
        return None
    places = np.flatnonzero(wanted)
    starts = np.flatnonzero(allowed)
    ahead = ((places[None, :] - starts[:, None]) % len(wanted)).min(axis=1)
    return float(np.where(ahead == 0, 0.0, ahead - 0.5).mean())


def past_waits(hours: LocalHours, wanted: Flags, at: LocalHour, side: Side) -> PastWaits | None:
    """What waiting gave on each past day with prices at both ends; None of fewer than five.

    The price then is the mean over the next unbroken stretch of wanted hours, at most a day of it: a person knows
    no better than to come sometime in them. Drift and all: it is what waiting would have cost.
    """
    cell = (hours.days % 7) * 24 + hours.hours
    is_from = (hours.hours == at.hour) & np.isfinite(hours.logs)
    if at.weekday is not None:
        is_from &= hours.days % 7 == at.weekday
    is_wanted = wanted[cell]
    begins = np.flatnonzero(is_wanted & ~np.concatenate([[False], is_wanted[:-1]]))
    stretch = np.array([_mean_of_stretch(hours.logs, is_wanted, int(begin)) for begin in begins])
    starts = np.flatnonzero(is_from)
    place = np.searchsorted(begins, starts, side="right")
    starts, place = starts[place < len(begins)], place[place < len(begins)]
    if not len(starts):
        return None
    gains = (stretch[place] - hours.logs[starts]) * (-1.0 if side is Side.BUY else 1.0)
    gains = gains[np.isfinite(gains)]
    if len(gains) < _LEAST_DAYS:
        return None
    low, middle, high = (as_share(float(gain), side) for gain in np.quantile(gains, (0.1, 0.5, 0.9)))
    return PastWaits(len(gains), low, middle, high, float(np.mean(gains > 0)))


def _mean_of_stretch(logs: Floats, is_wanted: Flags, begin: int) -> float:
    """NaN for a stretch without a price, or one that the series' end cuts before its first price."""
    part = logs[begin : begin + _DAY_HOURS][np.logical_and.accumulate(is_wanted[begin : begin + _DAY_HOURS])]
    part = part[np.isfinite(part)]
    return float(part.mean()) if len(part) else float("nan")


def standing(hours: LocalHours, side: Side) -> Standing | None:
    """How the newest price stands; None while fewer than five days of the last four weeks can be compared.

    Each hour is held against the mean of the day before it, so that a month of rising prices does not make today dear.
    """
    known = np.flatnonzero(np.isfinite(hours.logs))
    if not len(known):
        return None
    newest = int(known[-1])
    same_hour = np.flatnonzero(hours.hours[:newest] == hours.hours[newest])[-USUAL_DAYS:]
    before = np.array([_against_day_before(hours.logs, int(place)) for place in same_hour])
    before, now = before[np.isfinite(before)], _against_day_before(hours.logs, newest)
    if len(before) < _LEAST_DAYS or not np.isfinite(now):
        return None
    sign = -1.0 if side is Side.BUY else 1.0
    usual = float(np.median(before))
    price = float(np.exp(hours.logs[newest]))
    return Standing(
        price=price,
        usual_price=float(price * np.exp(usual - now)),
        improvement_over_usual=as_share(sign * (now - usual), side),
        percentile=float(np.mean(sign * before < sign * now)),
        days=len(before),
    )


def _against_day_before(logs: Floats, place: int) -> float:
    day = logs[max(0, place - _DAY_HOURS) : place]
    day = day[np.isfinite(day)]
    return float(logs[place] - day.mean()) if len(day) >= _LEAST_HOURS_BEFORE else float("nan")
