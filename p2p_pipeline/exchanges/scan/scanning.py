"""One scan: every pair, symbol and notional ends as an opportunity or with one reason; cycles that pay are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.cycles import is_too_good
from p2p_pipeline.exchanges.scan.deciding import Code, Codes, Decided, decide
from p2p_pipeline.exchanges.scan.finding_cycles import CycleFinder
from p2p_pipeline.exchanges.scan.matrix import Matrix
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import CycleFound, Scan, Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.screen import Screened, screen
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.states import States
from p2p_pipeline.exchanges.scan.tables import Tables, tables_of
from p2p_pipeline.exchanges.scan.the_rest import REASON_OF, decide_the_rest
from p2p_pipeline.exchanges.scan.unfolding import Unfolding, all_unfolded


def scan(
    view: MarketView, rules: ScanRules, pairs: Pairs, *, cycle: int, at: datetime, duration_ms: float = 0.0
) -> Scan:
    """One scan alone. Who scans again and again keeps a Scanner."""
    return Scanner().scan(view, rules, pairs, cycle=cycle, at=at, duration_ms=duration_ms)


class Scanner:
    """Scans, and keeps what stays the same between scans of the same instruments, rules and identities."""

    def __init__(self) -> None:
        self._made: _Made | None = None

    def scan(
        self,
        view: MarketView,
        rules: ScanRules,
        pairs: Pairs,
        *,
        cycle: int,
        at: datetime,
        duration_ms: float = 0.0,
        with_best_edges: bool = True,
    ) -> Scan:
        """Judge all books of a view. Its duration is the caller's to measure.

        Without `best_edges` only what may pay is looked into, which in a usual market takes a tenth of the time.
        """
        made = self._made
        if made is None or not made.is_for(view, rules, pairs):
            tables, finder = tables_of(view, rules, pairs), CycleFinder(view, rules, pairs)
            made = self._made = _Made(view, rules, pairs, tables, finder)
        return _Cycle(made, view).scanned(cycle, at, duration_ms, with_best_edges=with_best_edges)


@dataclass(frozen=True, slots=True)
class _Made:
    view: MarketView
    rules: ScanRules
    pairs: Pairs
    tables: Tables
    cycles: CycleFinder

    def is_for(self, view: MarketView, rules: ScanRules, pairs: Pairs) -> bool:
        """Whoever lists other instruments hands over another mapping (books/market_books.py)."""
        made = self.view
        return (
            (self.rules is rules and self.pairs is pairs and made.instruments is view.instruments)
            and made.exchanges == view.exchanges
            and made.symbols == view.symbols
            and made.ask_prices.shape == view.ask_prices.shape
        )


class _Cycle:
    """One scan's work."""

    def __init__(self, made: _Made, view: MarketView) -> None:
        self._view, self._rules, self._pairs = view, made.rules, made.pairs
        self._tables, self._cycles = made.tables, made.cycles
        self._sides = Sides(view, made.rules)

    def scanned(self, cycle: int, at: datetime, duration_ms: float, *, with_best_edges: bool) -> Scan:
        view, rules, tables, sides = self._view, self._rules, self._tables, self._sides
        states = States.of(view, rules)
        screened = screen(view, tables, states, rules)
        decided = decide(view, tables, rules, screened.pairs)
        exact_edges = decide_the_rest(decided, screened.pairs, tables, rules, self._pairs, sides)
        rejected = Counter(screened.rejected)
        for code, reason in REASON_OF.items():
            rejected[reason] += int(np.count_nonzero(decided.codes == code))
        told, set_aside = self._told_cycles(states)
        by_pair = np.ascontiguousarray(decided.codes.T)
        best: dict[tuple[str, str], Decimal] = {}
        if with_best_edges:
            best = Matrix(view, tables, rules, self._pairs, sides).best_edges(screened, decided, exact_edges)
        return Scan(
            cycle=cycle,
            at=at,
            duration_ms=duration_ms,
            books_live=int(np.count_nonzero(states.is_live)),
            pairs=int(np.count_nonzero(tables.is_pair)) * len(rules.notionals),
            opportunities=self._unfolded(screened, decided, by_pair, Code.OPPORTUNITY),
            quarantined=self._unfolded(screened, decided, by_pair, Code.TOO_GOOD),
            cycles=told,
            quarantined_cycles=set_aside,
            rejected={reason: rejected[reason] for reason in Reason if rejected[reason]},
            best_edges=best,
        )

    def _told_cycles(self, states: States) -> tuple[tuple[CycleFound, ...], tuple[CycleFound, ...]]:
        """Those that pay, and those that pay so much that they are not believed."""
        found = self._cycles.found(self._view, self._sides, states)
        if self._rules.cycles_as_walked:
            return found, ()
        aside = tuple(one for one in found if is_too_good(one, self._rules))
        return tuple(one for one in found if one not in aside), aside

    def _unfolded(self, screened: Screened, decided: Decided, by_pair: Codes, code: Code) -> Sequence[Spatial]:
        found = np.flatnonzero(by_pair.ravel() == code)
        pair, number = found // by_pair.shape[1], found % by_pair.shape[1]
        unfolding = Unfolding(self._rules, self._pairs, self._tables.symbols, self._sides)
        return all_unfolded(unfolding, screened.pairs, decided.is_rough, pair, number)
