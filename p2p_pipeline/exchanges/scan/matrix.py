"""The best net edge between any two exchanges, exact, without looking into every book.

No depth and no cost makes more of a pair than its best prices promise. So of each two exchanges the symbols that
promise most are looked into, then whichever promise more than those give; floats say which may be the best, and
those are calculated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext

import numpy as np

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.deciding import NEAR_EDGE_PCT, Decided, PairList, decide
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.screen import Screened, listed_pairs
from p2p_pipeline.exchanges.scan.sides import Place, Sides, exact_levels
from p2p_pipeline.exchanges.scan.spatial import edge_of, price
from p2p_pipeline.exchanges.scan.tables import Tables
from p2p_pipeline.exchanges.scan.the_rest import ExactEdges, decide_the_rest
from p2p_pipeline.exchanges.scan.walk import worth

_TOLERANCE_PCT = 1e-7
_FEW_PAIRS = 2_000
_LOOKED_INTO_FIRST = 32
"""Symbols of each two exchanges: the best of so many leaves few that promise more."""


class Matrix:
    """Looks for the best edges of one view."""

    def __init__(self, view: MarketView, tables: Tables, rules: ScanRules, pairs: Pairs, sides: Sides) -> None:
        self._view, self._tables, self._rules, self._pairs, self._sides = view, tables, rules, pairs, sides
        count = len(tables.exchanges)
        self._best = np.full((count, count), -np.inf)
        self._looked: list[tuple[PairList, Decided, ExactEdges]] = []

    def best_edges(
        self, screened: Screened, decided: Decided, exact_edges: ExactEdges
    ) -> dict[tuple[str, str], Decimal]:
        """By (buying, selling) exchange, over symbols and notionals that have one that may be believed."""
        promised = self._promised(screened.is_compared)
        self._learn(screened.pairs, decided, exact_edges, promised)
        if np.count_nonzero(self._may_be_better(promised)) > _FEW_PAIRS:
            believable = np.where(promised <= float(self._rules.too_good_pct), promised, -np.inf)
            place = max(0, believable.shape[2] - _LOOKED_INTO_FIRST)
            least = np.partition(believable, place, axis=2)[:, :, place]
            self._look((believable >= least[:, :, None]) & self._may_be_better(believable), promised)
        self._look(self._may_be_better(promised), promised)
        return dict(self._found())

    def _promised(self, is_compared: Flags) -> Floats:
        """What the best prices promise, per cent; −infinite where there is nothing to compare."""
        view, tables = self._view, self._tables
        with np.errstate(all="ignore"):
            paid = view.ask_prices[:, :, 0] * tables.paid_factor
            got = view.bid_prices[:, :, 0] * tables.got_factor * 100
            promised = got[None] / paid[:, None] - (100 + float(self._rules.slippage_pct))
        return np.where(is_compared & np.isfinite(promised), promised, -np.inf)

    def _may_be_better(self, promised: Floats) -> Flags:
        return np.asarray((promised > -np.inf) & (promised >= self._best[:, :, None] - _TOLERANCE_PCT))

    def _look(self, chosen: Flags, promised: Floats) -> None:
        pairs = listed_pairs(chosen)
        decided = decide(self._view, self._tables, self._rules, pairs)
        rest = decide_the_rest(decided, pairs, self._tables, self._rules, self._pairs, self._sides)
        self._learn(pairs, decided, rest, promised)

    def _learn(self, pairs: PairList, decided: Decided, exact_edges: ExactEdges, promised: Floats) -> None:
        self._looked.append((pairs, decided, exact_edges))
        promised[pairs.buy, pairs.sell, pairs.row] = -np.inf
        np.fmax.at(self._best, (pairs.buy, pairs.sell), np.fmax.reduce(decided.edges_pct, axis=0, initial=-np.inf))
        for (_, pair), edge in exact_edges.items():
            where = pairs.buy[pair], pairs.sell[pair]
            self._best[where] = max(self._best[where], float(edge))

    def _found(self) -> Iterator[tuple[tuple[str, str], Decimal]]:
        found: dict[tuple[int, int], Decimal] = {}
        with localcontext(EXACT):
            for pairs, decided, exact_edges in self._looked:
                near = self._best[pairs.buy, pairs.sell] - NEAR_EDGE_PCT
                edges: Mapping[tuple[int, int], Decimal] = {
                    (int(number), int(pair)): self._exact(pairs, decided, int(number), int(pair))
                    for number, pair in np.argwhere(decided.edges_pct >= near)
                }
                for (_, pair), edge in (*edges.items(), *exact_edges.items()):
                    where = int(pairs.buy[pair]), int(pairs.sell[pair])
                    found[where] = max(edge, found.get(where, edge))
        names = self._tables.exchanges
        yield from (((names[buy], names[sell]), edge) for (buy, sell), edge in sorted(found.items()))

    def _exact(self, pairs: PairList, decided: Decided, number: int, pair: int) -> Decimal:
        row, view = int(pairs.row[pair]), self._view
        buy, sell = (int(pairs.buy[pair]), row), (int(pairs.sell[pair]), row)
        fee = self._pairs.pair(view.symbols[row], view.exchanges[buy[0]], view.exchanges[sell[0]]).withdrawal_fee
        if decided.is_rough[pair]:
            bought, sold = self._sides.of_pair(pairs, pair)
            notional = self._rules.notional(number, bought.instrument.quote)
            priced = price(bought, sold, notional, fee, self._rules)
            assert not isinstance(priced, Reason)  # noqa: S101 - it was decided to have an edge
            return priced.net_edge_pct
        # The quantity is exact already, and so are the numbers of books that keep to their steps.
        quantity = Decimal(int(decided.units[number, pair])) / Decimal(int(self._tables.units[row]))
        cost = worth(exact_levels(view.ask_prices[buy], view.ask_quantities[buy]), quantity)
        proceeds = worth(exact_levels(view.bid_prices[sell], view.bid_quantities[sell]), quantity)
        return edge_of(quantity, cost, proceeds, (self._fee(buy), self._fee(sell)), fee, self._rules)

    def _fee(self, place: Place) -> Decimal:
        return self._rules.taker_fee(self._view.instruments[place])
