"""The best net edge by buying and selling exchange, whether it is an opportunity or not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.exchanges.answers.opportunities import order_of
from p2p_pipeline.exchanges.board import Board, SeenOpportunity


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """Buying at one exchange, selling at another."""

    buy: str
    sell: str
    net_edge_pct: Decimal | None
    """The best over all symbols and sizes; None where no pair got as far as having one."""
    opportunities: int
    best: SeenOpportunity | None
    """The best opportunity, where there is one: what the edge is of, and how old its books are."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All pairs; a row buys, a column sells."""

    exchanges: tuple[str, ...]
    rows: tuple[tuple[MatrixCell | None, ...], ...]
    """In the order of `exchanges`; None where buyer and seller are the same."""

    def best(self, count: int) -> tuple[MatrixCell, ...]:
        """The cells with the highest edges."""
        known = [one for row in self.rows for one in row if one is not None and one.net_edge_pct is not None]
        return tuple(sorted(known, key=lambda one: (-(one.net_edge_pct or 0), one.buy, one.sell))[:count])


def matrix_of(board: Board) -> Matrix:
    """Every exchange of the board against every other."""
    edges = board.scan.best_edges
    named = dict.fromkeys(one.name for one in board.exchanges)
    for pair in sorted(edges):
        named |= dict.fromkeys(pair)
    found: dict[tuple[str, str], list[SeenOpportunity]] = {}
    for one in sorted(board.opportunities, key=order_of):
        found.setdefault((one.found.buy, one.found.sell), []).append(one)

    def cell(buy: str, sell: str) -> MatrixCell | None:
        if buy == sell:
            return None
        seen = found.get((buy, sell), [])
        known = [
            edge for edge in (edges.get((buy, sell)), *(one.found.net_edge_pct for one in seen[:1])) if edge is not None
        ]
        return MatrixCell(buy, sell, max(known, default=None), len(seen), seen[0] if seen else None)

    return Matrix(tuple(named), tuple(tuple(cell(buy, sell) for sell in named) for buy in named))
