"""A market whose hours are gone through once, and what would have been told had it jumped at some of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.grid import HourGrid
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice, choose_level
from p2p_pipeline.p2p.metrics.unusual.market_judge import MarketJudge
from p2p_pipeline.p2p.metrics.unusual.measures import kind_of
from p2p_pipeline.p2p.metrics.unusual.seasonality import seasonality
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.metrics.unusual.together import Member

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SIZES = (0.05, 0.1, 0.2)
WHO = ("one measure", "one side", "both sides")
LOOKS = 2
WARM_DAYS = 40
HOURS_A_MONTH = 730.5
_FIT_DAYS = 56
_TOLD = (State.UNUSUAL, State.REGIME_CHANGE)
_BRIDGED_HOURS = 3


@dataclass(frozen=True)
class Market:
    """Levels, an hour a row and a measure a column."""

    name: str
    members: Sequence[Member]
    first_hour: int
    levels: Floats

    @cached_property
    def offsets(self) -> Floats:
        """The rhythm of each day as known before it; of the warm days, which tell nothing, the first known."""
        offsets = np.zeros(self.levels.shape)
        for column in range(self.levels.shape[1]):
            for begin in range(24 * WARM_DAYS, len(self.levels), 24):
                since = max(0, begin - 24 * _FIT_DAYS)
                found = seasonality(HourGrid(self.first_hour + since, self.levels[since:begin, column]))
                places = np.arange(0 if begin == 24 * WARM_DAYS else begin, min(begin + 24, len(self.levels)))
                offsets[places, column] = found.at(self.first_hour + places)
        return offsets

    @cached_property
    def chosen(self) -> list[LevelChoice]:
        """How each measure is forecast, learned on the warm days alone."""
        own = (self.levels - self.offsets)[: 24 * WARM_DAYS]
        return [choose_level(own[:, column]) for column in range(own.shape[1])]

    @property
    def begin(self) -> int:
        """The first hour that counts."""
        return 24 * (WARM_DAYS + 5)

    def moments(self, count: int, seed: int) -> list[int]:
        """Hours that jumps are put at: with values before, in and after them."""
        seen = np.asarray(np.isfinite(self.levels).all(axis=1))
        fit = np.flatnonzero(seen[:-2] & seen[1:-1] & seen[2:]) + 1
        fit = fit[(fit >= self.begin) & (fit < len(self.levels) - LOOKS)]
        return sorted(
            int(hour) for hour in np.random.default_rng(seed).choice(fit, min(count, len(fit)), replace=False)
        )

    def movers(self, who: str) -> Flags:
        """Which measures jump: the first, those of its side, or all."""
        first = self.members[0]
        places = range(len(self.members))
        return np.array(
            [who == "both sides" or place == 0 or (who == "one side" and self.members[place].side is first.side)
             for place in places]
        )  # fmt: skip


@dataclass(frozen=True)
class Jump:
    """One jump that was put into a market."""

    at: int
    size: float
    who: str
    added: Floats
    """Levels to be added: a look a row, a measure a column."""


def jumps_of(market: Market, moments: Sequence[int], seed: int) -> Iterator[Jump]:
    """Jumps of all sizes up and down; of half of them the first hour shows but half, for they came within the hour."""
    generator = np.random.default_rng(seed)
    for at in moments:
        for size in SIZES:
            for sign in (1, -1):
                for who in WHO:
                    share = np.array([generator.choice([0.5, 1.0]), 1.0])
                    added = share[:, None] * market.movers(who) * np.log1p(sign * size)
                    yield Jump(at, size, who, np.asarray(added, dtype=np.float64))


def our_flags(market: Market, jumps: Sequence[Jump]) -> tuple[Flags, list[Flags]]:
    """What is told hour by hour without any jump, and in the looks of each jump had it come."""
    judge = MarketJudge(market.members, market.chosen)
    told = np.zeros(market.levels.shape, dtype=bool)
    found: dict[int, Flags] = {}
    by_hour: dict[int, list[int]] = {}
    for place, jump in enumerate(jumps):
        by_hour.setdefault(jump.at, []).append(place)
    for hour, (levels, offsets) in enumerate(zip(market.levels, market.offsets, strict=True)):
        for place in by_hour.get(hour, ()):
            found[place] = _after(copy.deepcopy(judge), market, jumps[place])
        verdicts = judge.verdicts(market.first_hour + hour, levels, offsets)
        told[hour] = [verdict.state in _TOLD for verdict in verdicts]
    return told, [found[place] for place in range(len(jumps))]


def _after(judge: MarketJudge, market: Market, jump: Jump) -> Flags:
    told = np.zeros(len(market.members), dtype=bool)
    for look, added in enumerate(jump.added):
        hour = jump.at + look
        verdicts = judge.verdicts(market.first_hour + hour, market.levels[hour] + added, market.offsets[hour])
        told |= [verdict.state in _TOLD for verdict in verdicts]
    return told


def episodes(told: Flags) -> int:
    """Stretches of told hours; up to two calm hours do not part them."""
    places = np.flatnonzero(told)
    return int((np.diff(places) > _BRIDGED_HOURS).sum()) + bool(len(places))


def monthly(market: Market, told: Flags) -> tuple[int, float]:
    """Episodes of all measures of a market, and the series-months they are of."""
    seen = np.isfinite(market.levels[market.begin :])
    count = sum(episodes(told[market.begin :, column]) for column in range(told.shape[1]))
    return count, float(seen.sum()) / HOURS_A_MONTH


def pair_of(name: str, members: Sequence[tuple[Side, str]], first_hour: int, levels: Floats) -> Market:
    """A market of prices and other measures."""
    return Market(name, [Member(side, measure, kind_of(measure)) for side, measure in members], first_hour, levels)
