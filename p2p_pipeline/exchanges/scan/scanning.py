"""One scan: every pair, symbol and notional ends as an opportunity or with one reason; cycles that pay are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

import numpy as np

from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.deciding import Code, Decided, decide
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.finding_cycles import CycleFinder
from p2p_pipeline.exchanges.scan.matrix import best_edges
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import Scan, Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.screen import Screened, screen
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.spatial import judge, price
from p2p_pipeline.exchanges.scan.states import States
from p2p_pipeline.exchanges.scan.tables import Tables, tables_of
from p2p_pipeline.exchanges.scan.unfolding import Unfolding, all_unfolded

REASON_OF = {
    Code.BELOW_STEP: Reason.BELOW_STEP,
    Code.BELOW_MIN_NOTIONAL: Reason.BELOW_MIN_NOTIONAL,
    Code.BELOW_MIN_EDGE: Reason.BELOW_MIN_EDGE,
}
_CODE_OF: dict[Reason | None, Code] = {reason: code for code, reason in REASON_OF.items()}
_CODE_OF |= {None: Code.OPPORTUNITY, Reason.TOO_GOOD: Code.TOO_GOOD}


def scan(
    view: MarketView, rules: ScanRules, pairs: Pairs, *, cycle: int, at: datetime, duration_ms: float = 0.0
) -> Scan:
    """One scan alone. Who scans again and again keeps a Scanner."""
    return Scanner(rules, pairs).scan(view, cycle=cycle, at=at, duration_ms=duration_ms)


class Scanner:
    """Scans by the same rules and identities; what stays the same between scans is made once."""

    def __init__(self, rules: ScanRules, pairs: Pairs) -> None:
        self._rules, self._pairs = rules, pairs
        self._made: _Made | None = None

    def scan(
        self, view: MarketView, *, cycle: int, at: datetime, duration_ms: float = 0.0, with_best_edges: bool = True
    ) -> Scan:
        """Judge all books of a view. Its duration is the caller's to measure.

        Without `best_edges` only what may pay is looked into, which takes a tenth of the time.
        """
        made, states, sides = self._ready(view), States.of(view, self._rules), Sides(view, self._rules)
        screened = screen(view, made.tables, states, self._rules, look_into_all=with_best_edges)
        decided = decide(view, made.tables, self._rules, screened.buy, screened.sell, screened.row)
        exact_edges = self._decide_the_rest(view, screened, decided, sides)
        rejected = Counter(screened.rejected)
        for code, reason in REASON_OF.items():
            rejected[reason] += int(np.count_nonzero(decided.codes == code))
        opportunities, quarantined = (
            self._unfolded(view, sides, screened, decided, code) for code in (Code.OPPORTUNITY, Code.TOO_GOOD)
        )
        return Scan(
            cycle=cycle,
            at=at,
            duration_ms=duration_ms,
            books_live=int(np.count_nonzero(states.is_live)),
            pairs=int(np.count_nonzero(made.tables.is_pair)) * len(self._rules.notionals),
            opportunities=opportunities,
            quarantined=quarantined,
            cycles=made.cycles.found(view, sides, states),
            rejected={reason: rejected[reason] for reason in Reason if rejected[reason]},
            best_edges=best_edges(self._rules, self._pairs, made.tables, sides, screened, decided, exact_edges)
            if with_best_edges
            else {},
        )

    def _ready(self, view: MarketView) -> _Made:
        made = self._made
        if made is None or not made.is_for(view):
            tables = tables_of(view, self._rules, self._pairs)
            made = self._made = _Made(view, tables, CycleFinder(view, self._rules, self._pairs))
        return made

    def _decide_the_rest(
        self, view: MarketView, screened: Screened, decided: Decided, sides: Sides
    ) -> dict[tuple[int, int], Decimal]:
        """Judge in decimals what was left to them; their edges by (notional, pair)."""
        edges = {}
        with localcontext(EXACT):
            for number, pair in np.argwhere(decided.codes == Code.LEFT_TO_DECIMALS):
                bought, sold = sides.of_pair(screened, int(pair))
                fee = self._pairs.pair(
                    view.symbols[screened.row[pair]], bought.instrument.exchange, sold.instrument.exchange
                ).withdrawal_fee
                priced = price(bought, sold, self._rules.notionals[number], fee, self._rules)
                reason = priced if isinstance(priced, Reason) else judge(priced, self._rules)
                decided.codes[number, pair] = _CODE_OF[reason]
                if not isinstance(priced, Reason) and reason is not Reason.TOO_GOOD:
                    edges[int(number), int(pair)] = priced.net_edge_pct
        return edges

    def _unfolded(
        self, view: MarketView, sides: Sides, screened: Screened, decided: Decided, code: Code
    ) -> Sequence[Spatial]:
        pair, number = np.nonzero((decided.codes == code).T)
        return all_unfolded(Unfolding(self._rules, self._pairs, view.symbols, sides), screened, pair, number)


@dataclass(frozen=True, slots=True)
class _Made:
    view: MarketView
    tables: Tables
    cycles: CycleFinder

    def is_for(self, view: MarketView) -> bool:
        """Whoever lists other instruments hands over another mapping (books/market_books.py)."""
        made = self.view
        return (
            made.instruments is view.instruments
            and made.exchanges == view.exchanges
            and made.symbols == view.symbols
            and made.ask_prices.shape == view.ask_prices.shape
        )
