"""Many pairs judged at once: each ends with what the exact arithmetic says of it, or is left to that.

Quantities are whole units and exact. What they cost and bring are floats, right to far better than the tolerances;
whatever comes that near to a limit is left to the decimals, so no rounding ever decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.levels import Ladder, Numbers, affordable_units, ladder_of
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.tables import Tables

Codes = npt.NDArray[np.uint8]

NEAR_EDGE_PCT = 1e-7
_NEAR = 1e-9
_NEAR_OF_EDGE = 1e-11


class Code(IntEnum):
    """What came of a pair and notional."""

    NONE = 0
    OPPORTUNITY = 1
    BELOW_STEP = 2
    BELOW_MIN_NOTIONAL = 3
    BELOW_MIN_EDGE = 4
    TOO_GOOD = 5
    LEFT_TO_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Decided:
    """Arrays [notional, pair]."""

    codes: Codes
    edges_pct: Floats
    """Nearly the net edge; NaN where there is none, or where it is left to the decimals."""


def decide(view: MarketView, tables: Tables, rules: ScanRules, buy: Numbers, sell: Numbers, row: Numbers) -> Decided:
    """Judge pairs of books that may be believed, for each notional."""
    symbols = len(tables.symbols)
    bought, sold = buy * symbols + row, sell * symbols + row
    ask_books, ask_of = _needed(bought, tables.paid_factor.size)
    bid_books, bid_of = _needed(sold, tables.paid_factor.size)
    ask_units = tables.units[ask_books % symbols]
    asks = ladder_of(_rows(view.ask_prices, ask_books), _rows(view.ask_quantities, ask_books), ask_units)
    bids = ladder_of(
        _rows(view.bid_prices, bid_books), _rows(view.bid_quantities, bid_books), tables.units[bid_books % symbols]
    )
    affordable, is_uncountable = affordable_units(view, tables, ask_books, asks)
    a, b = ask_of[bought], bid_of[sold]
    place = (buy * len(tables.exchanges) + sell) * symbols + row
    step = tables.step_units.ravel()[place]
    fixed = _Fixed(
        step=step,
        one=bought,
        other=sold,
        withdrawal=tables.withdrawal_fee.ravel()[place] * tables.units[row] if tables.withdrawal_fee.any() else None,
        is_left=(asks.is_odd | is_uncountable)[a] | bids.is_odd[b] | np.isnan(step),
    )
    codes = np.empty((len(rules.notionals), len(row)), dtype=np.uint8)
    edges = np.empty(codes.shape)
    depth = bids.depth[b]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for number, units in enumerate(affordable):
            quantity = np.floor(np.minimum(units[a], depth) / step) * step
            codes[number], edges[number] = _judged(tables, rules, fixed, quantity, asks, bids, a, b)
    return Decided(codes, edges)


@dataclass(frozen=True, slots=True)
class _Fixed:
    step: Floats
    one: Numbers
    other: Numbers
    withdrawal: Floats | None
    """Fee times units."""
    is_left: Flags


def _judged(
    tables: Tables,
    rules: ScanRules,
    fixed: _Fixed,
    quantity: Floats,
    asks: Ladder,
    bids: Ladder,
    a: Numbers,
    b: Numbers,
) -> tuple[Codes, Floats]:
    is_left = fixed.is_left
    # A pair that is left anyway may have no depth that its quantity ends in.
    quantity = np.where(is_left, 0.0, quantity)
    cost, proceeds = asks.worth(a, quantity), bids.worth(b, quantity)
    paid = cost * tables.paid_factor.ravel()[fixed.one]
    left = proceeds * tables.got_factor.ravel()[fixed.other]
    if rules.rebalance_cost:
        left -= float(rules.rebalance_cost)
    if fixed.withdrawal is not None:
        left -= fixed.withdrawal * (proceeds / quantity)
    edge = 100.0 * (left / paid) - (100.0 + float(rules.slippage_pct))
    lowest, highest = float(rules.min_net_edge_pct), float(rules.too_good_pct)
    codes = np.where(edge < lowest, np.uint8(Code.BELOW_MIN_EDGE), np.uint8(Code.OPPORTUNITY))
    codes[(edge > highest) & (edge >= lowest)] = Code.TOO_GOOD
    tolerance = NEAR_EDGE_PCT + _NEAR_OF_EDGE * np.abs(edge)
    is_near = (np.abs(edge - lowest) < tolerance) | (np.abs(edge - highest) < tolerance)
    is_small = np.zeros(len(codes), dtype=np.bool_)
    for least, money in (
        (tables.min_notional.ravel()[fixed.one], cost),
        (tables.min_notional.ravel()[fixed.other], proceeds),
    ):
        is_small |= money < least
        is_near |= np.abs(money - least) < _NEAR * least
    least_units = tables.min_units.ravel()
    is_small |= quantity < np.maximum(least_units[fixed.one], least_units[fixed.other])
    codes[is_small] = Code.BELOW_MIN_NOTIONAL
    codes[is_near | ~np.isfinite(edge)] = Code.LEFT_TO_DECIMALS
    codes[quantity <= 0] = Code.BELOW_STEP
    codes[is_left] = Code.LEFT_TO_DECIMALS
    has_edge = (codes == Code.OPPORTUNITY) | (codes == Code.BELOW_MIN_EDGE)
    return codes, np.where(has_edge, edge, np.nan)


def _needed(books: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Each book once, and by book its place among them."""
    is_needed = np.zeros(count, dtype=np.bool_)
    is_needed[books] = True
    needed = np.flatnonzero(is_needed)
    place = np.zeros(count, dtype=np.intp)
    place[needed] = np.arange(len(needed))
    return needed, place


def _rows(array: Floats, books: Numbers) -> Floats:
    return array.reshape(-1, array.shape[2])[books]
