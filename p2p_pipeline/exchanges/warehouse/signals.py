"""`arbitrage_log` and `arbitrage_published`: every accepted signal once, and what was published of it when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from psycopg import Connection
from psycopg.types.json import Jsonb

from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.scan.result_json import decimal_text, spatial_to_plain
from p2p_pipeline.exchanges.warehouse.migrate import PACKAGE, revision_of
from p2p_pipeline.postgres.statements import named_statements

FILE = "signals.sql"
MOST_WAITING_BYTES = 32 << 20
"""For a database that is away: a day of quiet markets, an hour in which every board tells hundreds."""
_ROW_BYTES = 1_000
"""What a row takes beside its JSON."""

_Life = tuple[str, str, str]
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignalKept:
    """One life of an opportunity, as it was kept."""

    opportunity_id: int
    service: str
    key: str
    buy: str
    sell: str
    symbol: str
    is_simulated: bool
    first_seen: datetime
    last_seen: datetime
    scans: int
    best_edge_pct: Decimal
    transfer: str
    notional: Decimal
    """Of the best calculation."""
    net_profit_quote: Decimal


@dataclass
class Waiting:
    """Rows that boards gave and no database has yet. A life is one row however long it waits.

    What finds no room is let go, the oldest first, and the audit of boards before lives.
    """

    most_bytes: int = MOST_WAITING_BYTES
    lives: OrderedDict[_Life, _Row] = field(default_factory=OrderedDict)
    published: OrderedDict[tuple[str, int], _Row] = field(default_factory=OrderedDict)
    let_go: int = 0
    """Rows that found no room."""
    _held_bytes: int = 0
    _best: dict[_Life, Decimal] = field(default_factory=dict)
    """The best edge whose calculation waits or is loaded, of each life that goes on: no other is written again."""

    def add(self, board: Board) -> None:
        """Take what a board says."""
        lives = [self._add_life(board, seen) for seen in board.opportunities]
        self._best = {life: self._best[life] for life in lives}
        if board.opportunities or board.scan.quarantined:
            key, row = (board.service, board.sequence), _published(board)
            self._held_bytes += _bytes_of(row) - _bytes_of(self.published.get(key))
            self.published[key] = row
        self.cut(self.most_bytes)

    def cut(self, most_bytes: int) -> None:
        """Let go what takes more room than that."""
        while self._held_bytes > most_bytes and self:
            if self.published:
                _, row = self.published.popitem(last=False)
            else:
                life, row = self.lives.popitem(last=False)
                # Found again, it is a life that nobody has: with its calculation.
                self._best.pop(life, None)
            self._held_bytes -= _bytes_of(row)
            self.let_go += 1

    def _add_life(self, board: Board, seen: SeenOpportunity) -> _Life:
        life = (board.service, seen.key, seen.first_seen.isoformat())
        edge, best, known = seen.found.net_edge_pct, self._best.get(life), self.lives.get(life)
        row = known or {}
        if best is None or edge > best:
            self._best[life] = edge
            row = _calculated(board, seen)
        row |= {
            "service": board.service,
            "key": seen.key,
            "first_seen": seen.first_seen,
            "last_seen": seen.last_seen,
            "scans": seen.scans,
            "best_edge_pct": seen.best_edge_pct,
        }
        self._held_bytes += _bytes_of(row) - _bytes_of(known)
        self.lives[life] = row
        return life

    def __len__(self) -> int:
        return len(self.lives) + len(self.published)

    def clear(self) -> None:
        """All of it is loaded."""
        self.lives.clear()
        self.published.clear()
        self._held_bytes = 0


def _bytes_of(row: _Row | None) -> int:
    if row is None:
        return 0
    return _ROW_BYTES + len(row.get("calculation", "")) + len(row.get("opportunities", ""))


def _calculated(board: Board, seen: SeenOpportunity) -> _Row:
    found = seen.found
    return {
        "buy": found.buy,
        "sell": found.sell,
        "symbol": found.symbol,
        "is_simulated": board.is_simulated,
        "calculation_edge_pct": found.net_edge_pct,
        "transfer": str(found.transfer),
        "calculation": _json(spatial_to_plain(found)),
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
        "opportunities": _json(told),
        "quarantined": len(board.scan.quarantined),
    }


def _json(value: Any) -> str:
    # As text: the bytes that orjson gives keep the room they grew into, up to four times theirs.
    return orjson.dumps(value).decode()


def load_signals(connection: Connection[Any], waiting: Waiting) -> None:
    """Load all that waits; what is there already stays as it is. The caller commits, and clears what waited."""
    said = named_statements(PACKAGE, FILE)
    with connection.cursor() as cursor:
        # The best of a scan last: it then leads the list that begins with what came last.
        calculated = [row for row in reversed(waiting.lives.values()) if "calculation" in row]
        cursor.executemany(said["log"].encode(), list(_with_json(calculated, "calculation")))
        found_again = [row for row in waiting.lives.values() if "calculation" not in row]
        cursor.executemany(said["found_again"].encode(), found_again)
        cursor.executemany(said["published"].encode(), list(_with_json(waiting.published.values(), "opportunities")))


def newest_signals(connection: Connection[Any], most: int, before: int | None = None) -> list[SignalKept]:
    """Those that began last come first; `before` goes on after the last one of a list."""
    if revision_of(connection) is None:
        return []
    asked = {"most": most, "before": before}
    rows = connection.execute(named_statements(PACKAGE, FILE)["newest"].encode(), asked).fetchall()
    return [SignalKept(*row) for row in rows]


def _with_json(rows: Iterable[_Row], name: str) -> Iterable[_Row]:
    return (row | {name: Jsonb(row[name], str)} for row in rows)
