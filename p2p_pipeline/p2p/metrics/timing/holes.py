"""Which weeks of a series count, which don't, and why: what was never seen is told, not passed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from p2p_pipeline.p2p.metrics.timing.gains import GainHistory

LEAST_DAYS = 3
"""Of a week, that need enough hours for the week to be scored."""
_ROUNDING_WEEKS = 0.01


class WeekState(StrEnum):
    """What became of a week."""

    JUDGED = "judged"
    NO_PRICE = "had no price"
    TOO_FEW_HOURS = "had too few hours"
    NOT_ADVISED = "came before there was enough history"
    HOURS_UNSEEN = "had too few prices around the advised hours"


@dataclass(frozen=True, slots=True)
class WeekSeen:
    """One local week of a series."""

    first_day: date
    hours_seen: int
    """Of those a person can trade in."""
    days_counted: int
    """Days with enough hours to compare."""
    state: WeekState


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """Weeks in a row of which the same is to be said."""

    first_day: date
    last_day: date
    weeks: int
    state: WeekState


def weeks_seen(history: GainHistory, judged: Collection[date], minimum_weeks: int) -> list[WeekSeen]:
    """Every week between the first and the last price, by time; `judged` are the Mondays of scored weeks."""
    by_day = history.hours_of_days()
    found, known = [], 0.0
    for week in range(history.weeks):
        hours = by_day[week * 7 : week * 7 + 7]
        counted, first_day = int((hours >= history.least_hours).sum()), history.first_day(week)
        if first_day in judged:
            state = WeekState.JUDGED
        elif not hours.sum():
            state = WeekState.NO_PRICE
        elif counted < LEAST_DAYS:
            state = WeekState.TOO_FEW_HOURS
        elif known < minimum_weeks - _ROUNDING_WEEKS:
            state = WeekState.NOT_ADVISED
        else:
            state = WeekState.HOURS_UNSEEN
        found.append(WeekSeen(first_day, int(hours.sum()), counted, state))
        known += counted / 7
    return found


def spans(weeks: Sequence[WeekSeen]) -> list[WeekSpan]:
    """Weeks in a row with the same state, the newest first."""
    found = []
    for state, group in groupby(weeks, key=lambda week: week.state):
        same = list(group)
        found.append(WeekSpan(same[0].first_day, same[-1].first_day + timedelta(days=6), len(same), state))
    return found[::-1]
