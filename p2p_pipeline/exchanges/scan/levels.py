"""The levels of the books that a scan must look into, added up: in whole units, so that what is decided is exact.

A book whose numbers are not what its steps promise (more decimals, more digits than count exactly) is odd: its pairs
are judged one by one in decimals instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.tables import LARGEST_WHOLE, Tables, Whole

Numbers = npt.NDArray[np.intp]

_GREATEST_PRICE_RATIO = 1e4
"""Between a book's levels: beyond it sums of floats lose more digits than the tolerance allows for."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """One side of some books, [book, level] one after the other in flat arrays."""

    depth_levels: int
    units_to: Floats
    """Units from the best level to this one, both included."""
    slope: Floats
    """Of what a quantity is worth, as long as it ends in this level: quote a unit."""
    offset: Floats
    """`offset + slope × units`."""
    depth: Floats
    """[book] units in all."""
    is_odd: Flags
    """[book]"""

    def level_of(self, books: Numbers, units: Floats) -> Numbers:
        """The place in the flat arrays of the level in which a quantity ends; it must not be above the depth."""
        first = books * self.depth_levels
        size = self.depth_levels
        while size > 1:
            half = size // 2
            first = np.where(self.units_to[first + (half - 1)] < units, first + half, first)
            size -= half
        return first

    def worth(self, books: Numbers, units: Floats) -> Floats:
        """What it costs, or brings."""
        at = self.level_of(books, units)
        return self.offset[at] + self.slope[at] * units


def ladder_of(prices: Floats, quantities: Floats, units: Floats) -> Ladder:
    """The ladder of some books' [book, level] arrays; `units` is that of each book's symbol."""
    is_there = quantities > 0
    price, quantity = np.where(is_there, prices, 0.0), np.where(is_there, quantities, 0.0)
    column = units[:, None]
    counted = np.rint(quantity * column)
    to = np.cumsum(counted, axis=1)
    before = to - counted
    value = np.cumsum(price * quantity, axis=1) - price * quantity
    slope = price / column
    depth = to[:, -1]
    best = price[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.max(
            np.where(is_there, np.maximum(price, best[:, None]) / np.minimum(price, best[:, None]), 1.0), axis=1
        )
        is_odd = ~(depth < LARGEST_WHOLE) | ~(ratio < _GREATEST_PRICE_RATIO)
    is_odd |= (counted / column != quantity).any(axis=1)
    return Ladder(
        depth_levels=prices.shape[1],
        units_to=to.ravel(),
        slope=slope.ravel(),
        offset=(value - slope * before).ravel(),
        depth=depth,
        is_odd=is_odd,
    )


def affordable_units(view: MarketView, tables: Tables, books: Numbers, asks: Ladder) -> tuple[list[Floats], Flags]:
    """By notional, how many units each book's asks give for it, rounded down to its own; and which books are odd."""
    symbols = len(tables.symbols)
    prices, quantities = _rows(view.ask_prices, books), _rows(view.ask_quantities, books)
    is_there = quantities > 0
    price, quantity = np.where(is_there, prices, 0.0), np.where(is_there, quantities, 0.0)
    price_units, own_units = tables.price_units.ravel()[books], tables.own_units.ravel()[books]
    scaled = np.rint(price * price_units[:, None])
    is_odd = (scaled / price_units[:, None] != price).any(axis=1) | ~tables.is_countable.ravel()[books]
    is_odd |= ~(scaled < LARGEST_WHOLE).all(axis=1)
    counted = np.rint(quantity * own_units[:, None])
    is_odd |= (counted / own_units[:, None] != quantity).any(axis=1)
    budgets = tables.budgets.reshape(len(tables.budgets), -1)[:, books]
    cost, whole_price = _costs(scaled, counted, budgets.max(axis=0), is_odd)
    units_to = np.cumsum(counted, axis=1)
    rise = tables.units[books % symbols] / own_units
    flat = np.arange(len(books)) * prices.shape[1]
    found = []
    for budget in budgets:
        level = np.count_nonzero(cost <= budget[:, None], axis=1)
        is_all, at = level == prices.shape[1], flat + np.minimum(level, prices.shape[1] - 1)
        has_before = (level > 0) & ~is_all
        spent = np.where(has_before, cost.ravel()[at - has_before], 0)
        taken = np.where(has_before, units_to.ravel()[at - has_before], 0.0)
        more = (budget - spent) // np.maximum(whole_price.ravel()[at], 1)
        found.append(np.where(is_all, asks.depth, (taken + more) * rise))
    return found, is_odd


def _costs(scaled: Floats, counted: Floats, budget: Whole, is_odd: Flags) -> tuple[Whole, Whole]:
    """What the levels cost together, whole, and their whole prices.

    A level that alone costs more than twice the budget is cut to about that, at least one unit: sums stay countable.
    """
    scaled, counted = (np.where(is_odd[:, None], 0.0, numbers) for numbers in (scaled, counted))
    most = 2.0 * budget[:, None]
    value = scaled * counted
    with np.errstate(invalid="ignore", divide="ignore"):
        cut = np.maximum(np.rint(counted * (most / value)), 1.0)
    units = np.where(value > most, cut, counted).astype(np.int64)
    whole = scaled.astype(np.int64)
    return np.cumsum(whole * units, axis=1), whole


def _rows(array: Floats, books: Numbers) -> Floats:
    return array.reshape(-1, array.shape[2])[books]
