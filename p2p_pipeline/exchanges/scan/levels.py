"""The levels of the books that a scan must look into, added up: in whole units, so that what is decided is exact.

Not every book keeps to its steps: Gate, HTX and KuCoin show quantities finer than one can order, HTX and Bitfinex some
of 17 digits. Such a book is rough: its sums are floats, nearly right, and what of it is not clear beyond that is left
to decimals. Prices ten thousand times the best one, or steps finer than 15 decimals, make it unusable here.

Arrays are [level, book]: sums run over levels, and every pass is over many books that lie side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import Flags, Floats
from p2p_pipeline.exchanges.scan.tables import LARGEST_WHOLE, Tables, Whole

Numbers = npt.NDArray[np.intp]

_GREATEST_PRICE_RATIO = 1e4
"""Between a book's levels: beyond it sums of floats lose more digits than the tolerance allows for."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One side of some books, [level, book]."""

    units_to: Floats
    """Units from the best level to this one, both included."""
    slope: Floats
    """Of what a quantity is worth, as long as it ends in this level: quote a unit."""
    offset: Floats
    """`offset + slope × units`."""
    is_rough: Flags
    """By book: its units are no whole numbers, and not exact."""
    is_unusable: Flags
    """By book: nothing can be said of it in floats."""

    @property
    def depth(self) -> Floats:
        """By book, units in all."""
        return np.asarray(self.units_to[-1])

    def worth(self, books: Numbers, units: Floats, guesses: Numbers) -> Floats:
        """What quantities cost, or bring; `guesses` are levels by book in which most of them end."""
        at = self._place_of(books, units, guesses)
        return np.asarray(self.offset.take(at, mode="clip") + self.slope.take(at, mode="clip") * units)

    def _place_of(self, books: Numbers, units: Floats, guesses: Numbers) -> Numbers:
        """Where in the flat arrays the level stands in which a quantity ends; it must not be above the depth."""
        count = self.units_to.shape[1]
        at: Numbers = (guesses * count + np.arange(count))[books]
        is_elsewhere = self.units_to.take(at, mode="clip") < units
        before = self.units_to.take(at - count, mode="clip")
        is_elsewhere |= (before >= units) & (at >= count)
        elsewhere = np.flatnonzero(is_elsewhere)
        if len(elsewhere):
            at[elsewhere] = self._searched(books[elsewhere], units[elsewhere])
        return at

    def _searched(self, books: Numbers, units: Floats) -> Numbers:
        size, count = self.units_to.shape
        at = books.copy()
        while size > 1:
            half = size // 2
            is_further = self.units_to.take(at + (half - 1) * count, mode="clip") < units
            at = at + is_further * (half * count)
            size -= half
        return at


def running_sum(values: npt.NDArray[np.float64] | Whole) -> npt.NDArray[np.float64] | Whole:
    """Sums over the levels up to each: a pass a level is eight times as quick here as numpy's own."""
    found = np.empty_like(values)
    found[0] = values[0]
    for level in range(1, len(values)):
        np.add(found[level - 1], values[level], out=found[level])
    return found


@dataclass(frozen=True, slots=True)
class Levels:
    """One side of some books as it stands, gone levels as 0."""

    prices: Floats
    quantities: Floats

    @staticmethod
    def of(prices: Floats, quantities: Floats, books: Numbers) -> Levels:
        """Of a view's arrays [exchange, symbol, level]; books are numbered exchange by exchange."""
        price, quantity = _columns(prices, books), _columns(quantities, books)
        is_there = quantity > 0
        if not is_there.all():
            price, quantity = np.where(is_there, price, 0.0), np.where(is_there, quantity, 0.0)
        return Levels(price, quantity)

    def counted(self, units: Floats) -> tuple[Floats, Flags]:
        """Quantities in whole units, and by book whether they are no whole numbers of them: then as they are."""
        counted = self.quantities * units
        whole = np.rint(counted)
        is_rough: Flags = (whole / units != self.quantities).any(axis=0)
        return (np.where(is_rough, counted, whole) if is_rough.any() else whole), is_rough

    def ladder(self, whole: Floats, units: Floats, is_rough: Flags) -> Ladder:
        """What quantities of them are worth; `whole` are the quantities in units."""
        to = running_sum(whole)
        slope = self.prices / units
        value = self.prices * self.quantities
        offset = running_sum(value) - value - slope * (to - whole)
        worst = np.where(self.quantities > 0, self.prices, self.prices[0]).min(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            is_narrow = self.prices.max(axis=0) / worst < _GREATEST_PRICE_RATIO
        is_unusable = ~(is_narrow | (to[-1] == 0)) | np.isnan(units)
        return Ladder(np.asarray(to), slope, offset, is_rough | ~(to[-1] < LARGEST_WHOLE), is_unusable)


@dataclass(frozen=True, slots=True)
class Affordable:
    """What a notional buys of each book's asks."""

    units: Floats
    """Rounded down to the book's own unit, unless it is rough; all there is where it costs no more."""
    level: Numbers
    """In which it ends."""


def bought(levels: Levels, tables: Tables, books: Numbers) -> tuple[Ladder, list[Affordable]]:
    """The ladder of some books' asks, and by notional what it buys."""
    price_units, own_units = tables.price_units.ravel()[books], tables.own_units.ravel()[books]
    units = tables.units[books % len(tables.symbols)]
    own, is_rough = levels.counted(own_units)
    scaled = np.rint(levels.prices * price_units)
    is_rough |= (scaled / price_units != levels.prices).any(axis=0) | ~(scaled.max(axis=0) < LARGEST_WHOLE)
    is_rough |= ~tables.is_countable.ravel()[books]
    rise = units / own_units
    asks = levels.ladder(own * rise, units, is_rough)
    budgets = tables.budgets.reshape(len(tables.budgets), tables.is_countable.size)[:, books]
    rough = np.flatnonzero(asks.is_rough | asks.is_unusable)
    own[:, rough] = scaled[:, rough] = 0.0
    prices = scaled.astype(np.int64)
    costs = _costs(scaled, own, prices, budgets.max(axis=0, initial=0))
    found = [_affordable(asks, costs, prices, budget, rise) for budget in budgets]
    if len(rough):
        for money, affordable in zip(tables.notionals[:, books[rough] % len(tables.symbols)], found, strict=True):
            affordable.units[rough], affordable.level[rough] = _roughly(asks, rough, money)
    return asks, found


def _costs(scaled: Floats, own: Floats, prices: Whole, budget: Whole) -> Whole:
    """What the levels up to each cost, whole.

    A level that alone costs more than twice the budget is cut to about that, at least one unit: sums stay countable.
    """
    most = 2.0 * budget
    value = scaled * own
    is_beyond = value > most
    if is_beyond.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            own = np.where(is_beyond, np.maximum(np.rint(most / scaled), 1.0), own)
    return np.asarray(running_sum(prices * own.astype(np.int64)), dtype=np.int64)


def _affordable(asks: Ladder, costs: Whole, prices: Whole, budget: Whole, rise: Floats) -> Affordable:
    levels, count = costs.shape
    passed = (costs <= budget).sum(axis=0, dtype=np.intp)
    is_all = passed == levels
    level = np.minimum(passed, levels - 1)
    at = level * count + np.arange(count)
    has_before = level > 0
    before = np.maximum(at - count, 0)
    spent = np.where(has_before, costs.ravel()[before], 0)
    taken = np.where(has_before, asks.units_to.ravel()[before], 0.0)
    more = (budget - spent) // np.maximum(prices.ravel()[at], 1)
    return Affordable(np.where(is_all, asks.depth, taken + more * rise), level)


def _roughly(asks: Ladder, books: Numbers, money: Floats) -> tuple[Floats, Numbers]:
    to, slope, offset = (array[:, books] for array in (asks.units_to, asks.slope, asks.offset))
    passed = (offset + slope * to <= money).sum(axis=0, dtype=np.intp)
    level = np.minimum(passed, len(to) - 1)
    at = level, np.arange(len(books))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(passed == len(to), to[-1], (money - offset[at]) / slope[at]), level


def level_near(ladder: Ladder, units: Floats) -> Numbers:
    """By book, the level in which so many units end; the last where there are fewer."""
    passed = (ladder.units_to < units).sum(axis=0, dtype=np.intp)
    return np.asarray(np.minimum(passed, len(ladder.units_to) - 1))


def _columns(array: Floats, books: Numbers) -> Floats:
    return np.ascontiguousarray(array.reshape(-1, array.shape[2])[books].T)
