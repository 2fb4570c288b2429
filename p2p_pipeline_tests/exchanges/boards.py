"""Boards for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.board import Board, ExchangeHealth, SeenOpportunity, Watched
from p2p_pipeline.exchanges.hot_store.store import StoredBook
from p2p_pipeline.exchanges.scan.reasons import Reason, Transfer
from p2p_pipeline.exchanges.scan.results import BookUsed, CycleFound, CycleLeg, Eaten, Scan, Spatial

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def spatial(
    edge: str = "0.25", buy: str = "binance", sell: str = "okx", symbol: str = "BTC/USDT", notional: str = "1000"
) -> Spatial:
    """One opportunity with its calculation; the numbers are of the right kind, not of one calculation."""
    bought = BookUsed(
        buy, symbol.replace("/", ""), 12, 40, (Eaten(*map(Decimal, ("100.1", "3", "2"))),), Decimal("0.001")
    )
    sold = BookUsed(
        sell, symbol.replace("/", "-"), 8, None, (Eaten(*map(Decimal, ("101", "9", "2"))),), Decimal("0.0015")
    )
    amounts = {
        "notional": notional, "quantity": "2", "buy_vwap": "100.1", "sell_vwap": "101", "cost": "200.2",
        "proceeds": "202", "paid": "200.4002", "got": "201.697", "slippage": "0.1", "withdrawal": "0.00000001",
        "rebalance_cost": "0", "net_profit_quote": "1.2", "net_edge_pct": edge,
    }  # fmt: skip
    told: dict[str, Any] = {name: Decimal(amount) for name, amount in amounts.items()}
    told |= {"is_partial": False, "bought": bought, "sold": sold}
    return Spatial(buy, sell, symbol, **told, transfer=Transfer.TRANSFERABLE, common_chains=("ETH", "TRX"))


def seen(found: Spatial, scans: int = 1, first: datetime = AT, last: datetime = AT) -> SeenOpportunity:
    """An opportunity with its life."""
    key = f"{found.buy}>{found.sell}:{found.symbol}"
    return SeenOpportunity(key, found, first, last, scans, found.net_edge_pct)


def scan(cycle: int = 1, opportunities: Sequence[Spatial] = ()) -> Scan:
    """One scan of the grid that begins at AT."""
    start, end = Decimal(1000), Decimal(1001)
    leg = CycleLeg("kraken", "ETH/BTC", "BUY", Decimal("0.5"), Decimal("0.04"), (Eaten(*map(Decimal, "123")),))
    return Scan(
        cycle, AT + timedelta(seconds=5 * cycle), 3.5, 28, 182,
        opportunities=tuple(opportunities),
        quarantined=(spatial("99", "xt", "gate"),),
        cycles=(CycleFound("kraken", (leg,), "USDT", start, Decimal("999.5"), end, Decimal("0.15")),),
        rejected={Reason.BOOK_STALE: 3, Reason.BELOW_MIN_EDGE: 170},
        best_edges={("binance", "okx"): Decimal("0.25"), ("okx", "binance"): Decimal("-0.4")},
    )  # fmt: skip


def health(name: str = "binance", state: str = "live", **changes: object) -> ExchangeHealth:
    """An exchange that is well."""
    well = ExchangeHealth(
        name, state, 1, 40, 40, 40, 12.5, -3.0, 10_000, 0, 0, 0, 0, 0, "sequence", "", AT, "needs a key"
    )  # fmt: skip
    return replace(well, **changes)  # type: ignore[arg-type]


def board(
    sequence: int = 1,
    opportunities: Sequence[SeenOpportunity] = (),
    service: str = "a service",
    exchanges: Sequence[ExchangeHealth] | None = None,
    rejected_totals: Mapping[str, int] | None = None,
) -> Board:
    """A board with a little of everything."""
    return Board(
        sequence=sequence,
        service=service,
        is_simulated=True,
        scan=scan(sequence, [one.found for one in opportunities]),
        opportunities=tuple(opportunities),
        cycles=scan(sequence).cycles,
        exchanges=tuple(exchanges) if exchanges is not None else (health(), health("okx", "unreachable")),
        watched=(Watched("binance", "BTC/USDT", "near edge", Decimal("-0.1")),),
        skipped_cycles=2,
        jitter_ms=1.25,
        rejected_totals=rejected_totals if rejected_totals is not None else {"book_stale": 12},
    )


def stored_book(exchange: str = "binance", symbol: str = "BTC/USDT", best: str = "100.10") -> StoredBook:
    """A book of two levels."""
    return StoredBook(exchange, symbol, ((best, "1.50"), ("99", "1e-8")), (("101", "2"),), AT)
