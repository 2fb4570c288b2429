"""What trading at an hour gained against a random time around it: a row a day and a row a week, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours
from p2p_pipeline.p2p.metrics.timing.local_level import DAY_REACH, WEEK_REACH, against_local_level

Floats = NDArray[np.float64]
_LEAST_HOURS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Logarithmic gains for the taker, NaN where unknown. Rows begin on the Monday of the first week."""

    daily: Floats
    """Against the day around the hour: (7 weeks x 24)."""
    weekly: Floats
    """Against the week around the hour: (weeks x 168), Monday 00:00 first."""
    hours_seen: int
    """How many hours have a price, those without a level included."""
    weeks_known: float
    """Weeks' worth of local days that have a price in at least half of their hours."""

    @property
    def weeks(self) -> int:
        """Rows of `weekly`."""
        return len(self.weekly)

    def of_week(self, week: int) -> Gains:
        """One week's gains, for scoring."""
        daily, weekly = self.daily[week * 7 : week * 7 + 7], self.weekly[week : week + 1]
        return Gains(daily, weekly, self.hours_seen, self.weeks_known)


@dataclass(frozen=True, slots=True, eq=False)
class GainHistory:
    """All gains of a series, from which those that were known at a time can be taken."""

    _hours: LocalHours
    _daily: Floats
    _weekly: Floats

    @classmethod
    def of(cls, hours: LocalHours, side: Side) -> GainHistory:
        """Compare each hour with its day and its week; a low price is good for BUY and a high one for SELL."""
        sign = -1.0 if side is Side.BUY else 1.0
        return cls(
            hours,
            sign * against_local_level(hours.logs, DAY_REACH),
            sign * against_local_level(hours.logs, WEEK_REACH),
        )

    @property
    def weeks(self) -> int:
        """How many local weeks the series touches."""
        return self._hours.weeks

    def all(self) -> Gains:
        """Everything."""
        return self._grid(len(self._hours.logs), self.weeks)

    def known_at_start_of(self, week: int) -> Gains:
        """What somebody knew when a week (from 0) began: no hour whose level reaches into it or past it."""
        return self._grid(int(np.searchsorted(self._hours.days, week * 7)), week)

    def first_day(self, week: int) -> date:
        """The local Monday that a week begins with."""
        return self._hours.first_monday + timedelta(weeks=week)

    def _grid(self, end: int, weeks: int) -> Gains:
        daily = self._cells(self._daily[: max(0, end - DAY_REACH)], weeks)
        weekly = self._cells(self._weekly[: max(0, end - WEEK_REACH)], weeks)
        a_day = np.bincount(self._hours.days[:end], np.isfinite(self._hours.logs[:end]), minlength=1)
        known = float((a_day >= _LEAST_HOURS).sum()) / 7
        return Gains(daily.reshape(weeks * 7, 24), weekly.reshape(weeks, 168), int(a_day.sum()), known)

    def _cells(self, values: Floats, weeks: int) -> Floats:
        """Values by local hour; the mean where the end of daylight saving gives an hour twice."""
        place = (self._hours.days * 24 + self._hours.hours)[: len(values)]
        is_known = np.isfinite(values)
        count = np.bincount(place[is_known], minlength=weeks * 168)
        total = np.bincount(place[is_known], values[is_known], minlength=weeks * 168)
        return np.asarray(np.divide(total, count, out=np.full(weeks * 168, np.nan), where=count > 0))
