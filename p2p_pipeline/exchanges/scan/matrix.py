"""The best net edge between any two exchanges, exact."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

import numpy as np

from p2p_pipeline.exchanges.scan.deciding import NEAR_EDGE_PCT, Decided
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.screen import Screened
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.spatial import price
from p2p_pipeline.exchanges.scan.tables import Tables


def best_edges(
    rules: ScanRules,
    pairs: Pairs,
    tables: Tables,
    sides: Sides,
    screened: Screened,
    decided: Decided,
    exact_edges: Mapping[tuple[int, int], Decimal],
) -> dict[tuple[str, str], Decimal]:
    """By (buying, selling) exchange, over all symbols and notionals that have one and are not too good to be believed.

    Floats say which may be the best; those are calculated.
    """
    found: dict[tuple[str, str], Decimal] = {}

    def offer(pair: int, edge: Decimal) -> None:
        where = tables.exchanges[screened.buy[pair]], tables.exchanges[screened.sell[pair]]
        found[where] = max(edge, found.get(where, edge))

    for (_, pair), edge in exact_edges.items():
        offer(pair, edge)
    edges = decided.edges_pct
    best = np.full((len(tables.exchanges), len(tables.exchanges)), -np.inf)
    for row in edges:
        np.fmax.at(best, (screened.buy, screened.sell), row)
    near = best[screened.buy, screened.sell] - NEAR_EDGE_PCT
    with localcontext(EXACT):
        for number, pair in np.argwhere(edges >= near):
            bought, sold = sides.of_pair(screened, int(pair))
            symbol = tables.symbols[screened.row[pair]]
            facts = pairs.pair(symbol, bought.instrument.exchange, sold.instrument.exchange)
            priced = price(bought, sold, rules.notionals[number], facts.withdrawal_fee, rules)
            if not isinstance(priced, Reason):
                offer(int(pair), priced.net_edge_pct)
    return found
