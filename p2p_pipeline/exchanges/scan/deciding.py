"""Many pairs judged at once: each ends with what the exact arithmetic says of it, or is left to that.

Quantities are whole units and exact. What they cost and bring are floats, right to far better than the tolerances;
whatever comes that near to a limit is left to the decimals, so no rounding ever decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.levels import Affordable, Ladder, Levels, Numbers, bought, level_near
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.tables import Tables

Codes = npt.NDArray[np.uint8]

NEAR_EDGE_PCT = 1e-7
_SYMBOLS_AT_ONCE = 200
"""So many that their books fit into a processor's cache, where each pass finds them."""
_PAIRS_AT_ONCE = 10_000
"""So few, wherever they are, need no such care."""
_NEAR = 1e-9
_NEAR_OF_EDGE = 1e-11
_NEAR_OF_STEPS = 1e-11
_STEPS_WITHOUT_WEIGHT = 1e10
"""One of so many more or less changes an edge by less than its tolerance: a thousand million SHIB in steps of 1e-8."""


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
    units: Floats
    """The quantity, exact where there is an edge, unless the pair is rough."""
    is_rough: Flags
    """By pair: the levels of one of its books are not exact in floats."""


class PairList(NamedTuple):
    """Pairs by the numbers of their exchanges and symbols, ordered by symbol."""

    buy: Numbers
    sell: Numbers
    row: Numbers


def decide(view: MarketView, tables: Tables, rules: ScanRules, pairs: PairList) -> Decided:
    """Judge pairs of books that may be believed, for each notional."""
    row = pairs.row
    codes = np.empty((len(rules.notionals), len(row)), dtype=np.uint8)
    decided = Decided(codes, np.empty(codes.shape), np.empty(codes.shape), np.zeros(len(row), dtype=np.bool_))
    if len(row) <= _PAIRS_AT_ONCE:
        if len(row):
            _decide(view, tables, rules, pairs, decided)
        return decided
    ends = np.searchsorted(row, np.arange(_SYMBOLS_AT_ONCE, len(tables.symbols), _SYMBOLS_AT_ONCE))
    for begin, end in zip([0, *ends], [*ends, len(row)], strict=True):
        if begin < end:
            part = slice(begin, end)
            arrays = decided.codes[:, part], decided.edges_pct[:, part], decided.units[:, part]
            into = Decided(*arrays, decided.is_rough[part])
            _decide(view, tables, rules, PairList(*(numbers[part] for numbers in pairs)), into)
    return decided


def _decide(view: MarketView, tables: Tables, rules: ScanRules, numbers: PairList, into: Decided) -> None:
    buy, sell, row = numbers
    symbols, first, width = len(tables.symbols), int(row[0]), int(row[-1] - row[0]) + 1
    one, other = buy * symbols + row, sell * symbols + row
    ask_books, ask_of = _needed(buy * width + (row - first), len(tables.exchanges), width)
    bid_books, bid_of = _needed(sell * width + (row - first), len(tables.exchanges), width)
    ask_books, bid_books = ((b // width) * symbols + b % width + first for b in (ask_books, bid_books))
    ask_levels = Levels.of(view.ask_prices, view.ask_quantities, ask_books)
    asks, affordable = bought(ask_levels, tables, ask_books)
    bid_levels, units = Levels.of(view.bid_prices, view.bid_quantities, bid_books), tables.units[bid_books % symbols]
    bids = bid_levels.ladder(*_in_units(bid_levels, units))
    is_rough = asks.is_rough[ask_of], bids.is_rough[bid_of]
    if view.has_long_numbers is not None:
        is_long = view.has_long_numbers.ravel()
        is_rough = is_rough[0] | is_long[one], is_rough[1] | is_long[other]
    into.is_rough[:] = is_rough[0] | is_rough[1]
    is_left = asks.is_unusable[ask_of] | bids.is_unusable[bid_of]
    pairs = _Pairs.of(tables, numbers, (one, other), is_left, is_rough)
    with np.errstate(all="ignore"):
        for number, (money, each) in enumerate(zip(tables.notionals, affordable, strict=True)):
            guesses = level_near(bids, money[bid_books % symbols] / bid_levels.prices[0] * units)
            sides = _Sides(asks, bids, ask_of, bid_of, each, guesses)
            into.codes[number], into.edges_pct[number], into.units[number] = _judged(pairs, sides, rules)


def _in_units(levels: Levels, units: Floats) -> tuple[Floats, Floats, Flags]:
    whole, is_rough = levels.counted(units)
    return whole, units, is_rough


@dataclass(frozen=True, slots=True)
class _Pairs:
    """By pair, what is the same for each notional."""

    step: Floats
    paid: Floats
    got: Floats
    min_cost: Floats
    min_proceeds: Floats
    min_units: Floats
    withdrawal: Floats | None
    """Fee times units."""
    is_left: Flags
    rough: Numbers
    """Which of them have a book whose units are not exact: …"""
    has_rough_asks: Flags
    has_rough_bids: Flags
    """… and of these, which of the two it is."""

    @staticmethod
    def of(
        tables: Tables,
        numbers: PairList,
        books: tuple[Numbers, Numbers],
        is_left: Flags,
        is_rough: tuple[Flags, Flags],
    ) -> _Pairs:
        (buy, sell, row), (one, other) = numbers, books
        place = (buy * len(tables.exchanges) + sell) * len(tables.symbols) + row
        step, fees = tables.step_units.ravel()[place], tables.withdrawal_fee
        least_units = tables.min_units.ravel()
        rough = np.flatnonzero(is_rough[0] | is_rough[1])
        return _Pairs(
            step=step,
            paid=tables.paid_factor.ravel()[one],
            got=tables.got_factor.ravel()[other],
            min_cost=tables.min_notional.ravel()[one],
            min_proceeds=tables.min_notional.ravel()[other],
            min_units=np.maximum(least_units[one], least_units[other]),
            withdrawal=fees.ravel()[place] * tables.units[row] if fees.any() else None,
            is_left=is_left | np.isnan(step),
            rough=rough,
            has_rough_asks=is_rough[0][rough],
            has_rough_bids=is_rough[1][rough],
        )


@dataclass(frozen=True, slots=True)
class _Sides:
    """The books of the pairs for one notional."""

    asks: Ladder
    bids: Ladder
    ask_of: Numbers
    bid_of: Numbers
    affordable: Affordable
    bid_guesses: Numbers


def _judged(pairs: _Pairs, sides: _Sides, rules: ScanRules) -> tuple[Codes, Floats, Floats]:
    by_money, by_depth = sides.affordable.units[sides.ask_of], sides.bids.depth[sides.bid_of]
    quantity = np.floor(np.minimum(by_money, by_depth) / pairs.step) * pairs.step
    if pairs.is_left.any():
        # They may have no depth that a quantity ends in.
        quantity[pairs.is_left] = 0.0
    cost = sides.asks.worth(sides.ask_of, quantity, sides.affordable.level)
    proceeds = sides.bids.worth(sides.bid_of, quantity, sides.bid_guesses)
    left = proceeds * pairs.got
    if rules.rebalance_cost:
        left -= float(rules.rebalance_cost)
    if pairs.withdrawal is not None:
        left -= pairs.withdrawal * (proceeds / quantity)
    edge = left / (cost * pairs.paid)
    edge *= 100.0
    edge -= 100.0 + float(rules.slippage_pct)
    codes = _codes_of(edge, rules)
    _mark_small(codes, pairs, quantity, cost, proceeds)
    codes[quantity <= 0] = Code.BELOW_STEP
    if len(pairs.rough):
        codes[pairs.rough[_is_unclear(pairs, by_money, by_depth)]] = Code.LEFT_TO_DECIMALS
    codes[pairs.is_left] = Code.LEFT_TO_DECIMALS
    has_edge = (codes == Code.OPPORTUNITY) | (codes == Code.BELOW_MIN_EDGE)
    return codes, np.where(has_edge, edge, np.nan), quantity


def _is_unclear(pairs: _Pairs, by_money: Floats, by_depth: Floats) -> Flags:
    """Which rough pairs may have a step more or less: what limits them is nearly a whole number, and not exact."""
    step = pairs.step[pairs.rough]
    money, depth = by_money[pairs.rough] / step, by_depth[pairs.rough] / step
    steps = np.minimum(money, depth)
    tolerance = _NEAR + _NEAR_OF_STEPS * steps
    found = np.zeros(len(step), dtype=np.bool_)
    for is_rough, one, other in ((pairs.has_rough_asks, money, depth), (pairs.has_rough_bids, depth, money)):
        # Not being apart is being near, and being no number.
        found |= is_rough & ~(np.abs(one - np.rint(one)) > tolerance) & ~(one > other + tolerance)
    return np.asarray(found & (steps != 0) & ~(steps > _STEPS_WITHOUT_WEIGHT))


def _codes_of(edge: Floats, rules: ScanRules) -> Codes:
    lowest, highest = float(rules.min_net_edge_pct), float(rules.too_good_pct)
    codes = np.full(len(edge), Code.OPPORTUNITY, dtype=np.uint8)
    codes[edge > highest] = Code.TOO_GOOD
    codes[edge < lowest] = Code.BELOW_MIN_EDGE
    tolerance = NEAR_EDGE_PCT + _NEAR_OF_EDGE * np.abs(edge)
    # Not being apart is being near, and being no number.
    codes[~((np.abs(edge - lowest) > tolerance) & (np.abs(edge - highest) > tolerance))] = Code.LEFT_TO_DECIMALS
    return codes


def _mark_small(codes: Codes, pairs: _Pairs, quantity: Floats, cost: Floats, proceeds: Floats) -> None:
    beyond, below = 1 + _NEAR, 1 - _NEAR
    maybe = np.flatnonzero(
        (cost <= pairs.min_cost * beyond) | (proceeds <= pairs.min_proceeds * beyond) | (quantity < pairs.min_units)
    )
    if not len(maybe):
        return
    costs, gets = cost[maybe], proceeds[maybe]
    least_cost, least_gets = pairs.min_cost[maybe], pairs.min_proceeds[maybe]
    is_small = (costs < least_cost * below) | (gets < least_gets * below) | (quantity[maybe] < pairs.min_units[maybe])
    is_near = (np.abs(costs - least_cost) <= least_cost * _NEAR) | (np.abs(gets - least_gets) <= least_gets * _NEAR)
    codes[maybe[is_near]] = Code.LEFT_TO_DECIMALS
    codes[maybe[is_small]] = Code.BELOW_MIN_NOTIONAL


def _needed(books: Numbers, exchanges: int, width: int) -> tuple[Numbers, Numbers]:
    """Each book of some symbols once, and by pair its book's place among them."""
    is_needed = np.zeros(exchanges * width, dtype=np.bool_)
    is_needed[books] = True
    needed = np.flatnonzero(is_needed)
    place = np.zeros(len(is_needed), dtype=np.intp)
    place[needed] = np.arange(len(needed))
    return needed, place[books]
