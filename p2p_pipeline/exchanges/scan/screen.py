"""Which pairs need their depth looked into at all, and what becomes of the rest: decided by bounds that can't be wrong.

A pair whose best prices can't earn what the rules ask for is BELOW_MIN_EDGE if its steps, depth and least notional
would pass, and one of those reasons otherwise. For nearly all symbols a bound over all of its books shows that they
pass; where it doesn't, the pair is looked into like one that may earn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.deciding import PairList
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
    pairs: PairList
    """To look into, for every notional; by symbol, buying and selling exchange."""
    is_compared: Flags
    """[buying, selling, symbol]: known to be one thing, and both books may be believed."""


def screen(view: MarketView, tables: Tables, states: States, rules: ScanRules) -> Screened:
    """Tell apart."""
    notionals = len(rules.notionals)
    counts: Counter[Reason] = Counter()
    compared = tables.is_confirmed
    left = _count(compared)
    counts[Reason.IDENTITY_UNCONFIRMED] = _count(tables.is_pair) - left
    good = np.ones(states.is_live.shape, dtype=np.bool_)
    for reason, passes in (
        (Reason.BOOK_INVALID, states.is_live),
        (Reason.BOOK_STALE, ~states.is_stale),
        (Reason.BOOK_CROSSED, ~states.is_crossed),
    ):
        if not passes.all():
            good &= passes
            compared = tables.is_confirmed & (good[:, None] & good[None])
            still = _count(compared)
            counts[reason], left = left - still, still
    chosen = compared & (_may_earn(view, tables, rules) | ~_surely_fills(view, tables, good))
    counts[Reason.BELOW_MIN_EDGE] = left - _count(chosen)
    return Screened(Counter({r: n * notionals for r, n in counts.items() if n}), listed_pairs(chosen), compared)


def listed_pairs(chosen: Flags) -> PairList:
    """The pairs that are marked in [buying, selling, symbol]."""
    symbols = np.flatnonzero(chosen.any(axis=(0, 1)))
    row, buy, sell = np.nonzero(chosen[:, :, symbols].transpose(2, 0, 1))
    return PairList(buy, sell, symbols[row])


def _may_earn(view: MarketView, tables: Tables, rules: ScanRules) -> Flags:
    """Pairs whose best prices after fees and slippage would earn it: no depth and no other cost makes it more."""
    least = 1 + float(rules.min_net_edge_pct + rules.slippage_pct) / 100 - _MARGIN
    asked = view.ask_prices[:, :, 0] * tables.paid_factor * least
    bid = view.bid_prices[:, :, 0] * tables.got_factor
    return np.asarray(bid[None] >= asked[:, None])


def _surely_fills(view: MarketView, tables: Tables, good: Flags) -> Flags:
    """[symbol]: any two of its good books fill each notional by a step, and more than the least notional."""
    arrays = (view.ask_prices, view.ask_quantities, view.bid_prices, view.bid_quantities)
    everywhere = np.arange(good.shape[1])
    # The best levels alone show it for most.
    best = _Outline(*(array[:, :, 0] for array in arrays))
    fills = _fills(best, best, tables, good, everywhere)
    rest = everywhere[~fills]
    if len(rest):
        whole = _Outline(
            *(np.array(found) for found in zip(*(_whole(arrays, n, rest) for n in range(len(good))), strict=True))
        )
        best = _Outline(*(array[:, rest, 0] for array in arrays))
        fills[rest] = _fills(whole, best, tables, good[:, rest], rest)
    return fills


class _Outline(NamedTuple):
    """Of books as far as one looks, [exchange, symbol]."""

    last_ask: Floats
    ask_depth: Floats
    last_bid: Floats
    bid_depth: Floats


def _whole(arrays: tuple[Floats, Floats, Floats, Floats], exchange: int, symbols: Numbers) -> _Outline:
    """Of one exchange's whole books: one at a time fits into a processor's cache."""
    asks, ask_quantities, bids, bid_quantities = (array[exchange, symbols] for array in arrays)
    with np.errstate(all="ignore"):
        return _Outline(
            np.fmax.reduce(asks, axis=1),
            np.fmax(ask_quantities, 0.0).sum(axis=1),
            np.fmin.reduce(bids, axis=1),
            np.fmax(bid_quantities, 0.0).sum(axis=1),
        )


def _fills(outline: _Outline, best: _Outline, tables: Tables, good: Flags, symbols: Numbers) -> Flags:
    """Whether the thinnest book, at the dearest and the cheapest of the prices, still fills: NaN never does."""
    smallest = tables.notionals[:, symbols].min(axis=0, initial=np.inf)
    with np.errstate(all="ignore"):
        depth = _least(np.minimum(outline.ask_depth, outline.bid_depth), good)
        dearest = -_least(-outline.last_ask, good)
        quantity = np.minimum(depth, smallest / dearest) * (1 - _MARGIN) - tables.common_step[symbols] * (1 + _MARGIN)
        # A book's asks stand above its own bids, not above another's.
        money = quantity * np.minimum(_least(outline.last_bid, good), _least(best.last_ask, good))
        least_money = np.where(good, tables.min_notional[:, symbols], 0.0).max(axis=0, initial=0.0) * (1 + _MARGIN)
        least_units = np.where(good, tables.min_units[:, symbols], 0.0).max(axis=0, initial=0.0) * (1 + _MARGIN)
        enough = (quantity > 0) & (money > least_money) & (quantity * tables.units[symbols] > least_units)
    return np.asarray(enough)


def _least(values: Floats, good: Flags) -> Floats:
    return np.asarray(np.where(good, values, np.inf).min(axis=0, initial=np.inf))


def _count(flags: Flags) -> int:
    return int(np.count_nonzero(flags))
