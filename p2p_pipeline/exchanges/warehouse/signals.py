"""`arbitrage_log` and `arbitrage_published`: every accepted signal once, and what was published of it when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.scan.result_json import decimal_text, spatial_to_plain
from p2p_pipeline.exchanges.warehouse.migrate import PACKAGE
from p2p_pipeline.postgres.statements import named_statements

FILE = "signals.sql"
MOST_PUBLISHED = 8_640
"""Boards whose audit waits for a database that is away: half a day of a scan every five seconds."""
MOST_LIVES = 20_000

_Life = tuple[str, str, str]
_Row = dict[str, Any]


@dataclass
class Waiting:
    """Rows that boards gave and no database has yet. A life is one row however long it waits; boards may be let go."""

    lives: OrderedDict[_Life, _Row] = field(default_factory=OrderedDict)
    published: OrderedDict[tuple[str, int], _Row] = field(default_factory=OrderedDict)
    let_go: int = 0
    """Rows that found no room."""

    def add(self, board: Board) -> None:
        """Take what a board says."""
        for seen in board.opportunities:
            self._add_life(board, seen)
        if board.opportunities or board.scan.quarantined:
            self.published[board.service, board.sequence] = _published(board)
        for rows, most in ((self.lives, MOST_LIVES), (self.published, MOST_PUBLISHED)):
            while len(rows) > most:
                rows.popitem(last=False)
                self.let_go += 1

    def _add_life(self, board: Board, seen: SeenOpportunity) -> None:
        life = (board.service, seen.key, seen.first_seen.isoformat())
        known = self.lives.get(life)
        edge = seen.found.net_edge_pct
        is_best = known is None or edge > known["calculation_edge_pct"]
        row = _life(board, seen) if is_best else dict(known or {})
        self.lives[life] = row | {
            "last_seen": seen.last_seen, "scans": seen.scans, "best_edge_pct": seen.best_edge_pct,
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.lives) + len(self.published)

    def clear(self) -> None:
        """All of it is loaded."""
        self.lives.clear()
        self.published.clear()


def _life(board: Board, seen: SeenOpportunity) -> _Row:
    found = seen.found
    return {
        "service": board.service,
        "key": seen.key,
        "buy": found.buy,
        "sell": found.sell,
        "symbol": found.symbol,
        "is_simulated": board.is_simulated,
        "first_seen": seen.first_seen,
        "calculation_edge_pct": found.net_edge_pct,
        "transfer": str(found.transfer),
        "calculation": spatial_to_plain(found),
    }


def _published(board: Board) -> _Row:
    told = [
        {
            "key": seen.key,
            "notional": decimal_text(seen.found.notional),
            "net_edge_pct": decimal_text(seen.found.net_edge_pct),
            "net_profit_quote": decimal_text(seen.found.net_profit_quote),
        }
        for seen in board.opportunities
    ]
    return {
        "service": board.service,
        "sequence": board.sequence,
        "cycle": board.scan.cycle,
        "scanned_at": board.scan.at,
        "opportunities": told,
        "quarantined": len(board.scan.quarantined),
    }


def load_signals(connection: Connection[Any], waiting: Waiting) -> None:
    """Load all that waits; what is there already stays as it is. The caller commits, and clears what waited."""
    said = named_statements(PACKAGE, FILE)
    with connection.cursor() as cursor:
        cursor.executemany(said["log"].encode(), list(_with_json(waiting.lives.values(), "calculation")))
        cursor.executemany(said["published"].encode(), list(_with_json(waiting.published.values(), "opportunities")))


def _with_json(rows: Iterable[_Row], name: str) -> Iterable[_Row]:
    return (row | {name: Jsonb(row[name])} for row in rows)
