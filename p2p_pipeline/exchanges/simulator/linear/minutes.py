"""The minutes of all contracts: where the price opens, closes and turns, what is traded and open. Pure arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from p2p_pipeline.exchanges.simulator.linear.hashes import Key, Real, Whole, grown, uniform, walks
from p2p_pipeline.exchanges.simulator.linear.listing import Contract
from p2p_pipeline.exchanges.simulator.noise import key_of

WINDOW = 1440
"""Minutes that the figures of 24 hours are of, before the minute that runs."""
TURNOVER_DECIMALS = 4
"""Turnover is counted in ten-thousandths of a dollar: whole numbers add up in any order."""
_RANGE = 0.02
"""How far a minute goes beyond its ends, at most, of a day's volatility."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """Rows are contracts, columns minutes. Prices in ticks, volumes in steps."""

    opens: Whole
    highs: Whole
    lows: Whole
    closes: Whole
    volumes: Whole
    turnovers: Whole


class MinuteModel:
    """The minutes of some contracts, any of them."""

    def __init__(self, seed: int, contracts: Sequence[Contract]) -> None:
        def keys(what: str) -> Key:
            return np.array([key_of(seed, "linear", what, of.symbol) for of in contracts], dtype=np.uint64)

        def each(value: list[float]) -> Real:
            return np.array(value, dtype=np.float64)[:, None]

        self._price, self._volume, self._interest = keys("price"), keys("volume"), keys("interest")
        self._high, self._low = keys("high"), keys("low")
        self._volatility = each([of.volatility for of in contracts])
        self._ticks = each([of.price * 10**of.price_decimals / of.tick for of in contracts])
        self._tick = each([of.tick * 10.0**-of.price_decimals for of in contracts])
        self._step = each([10.0**-of.quantity_decimals for of in contracts])
        self._steps_a_minute = each([of.dollars / of.price / 10.0**-of.quantity_decimals / 1440 for of in contracts])
        self._interests = self._steps_a_minute * 1440 * 0.25
        with_or_against = uniform(keys("with"), np.zeros(1, dtype=np.int64)) * 1.6 - 0.6
        self._follows = with_or_against
        self._interest_volatility = 0.04 + 0.5 * self._volatility

    def of(self, first: int, last: int) -> Minutes:
        """The minutes from first to last, counted since 1970."""
        walked = walks(self._price, first - 1, last)
        ends = np.maximum(1, np.rint(self._ticks * grown(walked * self._volatility))).astype(np.int64)
        opens, closes = ends[:, :-1], ends[:, 1:]
        numbers = np.arange(first, last + 1, dtype=np.int64)
        reach = opens * self._volatility * _RANGE
        up, down = uniform(self._high, numbers), uniform(self._low, numbers)
        highs = np.maximum(opens, closes) + np.rint(reach * up * up).astype(np.int64)
        lows = np.maximum(1, np.minimum(opens, closes) - np.rint(reach * down * down).astype(np.int64))
        wave = uniform(self._volume, numbers)
        volumes = np.rint(self._steps_a_minute * (0.2 + 2.4 * wave * wave)).astype(np.int64)
        middle = (opens + closes + highs + lows) * 0.25 * self._tick
        turnovers = np.rint(volumes * self._step * middle * 10**TURNOVER_DECIMALS).astype(np.int64)
        return Minutes(opens, highs, lows, closes, volumes, turnovers)

    def interests(self, first: int, last: int) -> Whole:
        """What is open at the ends of the minutes from first to last, in steps."""
        drift = walks(self._interest, first, last) * self._interest_volatility
        drift = drift + self._follows * walks(self._price, first, last) * self._volatility
        return np.maximum(1, np.rint(self._interests * grown(drift))).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Now:
    """One minute of all contracts, and what came before it: lists by the contract's place."""

    number: int
    opens: list[int]
    highs: list[int]
    lows: list[int]
    closes: list[int]
    volumes: list[int]
    turnovers: list[int]
    interest_before: list[int]
    interest_after: list[int]
    day_highs: list[int]
    day_lows: list[int]
    day_volumes: list[int]
    day_turnovers: list[int]
    day_ago: list[int]
    hour_ago: list[int]


class Days:
    """The minutes up to the one that runs, moved on a minute at a time."""

    def __init__(self, model: MinuteModel) -> None:
        self._model = model
        self._last = -1
        self._held: Minutes | None = None
        self._known: dict[int, Now] = {}

    def now(self, number: int) -> Now:
        """The minute of a number."""
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = self._made(number)
            while len(self._known) > 4:
                self._known.pop(next(iter(self._known)))
        return found

    def of_one(self, place: int, first: int, last: int) -> Minutes | None:
        """Minutes of one contract, where they are at hand."""
        held, begin = self._held, self._last - WINDOW
        if held is None or first < begin or last > self._last:
            return None
        part = slice(first - begin, last + 1 - begin)
        return Minutes(*(getattr(held, name)[place : place + 1, part] for name in Minutes.__slots__))

    def _made(self, number: int) -> Now:
        held, interests = self._minutes_until(number), self._model.interests(number - 1, number)
        before = slice(0, WINDOW)

        def last(values: Whole, place: int = -1) -> list[int]:
            found: list[int] = values[:, place].tolist()
            return found

        return Now(
            number,
            last(held.opens),
            last(held.highs),
            last(held.lows),
            last(held.closes),
            last(held.volumes),
            last(held.turnovers),
            last(interests, 0),
            last(interests),
            held.highs[:, before].max(axis=1).tolist(),
            held.lows[:, before].min(axis=1).tolist(),
            held.volumes[:, before].sum(axis=1).tolist(),
            held.turnovers[:, before].sum(axis=1).tolist(),
            last(held.opens, 0),
            last(held.opens, -61),
        )

    def _minutes_until(self, number: int) -> Minutes:
        """WINDOW minutes and the one of the number."""
        held = self._held
        if held is None or not self._last <= number <= self._last + WINDOW:
            held = self._model.of(number - WINDOW, number)
        elif number > self._last:
            new = self._model.of(self._last + 1, number)
            count = number - self._last
            held = Minutes(
                *(
                    np.concatenate([getattr(held, name)[:, count:], getattr(new, name)], axis=1)
                    for name in Minutes.__slots__
                )
            )
        self._held, self._last = held, number
        return held
