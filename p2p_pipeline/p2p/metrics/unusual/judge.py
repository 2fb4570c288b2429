"""Hour by hour, knowing only what came before: is a measure far from what is usual, and has its level shifted?"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from p2p_pipeline.p2p.metrics.unusual.grid import Floats, HourGrid
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, smallest_sigma
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import ALARM_SIGMAS, ErrorSpread
from p2p_pipeline.p2p.metrics.unusual.states import State

STAYING_HOURS = 12
"""A shift is a regime change once this many hours have stayed there; until then it is unusual."""
NEWS_HOURS = 48
"""This long after its first hour a regime change is told; then its level is the normal one."""
LOST_HOURS = 48
"""After a gap longer than this the old level is no yardstick: a new one has to be seen first."""
LEVEL_HOURS = (6, 24, 96)
"""Over how many hours the level may be taken; which one, the weeks before decide."""

_RETURN_HOURS = 7 * 24
_GIVE_UP_HOURS = 48
_LEAST_LEVEL_HOURS = 6
_STAYED_SHARE = 0.6
_ABRUPT_SHARE = 0.5
_EDGE_HOURS = 3
_CALM_HOURS_THAT_END_A_RUN = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was known of one hour at its end. Levels are on the scale of measures.py."""

    state: State
    expected: float | None = None
    sigma: float | None = None
    score: float | None = None
    """(level - expected) / sigma: 4 and above are unusual, and as rare as 4 sigmas are."""
    since_hour: int | None = None
    """Of a regime change: its first hour, since 1970 UTC."""
    shift: float | None = None
    """Of a regime change: by how much the level moved, in levels."""


NO_VALUE = Verdict(State.NO_DATA)
TOO_EARLY = Verdict(State.NOT_ENOUGH_HISTORY)


class _Level:
    """The median of the last accepted hours."""

    def __init__(self, hours: int) -> None:
        self._recent: deque[float] = deque(maxlen=hours)
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._recent)

    def add(self, value: float) -> None:
        if len(self._recent) == self._recent.maxlen:
            del self._sorted[bisect_left(self._sorted, self._recent[0])]
        self._recent.append(value)
        insort(self._sorted, value)

    def restart(self, values: list[float]) -> None:
        self._recent.clear()
        self._sorted.clear()
        for value in values:
            self.add(value)

    def last(self, count: int) -> list[float]:
        return list(self._recent)[-count:]

    @property
    def middle(self) -> float:
        half = len(self._sorted) // 2
        if len(self._sorted) % 2:
            return self._sorted[half]
        return 0.5 * (self._sorted[half - 1] + self._sorted[half])


@dataclass(slots=True)
class _Run:
    """Hours in a row that are far off to the same side."""

    first_hour: int
    from_level: float
    before: float
    is_above: bool
    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    calm_hours: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """A level that was left, and what it was left for."""

    first_hour: int
    shift: float
    left: list[float]
    """The last accepted hours of the level that was left."""
    is_news: bool = True


def choose_level_hours(levels: Floats) -> int:
    """Over how many hours the median is the best forecast of the next one, judged on the levels given.

    Errors are cut off at their 95 % quantile, so that the choice is made by usual hours. A longer one is preferred
    while it is at most 5 % worse: it stands firmer against an anomaly of a few hours.
    """
    seen = levels[np.isfinite(levels)]
    if len(seen) < 4 * LEVEL_HOURS[-1]:
        return LEVEL_HOURS[1]
    costs = {hours: _forecast_cost(seen, hours) for hours in LEVEL_HOURS}
    least = min(costs.values())
    return max(hours for hours, cost in costs.items() if cost <= 1.05 * least)


def _forecast_cost(seen: Floats, hours: int) -> float:
    windows = np.lib.stride_tricks.sliding_window_view(seen[:-1], hours)
    errors = np.abs(seen[hours:] - np.median(windows, axis=1))[-len(seen) + LEVEL_HOURS[-1] :]
    return float(np.minimum(errors, np.quantile(errors, 0.95)).mean())


class Judge:
    """Goes through a measure's hours in time's order; what it says of an hour uses nothing that came later."""

    def __init__(self, kind: Kind, level_hours: int) -> None:
        self._kind = kind
        self._level = _Level(level_hours)
        self._errors = ErrorSpread()
        self._run: _Run | None = None
        self._change: _Change | None = None
        self._last_hour: int | None = None

    def verdict(self, hour: int, value: float, usual_offset: float) -> Verdict:
        """Judge the level of an hour, `usual_offset` being what its place in the week usually differs by."""
        own = value - usual_offset
        if self._last_hour is not None and hour - self._last_hour > LOST_HOURS:
            self._level.restart([])
            self._run = None
        self._last_hour = hour
        if len(self._level) < _LEAST_LEVEL_HOURS:
            self._level.add(own)
            return TOO_EARLY
        level = self._level.middle
        error = own - level
        spread = self._errors.usual(smallest_sigma(self._kind, level))
        if spread is None:
            self._accept(own, error)
            return TOO_EARLY
        score = (error - spread.middle) / spread.sigma
        if abs(score) >= ALARM_SIGMAS and self._is_back(hour, own, spread.sigma):
            level = self._level.middle
            error = own - level
            score = (error - spread.middle) / spread.sigma
        state = self._follow(hour, own, error, score)
        change = self._change if state is State.REGIME_CHANGE else None
        return Verdict(
            state,
            level + spread.middle + usual_offset,
            spread.sigma,
            score,
            change.first_hour if change else None,
            change.shift if change else None,
        )

    def _is_back(self, hour: int, own: float, sigma: float) -> bool:
        """Return to a level left within a week, if the hour is there: what looked like a new level was none."""
        change = self._change
        if change is None or hour - change.first_hour >= _RETURN_HOURS:
            return False
        if abs(own - median(change.left)) >= ALARM_SIGMAS * sigma:
            return False
        # The level just left is remembered in turn: between two that take turns there is no news.
        left = self._level.last(STAYING_HOURS)
        self._level.restart(change.left)
        self._change = _Change(change.first_hour, -change.shift, left, is_news=False)
        self._run = None
        return True

    def _accept(self, own: float, error: float) -> None:
        self._level.add(own)
        self._errors.add(error)

    def _follow(self, hour: int, own: float, error: float, score: float) -> State:
        if abs(score) < ALARM_SIGMAS:
            self._calm_down()
            self._accept(own, error)
            return self._unless_news(hour, State.NORMAL)
        if self._run is None or self._run.is_above != (score > 0):
            self._end_run()
            self._run = _Run(hour, self._level.middle, median(self._level.last(_EDGE_HOURS)), score > 0)
        run = self._run
        run.values.append(own)
        run.errors.append(error)
        run.calm_hours = 0
        if len(run.values) >= STAYING_HOURS and self._has_settled(run):
            return self._unless_news(hour, State.UNUSUAL)
        return State.UNUSUAL

    def _unless_news(self, hour: int, otherwise: State) -> State:
        change = self._change
        is_news = change is not None and change.is_news and hour - change.first_hour < NEWS_HOURS
        return State.REGIME_CHANGE if is_news else otherwise

    def _calm_down(self) -> None:
        if self._run is not None:
            self._run.calm_hours += 1
            if self._run.calm_hours >= _CALM_HOURS_THAT_END_A_RUN:
                self._end_run()

    def _end_run(self) -> None:
        """It came back: what it did belongs to what this measure does at times."""
        if self._run is not None:
            for error in self._run.errors:
                self._errors.add(error)
            self._run = None

    def _has_settled(self, run: _Run) -> bool:
        """Take a run as the new level, if it stays where it is; a regime change if it got there at a stroke."""
        shift = median(run.values) - run.from_level
        newest = median(run.values[-_EDGE_HOURS:]) - run.from_level
        if abs(newest) < _STAYED_SHARE * abs(shift) and len(run.values) < _GIVE_UP_HOURS:
            return False
        stroke = median(run.values[:_EDGE_HOURS]) - run.before
        if abs(stroke) >= _ABRUPT_SHARE * abs(shift) and stroke * shift > 0:
            moved = median(run.values[-STAYING_HOURS:]) - run.from_level
            self._change = _Change(run.first_hour, moved, self._level.last(STAYING_HOURS))
        self._level.restart(run.values[-STAYING_HOURS:])
        self._run = None
        return True


def judged(grid: HourGrid, offsets: Floats, kind: Kind, level_hours: int) -> list[Verdict]:
    """A verdict for every hour of a grid of levels; hours without a value are `no_data`."""
    judge = Judge(kind, level_hours)
    return [
        judge.verdict(int(hour), float(value), float(offset)) if np.isfinite(value) else NO_VALUE
        for hour, value, offset in zip(grid.hours, grid.values, offsets, strict=True)
    ]
