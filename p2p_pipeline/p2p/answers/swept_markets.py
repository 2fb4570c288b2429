"""What sweeps say of all markets: from the warehouse, which may be missing, empty or away."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.markets.figures import MarketFigures
from p2p_pipeline.p2p.metrics.markets.hours import MarketHours
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.p2p.warehouse.market_figures import (
    all_figures,
    batches_before,
    figures_version,
    hours_of_market,
)
from p2p_pipeline.p2p.warehouse.questions.catalogue import answer, question_named
from p2p_pipeline.p2p.warehouse.revisions import require_current
from p2p_pipeline.postgres.connection import connected

DAYS_OF_CHANGES = 7
WEEKS_SHOWN = 4

PATIENCE_SECONDS = 2.0
"""How long a page waits for a server that is recovering."""


@dataclass(frozen=True, slots=True)
class MarketChange:
    """A market side that got its first offers lately, or lost its last."""

    market: Market
    side: str
    has_appeared: bool
    first_day: datetime | None
    last_day: datetime | None

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "market_key": self.market.key,
            "side": self.side,
            "what": "appeared" if self.has_appeared else "disappeared",
            "first_day": self.first_day,
            "last_day": self.last_day,
        }


@dataclass(frozen=True, slots=True)
class SweptMarkets:
    """All that the newest sweeps read."""

    markets: list[MarketFigures]
    changes: list[MarketChange]
    """Of the last week against the one before."""


@contextmanager
def opened_warehouse(paths: DataPaths) -> Iterator[Connection[Any]]:
    """A connection to a warehouse whose schema is this program's; raises WarehouseError with what to do."""
    server = existing_warehouse(paths)
    with connected(server, program="p2p serve", patience_seconds=PATIENCE_SECONDS) as connection:
        require_current(connection)
        yield connection


def swept_version(paths: DataPaths) -> Hashable:
    """Changes whenever any answer of this file may; raises WarehouseError where there is no warehouse."""
    with opened_warehouse(paths) as connection:
        return figures_version(connection)


def swept_markets(paths: DataPaths) -> SweptMarkets:
    """Every market and what is new; raises WarehouseError where there is no warehouse."""
    with opened_warehouse(paths) as connection:
        markets = all_figures(connection)
        changes = [
            change for venue in sorted({one.market.venue for one in markets}) for change in _changes(connection, venue)
        ]
    return SweptMarkets(markets, changes)


def _changes(connection: Connection[Any], venue: str) -> list[MarketChange]:
    found = answer(connection, question_named("new_and_lost_markets"), venue=venue, days=DAYS_OF_CHANGES)
    told = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return [
        MarketChange(
            Market(venue, one["symbol"], one["currency_code"]),
            one["trade_type"],
            one["what"] == "appeared",
            one["first_day"],
            one["last_day"],
        )
        for one in told
    ]


def swept_hours(paths: DataPaths, market: Market, now: datetime, reference: str) -> MarketHours:
    """The last weeks of a market, an hour each; raises WarehouseError where there is no warehouse."""
    with opened_warehouse(paths) as connection:
        return hours_of_market(connection, market, now - timedelta(weeks=WEEKS_SHOWN), reference)


def swept_batches(
    paths: DataPaths, before: int | None, limit: int, venue: str | None = None, status: str | None = None
) -> list[dict[str, Any]]:
    """Sweeps, the newest first, from one on that is not among them; raises WarehouseError."""
    with opened_warehouse(paths) as connection:
        return batches_before(connection, before, limit, venue, status)
