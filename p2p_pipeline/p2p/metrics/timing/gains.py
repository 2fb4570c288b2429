"""What trading at an hour gained against a random time around it: a row a day and a row a week, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.timing.additive import against_own_level, against_row_mean, hour_effects, often_known
from p2p_pipeline.p2p.metrics.timing.local_hours import LocalHours
from p2p_pipeline.p2p.metrics.timing.local_level import (
    DAY_REACH,
    NEARLY_WHOLE,
    SPARSE,
    WEEK_REACH,
    against_local_level,
)
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours

Floats = NDArray[np.float64]
_LEAST_SHARE_OF_DAY = 6
_LEAST_HOURS = 2
_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Logarithmic gains for the taker, NaN where unknown. Rows begin on the Monday of the first week."""

    daily: Floats
    """Against the day around the hour: (7 weeks x 24)."""
    weekly: Floats
    """Against the week around the hour: (weeks x 168), Monday 00:00 first."""
    tested: Floats
    """As `daily`, but no row leans on another: a day seen in part is against the plain mean of what was seen of it.

    Where no hour is better, every row is as likely as its mirror image, whatever the other rows are. The estimates in
    `daily` share the hours' effects and so would seem surer than they are.
    """
    hours_seen: int
    """How many hours have a price, those without a level included."""
    weeks_known: float
    """Weeks' worth of local days that have enough hours to compare (`least_hours`)."""

    @property
    def weeks(self) -> int:
        """Rows of `weekly`."""
        return len(self.weekly)

    def of_week(self, week: int) -> Gains:
        """One week's gains, for scoring."""
        daily, weekly = self.daily[week * 7 : week * 7 + 7], self.weekly[week : week + 1]
        tested = self.tested[week * 7 : week * 7 + 7]
        return Gains(daily, weekly, tested, self.hours_seen, self.weeks_known)


@dataclass(frozen=True, slots=True, eq=False)
class GainHistory:
    """All gains of a series, from which those that were known at a time can be taken."""

    hours: LocalHours
    trading: TradingHours
    _sign: float
    _daily: Floats
    """Against the day around the hour where that was seen nearly whole, along the axis of hours."""
    _weekly: Floats
    _sparse: Floats
    """Logarithms of the hours whose own day was not; NaN elsewhere."""

    @classmethod
    def of(cls, hours: LocalHours, side: Side, trading: TradingHours = ALL_DAY) -> GainHistory:
        """Compare each hour with its day and its week; a low price is good for BUY and a high one for SELL.

        Of hours in which a person can't trade the prices tell the level of the day, and nothing is compared with them.
        """
        sign = -1.0 if side is Side.BUY else 1.0
        daily = sign * against_local_level(hours.logs, DAY_REACH, NEARLY_WHOLE)
        weekly = sign * against_local_level(hours.logs, WEEK_REACH)
        sparse = np.where(np.isfinite(daily), np.nan, hours.logs)
        edges = slice(DAY_REACH, max(DAY_REACH, len(sparse) - DAY_REACH))
        sparse[: edges.start], sparse[edges.stop :] = np.nan, np.nan
        return cls(hours, trading, sign, daily, weekly, sparse)

    @property
    def weeks(self) -> int:
        """How many local weeks the series touches."""
        return self.hours.weeks

    @property
    def least_hours(self) -> int:
        """How many of a day's hours need a price for the day to count: a sixth of those a person can trade in."""
        return max(_LEAST_HOURS, len(self.trading.hours) // _LEAST_SHARE_OF_DAY)

    def all(self) -> Gains:
        """Everything."""
        return self._grid(len(self.hours.logs), self.weeks)

    def known_at_start_of(self, week: int) -> Gains:
        """What somebody knew when a week (from 0) began: no hour whose level reaches into it or past it."""
        return self._grid(int(np.searchsorted(self.hours.days, week * 7)), week)

    def first_day(self, week: int) -> date:
        """The local Monday that a week begins with."""
        return self.hours.first_monday + timedelta(weeks=week)

    def hours_of_days(self, end: int | None = None) -> NDArray[np.int64]:
        """How many hours with a price each local day has, of those a person can trade in."""
        logs, days, hours = (values[:end] for values in (self.hours.logs, self.hours.days, self.hours.hours))
        is_counted = np.isfinite(logs) & self.trading.mask()[hours]
        return np.bincount(days[is_counted], minlength=int(days[-1]) + 1 if len(days) else 1)

    def _grid(self, end: int, weeks: int) -> Gains:
        daily = self._cells(self._daily[: max(0, end - DAY_REACH)], weeks).reshape(weeks * 7, 24)
        weekly = self._cells(self._weekly[: max(0, end - WEEK_REACH)], weeks).reshape(weeks, 168)
        tested, is_compared = daily, self.trading.mask()
        is_sparse = bool(np.isfinite(self._sparse[: max(0, end - WEEK_REACH)]).any())
        if is_sparse:
            daily, weekly = self._with_sparse(daily, weekly, end)
            is_compared &= often_known(daily)
        if is_sparse or not self.trading.is_all_day:
            tested = against_row_mean(np.where(is_compared, daily, np.nan))
        if not is_compared.all():
            daily = against_own_level(np.where(is_compared, daily, np.nan))
            weekly = against_own_level(np.where(np.tile(is_compared, 7), weekly, np.nan))
        known = float((self.hours_of_days(end) >= self.least_hours).sum()) / 7
        return Gains(daily, weekly, tested, int(np.isfinite(self.hours.logs[:end]).sum()), known)

    def _with_sparse(self, daily: Floats, weekly: Floats, end: int) -> tuple[Floats, Floats]:
        """The same with days of which only some hours were seen, by effects of the hour beside effects of the day.

        A line through a few hours of one day would take the rhythm for a drift; so the drift is that of the week
        around, of prices from which the hours' effects were taken, and the day keeps a level of its own.
        """
        weeks, logs, hours = len(weekly), self.hours.logs[:end], self.hours.hours[:end]
        known = slice(0, max(0, end - WEEK_REACH))
        is_sparse = np.isfinite(self._cells(self._sparse[known], weeks)).reshape(-1, 24)
        effects, both, cells = np.zeros(24), daily, daily
        for _ in range(_ROUNDS):
            free = against_local_level(self._sign * logs - effects[hours], WEEK_REACH, SPARSE) + effects[hours]
            cells = self._cells(free[known], weeks).reshape(-1, 24)
            enough = (np.isfinite(cells).sum(axis=1) >= self.least_hours)[:, None]
            both = np.where(is_sparse, against_own_level(np.where(enough, cells, np.nan)), daily)
            effects = np.nan_to_num(hour_effects(both))
        return both, np.where(np.isfinite(weekly), weekly, cells.reshape(weeks, 168))

    def _cells(self, values: Floats, weeks: int) -> Floats:
        """Values by local hour; the mean where the end of daylight saving gives an hour twice."""
        place = (self.hours.days * 24 + self.hours.hours)[: len(values)]
        is_known = np.isfinite(values)
        count = np.bincount(place[is_known], minlength=weeks * 168)
        total = np.bincount(place[is_known], values[is_known], minlength=weeks * 168)
        return np.asarray(np.divide(total, count, out=np.full(weeks * 168, np.nan), where=count > 0))
