"""Which pairs need their depth looked into at all, and what becomes of the rest: decided by bounds that can't be wrong.

A pair whose best prices can't earn what the rules ask for is BELOW_MIN_EDGE if its steps, depth and least notional
would pass, and one of those reasons otherwise. For nearly all symbols a bound over all of its books shows that they
pass; where it doesn't, the pair is looked into like one that may earn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.levels import Numbers
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.states import States
from p2p_pipeline.exchanges.scan.tables import Tables

_MARGIN = 1e-9
"""Above what floats lose."""


@dataclass(frozen=True, slots=True)
class Screened:
    """The pairs of a scan, told apart."""

    rejected: Counter[Reason]
    """By reason, each pair once for each notional: all that are not in the lists below."""
    buy: Numbers
    sell: Numbers
    row: Numbers
    """Pairs to look into, for every notional; by symbol, buying and selling exchange."""


def screen(view: MarketView, tables: Tables, states: States, rules: ScanRules, *, look_into_all: bool) -> Screened:
    """Tell apart. `look_into_all` leaves every pair whose books may be believed to be looked into."""
    notionals = len(rules.notionals)
    counts: Counter[Reason] = Counter()
    pairs = tables.is_confirmed
    left = _count(pairs)
    counts[Reason.IDENTITY_UNCONFIRMED] = _count(tables.is_pair) - left
    good = np.ones(states.is_live.shape, dtype=np.bool_)
    for reason, passes in (
        (Reason.BOOK_INVALID, states.is_live),
        (Reason.BOOK_STALE, ~states.is_stale),
        (Reason.BOOK_CROSSED, ~states.is_crossed),
    ):
        good &= passes
        compared = pairs & good[:, None] & good[None]
        still = _count(compared)
        counts[reason], left = left - still, still
    if look_into_all:
        chosen = compared
    else:
        chosen = compared & (_may_earn(view, tables, rules) | ~_surely_fills(view, tables, rules, good))
        counts[Reason.BELOW_MIN_EDGE] = left - _count(chosen)
    row, buy, sell = np.nonzero(chosen.transpose(2, 0, 1))
    return Screened(Counter({r: n * notionals for r, n in counts.items() if n}), buy, sell, row)


def _may_earn(view: MarketView, tables: Tables, rules: ScanRules) -> Flags:
    """Pairs whose best prices after fees and slippage would earn it: no depth and no other cost makes it more."""
    least = 1 + float(rules.min_net_edge_pct + rules.slippage_pct) / 100 - _MARGIN
    asked = view.ask_prices[:, :, 0] * tables.paid_factor * least
    bid = view.bid_prices[:, :, 0] * tables.got_factor
    return np.asarray(bid[None] >= asked[:, None])


def _surely_fills(view: MarketView, tables: Tables, rules: ScanRules, good: Flags) -> Flags:
    """[symbol]: any two of its good books fill each notional by a step, and more than the least notional."""
    smallest = float(min(rules.notionals, default=0))
    asks = np.fmax(view.ask_quantities, 0.0).sum(axis=2)
    bids = np.fmax(view.bid_quantities, 0.0).sum(axis=2)
    depth = _least(np.minimum(asks, bids), good)
    with np.errstate(all="ignore"):
        highest_ask = _least(-np.fmax.reduce(view.ask_prices, axis=2), good) * -1
        lowest = _least(np.fmin.reduce(view.bid_prices, axis=2), good)
        quantity = np.minimum(depth, smallest / highest_ask) * (1 - _MARGIN) - tables.common_step * (1 + _MARGIN)
        least_money = np.max(np.where(good, tables.min_notional, 0.0), axis=0) * (1 + _MARGIN)
        least_units = np.max(np.where(good, tables.min_units, 0.0), axis=0) * (1 + _MARGIN)
        # A book's asks stand above its own bids, not above another's: the lowest price of both sides counts.
        lowest_ask = _least(view.ask_prices[:, :, 0], good)
        money = quantity * np.minimum(lowest, lowest_ask)
        return np.asarray((quantity > 0) & (money > least_money) & (quantity * tables.units > least_units))


def _least(values: Floats, good: Flags) -> Floats:
    return np.asarray(np.min(np.where(good, values, np.inf), axis=0))


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
