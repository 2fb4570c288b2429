"""Hour by hour, knowing only what came before: is a measure far from what is usual, and has its level shifted?"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

import numpy as np

from p2p_pipeline.p2p.metrics.unusual.grid import Floats, HourGrid
from p2p_pipeline.p2p.metrics.unusual.level import Level, LevelChoice
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, smallest_sigma
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import ALARM_SIGMAS, ErrorSpread, Spread
from p2p_pipeline.p2p.metrics.unusual.states import State

STAYING_HOURS = 12
"""A shift is a regime change once this many hours have stayed there; until then it is unusual."""
NEWS_HOURS = 48
"""This long after its first hour a regime change is told; then its level is the normal one."""
LOST_HOURS = 48
"""After a gap longer than this the old level is no yardstick: a new one has to be seen first."""

_RETURN_HOURS = 7 * 24
_GIVE_UP_HOURS = 48
_LEAST_LEVEL_HOURS = 6
_STAYED_SHARE = 0.6
_ABRUPT_SHARE = 0.5
_EDGE_HOURS = 3
_CALM_HOURS_THAT_END_A_RUN = 2
_HELD_SIGMAS = 2.0
_LEAST_SIGMAS_OF_A_RUN = 2.0


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
    joint_score: float | None = None
    """How odd the market's measures are taken together, on the scale of `score`; None where that can't be said."""
    moved_too: tuple[int, ...] = ()
    """Which other measures of the market (by their place) are off in the same hour, far enough to be named."""


NO_VALUE = Verdict(State.NO_DATA)
TOO_EARLY = Verdict(State.NOT_ENOUGH_HISTORY)


@dataclass(slots=True)
class _Run:
    """Hours in a row that are far off to the same side."""

    first_hour: int
    from_level: float
    before: float
    is_above: bool
    threshold: float
    """Hours go on being unusual from this score on."""
    first_error: float
    values: list[float] = field(default_factory=list)
    calm_hours: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """A level that was left, and what it was left for."""

    first_hour: int
    shift: float
    left: list[float]
    """The last accepted hours of the level that was left."""
    is_news: bool = True


@dataclass(slots=True)
class Look:
    """A seen hour against what was to be expected, before it is decided what it is."""

    hour: int
    own: float
    """The level without its rhythm."""
    offset: float
    level: float
    error: float
    spread: Spread | None
    """None while there is too little history."""
    score: float = 0.0
    horizon: float = 1.0
    """How much wider the band is, because the last accepted hour is some hours old."""


class Judge:
    """Goes through a measure's hours in time's order; what it says of an hour uses nothing that came later.

    Each hour is first looked at (`look`), so that the measures of a market can be judged together, and then decided
    on (`decide`), with the threshold that this judging together gave.
    """

    def __init__(self, kind: Kind, chosen: LevelChoice) -> None:
        self._kind = kind
        self._ageing = chosen.ageing
        self._level = Level(chosen.hours)
        self._errors = ErrorSpread()
        self._run: _Run | None = None
        self._change: _Change | None = None
        self._last_hour: int | None = None
        self._held: Look | None = None

    def look(self, hour: int, value: float, usual_offset: float) -> Look:
        """See the level of an hour, `usual_offset` being what its place in the week usually differs by."""
        own = value - usual_offset
        gap = 1 if self._last_hour is None else hour - self._last_hour
        self._last_hour = hour
        if gap > LOST_HOURS:
            self._level.restart([])
            self._run = self._held = None
        if len(self._level) < _LEAST_LEVEL_HOURS:
            return Look(hour, own, usual_offset, own, 0.0, None)
        horizon = self._horizon(gap)
        level = self._level.middle
        spread = self._errors.usual(hour, smallest_sigma(self._kind, level))
        if spread is None:
            return Look(hour, own, usual_offset, level, own - level, None, horizon=horizon)
        spread = Spread(spread.middle, spread.sigma * horizon)
        if abs(own - level - spread.middle) >= ALARM_SIGMAS * spread.sigma and self._is_back(hour, own, spread.sigma):
            level = self._level.middle
        error = own - level
        return Look(hour, own, usual_offset, level, error, spread, (error - spread.middle) / spread.sigma, horizon)

    def decide(
        self,
        look: Look,
        threshold: float = ALARM_SIGMAS,
        joint_score: float | None = None,
        moved_too: tuple[int, ...] = (),
    ) -> Verdict:
        """Say what the hour that was just looked at is, and go on from it."""
        if look.spread is None:
            if len(self._level) < _LEAST_LEVEL_HOURS:
                self._level.add(look.own)
            else:
                self._accept(look)
            return TOO_EARLY
        state = self._follow(look, threshold)
        change = self._change if state is State.REGIME_CHANGE else None
        return Verdict(
            state,
            look.level + look.spread.middle + look.offset,
            look.spread.sigma,
            look.score,
            change.first_hour if change else None,
            change.shift if change else None,
            joint_score,
            moved_too,
        )

    def verdict(self, hour: int, value: float, usual_offset: float) -> Verdict:
        """Judge an hour of this measure alone."""
        return self.decide(self.look(hour, value, usual_offset))

    def _horizon(self, gap: int) -> float:
        steps = gap + (self._held is not None)
        if self._run is None:
            return 1.0 if steps == 1 else float(steps**self._ageing)
        # A price that wanders is soon anywhere; half of that, or no new level of it could be told from wandering.
        return float((steps + len(self._run.values)) ** (0.5 * self._ageing))

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
        self._run = self._held = None
        return True

    def _accept(self, look: Look) -> None:
        self._level.add(look.own)
        self._errors.add(look.hour, look.error / look.horizon)

    def _follow(self, look: Look, threshold: float) -> State:
        run = self._run
        if run is not None and run.is_above == (look.score > 0):
            threshold = min(threshold, run.threshold)
        if abs(look.score) < threshold:
            self._calm_down()
            self._take_or_hold(look)
            return self._unless_news(look.hour, State.NORMAL)
        return self._go_on(look)

    def _take_or_hold(self, look: Look) -> None:
        """An hour that looks odd is kept apart for an hour: a jump that came in two parts is seen whole then."""
        held, self._held = self._held, None
        if held is not None:
            self._accept(held)
        elif abs(look.score) >= _HELD_SIGMAS and self._run is None:
            self._held = look
            return
        self._accept(look)

    def _go_on(self, look: Look) -> State:
        is_above = look.score > 0
        if self._run is None or self._run.is_above != is_above:
            self._end_run()
            before = median(self._level.last(_EDGE_HOURS))
            size = abs(look.score)
            goes_on_from = ALARM_SIGMAS if size >= ALARM_SIGMAS else max(_LEAST_SIGMAS_OF_A_RUN, _STAYED_SHARE * size)
            error = look.error / look.horizon
            self._run = _Run(look.hour, self._level.middle, before, is_above, goes_on_from, error)
            if self._held is not None and (self._held.score > 0) != is_above:
                self._accept(self._held)
            self._held = None
        run = self._run
        run.values.append(look.own)
        run.calm_hours = 0
        if len(run.values) >= STAYING_HOURS and self._has_settled(run):
            return self._unless_news(look.hour, State.UNUSUAL)
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
        """It came back: what it did belongs to what this measure does at times.

        Its first error alone, for the others are the same step seen again: a run of eleven hours once widened the band
        to 26 % just after it.
        """
        if self._run is not None:
            self._errors.add(self._run.first_hour, self._run.first_error)
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


def judged(grid: HourGrid, offsets: Floats, kind: Kind, chosen: LevelChoice) -> list[Verdict]:
    """A verdict for every hour of a grid of levels, judged alone; hours without a value are `no_data`."""
    judge = Judge(kind, chosen)
    return [
        judge.verdict(int(hour), float(value), float(offset)) if np.isfinite(value) else NO_VALUE
        for hour, value, offset in zip(grid.hours, grid.values, offsets, strict=True)
    ]
