"""One scan: every pair, symbol and notional ends as an opportunity or with one reason; cycles that pay are told."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import permutations

from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.finding_cycles import found_cycles
from p2p_pipeline.exchanges.scan.pairs import PairFacts, Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import Scan, Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.spatial import judge, price, unfolded
from p2p_pipeline.exchanges.scan.states import States


def scan(
    view: MarketView, rules: ScanRules, pairs: Pairs, *, cycle: int, at: datetime, duration_ms: float = 0.0
) -> Scan:
    """Judge all books of a view. Its duration is the caller's to measure."""
    sides, states = Sides(view, rules), States.of(view, rules)
    tally = _Tally()
    with localcontext(EXACT):
        for row, symbol in enumerate(view.symbols):
            listed = [number for number in range(len(view.exchanges)) if (number, row) in view.instruments]
            for buy, sell in permutations(listed, 2):
                facts = pairs.pair(symbol, view.exchanges[buy], view.exchanges[sell])
                refused = states.refusal((buy, row), (sell, row)) if facts.is_confirmed else Reason.IDENTITY_UNCONFIRMED
                if refused:
                    tally.rejected[refused] += len(rules.notionals)
                else:
                    _judge(tally, sides, rules, symbol, (buy, row), (sell, row), facts)
    return Scan(
        cycle=cycle,
        at=at,
        duration_ms=duration_ms,
        books_live=int(states.is_live.sum()),
        pairs=len(tally.opportunities) + len(tally.quarantined) + tally.rejected.total(),
        opportunities=tuple(tally.opportunities),
        quarantined=tuple(tally.quarantined),
        cycles=found_cycles(view, rules, pairs, sides, states),
        rejected=dict(tally.rejected),
        best_edges=tally.best_edges,
    )


class _Tally:
    def __init__(self) -> None:
        self.opportunities: list[Spatial] = []
        self.quarantined: list[Spatial] = []
        self.rejected: Counter[Reason] = Counter()
        self.best_edges: dict[tuple[str, str], Decimal] = {}


def _judge(
    tally: _Tally,
    sides: Sides,
    rules: ScanRules,
    symbol: str,
    buy: tuple[int, int],
    sell: tuple[int, int],
    facts: PairFacts,
) -> None:
    bought, sold = sides.to_buy(buy), sides.to_sell(sell)
    for notional in rules.notionals:
        priced = price(bought, sold, notional, facts.withdrawal_fee, rules)
        if isinstance(priced, Reason):
            tally.rejected[priced] += 1
            continue
        reason = judge(priced, rules)
        if reason is not Reason.TOO_GOOD:
            where, edge = (bought.instrument.exchange, sold.instrument.exchange), priced.net_edge_pct
            tally.best_edges[where] = max(edge, tally.best_edges.get(where, edge))
        if reason is Reason.BELOW_MIN_EDGE:
            tally.rejected[reason] += 1
        else:
            chosen = tally.opportunities if reason is None else tally.quarantined
            chosen.append(unfolded(priced, symbol, notional, bought, sold, facts, rules))
