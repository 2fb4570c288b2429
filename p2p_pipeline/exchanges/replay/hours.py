"""What an hour of frames made of each exchange and each book, as rows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.books.counters import Counters
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.replay.outcome import SymbolOutcome, outcomes
from p2p_pipeline.exchanges.tables.rows import stored

Counted = dict[tuple[str, str], dict[str, int]]
"""By exchange and symbol (empty: the exchange as a whole)."""
_COUNTS = ("frames", "events", "unreadable", "gaps", "resyncs", "checksums_ok", "checksums_failed")


def counted(exchanges: Iterable[ExchangeBooks]) -> Counted:
    """All counters as they stand."""
    found: Counted = {}
    for one in exchanges:
        found[one.exchange, ""] = asdict(one.counters)
        for symbol, books in one.books.items():
            found[one.exchange, symbol] = asdict(replace(books.counters))
    return found


def book_rows(hour: datetime, exchanges: Iterable[ExchangeBooks], before: Counted) -> list[dict[str, Any]]:
    """A row a symbol: what was counted since `before`, and the book as it stands."""
    known = {one.exchange: one for one in exchanges}
    return [_book_row(hour, one, known[one.exchange], before) for one in outcomes(known.values())]


def exchange_rows(hour: datetime, exchanges: Iterable[ExchangeBooks], before: Counted) -> list[dict[str, Any]]:
    """A row an exchange."""
    rows = []
    for one in sorted(exchanges, key=lambda books: books.exchange):
        now, then = asdict(one.counters), before.get((one.exchange, ""), asdict(Counters()))
        counts = {name: now[name] - then[name] for name in ("frames", "unreadable", "reconnects")}
        told = {"clock_offset_ms": one.clock_offset_ms, "lag_ms": one.lag_ms}
        rows.append(
            {"hour": hour, "exchange": one.exchange, **counts, "books_live": one.books_live, "books": len(one.books)}
            | told
        )
    return rows


def _book_row(hour: datetime, found: SymbolOutcome, books: ExchangeBooks, before: Counted) -> dict[str, Any]:
    then = before.get((found.exchange, found.symbol), {}) if found.symbol else {}
    counts = {name: getattr(found, name) - then.get(name, 0) for name in _COUNTS}
    return {
        "hour": hour,
        "exchange": found.exchange,
        "symbol": found.symbol,
        "state": books.state(found.symbol).value if found.symbol else "",
        **counts,
        "best_bid": None if found.best_bid is None else stored(Decimal(found.best_bid)),
        "best_ask": None if found.best_ask is None else stored(Decimal(found.best_ask)),
        "digest": found.digest,
    }
