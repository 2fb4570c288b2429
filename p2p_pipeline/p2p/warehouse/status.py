"""How a warehouse is: where, which version, how big, how fresh, what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from p2p_pipeline.p2p.warehouse.partitions import partition_days
from p2p_pipeline.p2p.warehouse.revisions import newest_revision, revision_of
from p2p_pipeline.p2p.warehouse.statements import script
from p2p_pipeline.postgres.connection import version_text
from p2p_pipeline.postgres.server import WarehouseServer


@dataclass(frozen=True, slots=True)
class NewestBatch:
    """The sweep that began last, of those that are loaded."""

    batch_id: int
    status: str
    started_at: datetime
    ended_at: datetime
    loaded_at: datetime
    age_seconds: float
    """Since it ended: how old the newest prices are."""
    markets: int
    markets_complete: int
    offers: int


@dataclass(frozen=True, slots=True)
class PartitionSpan:
    """The days one table has partitions for."""

    first: date | None
    last: date | None
    days: int
    ahead_days: int
    """After today, without a gap: so many days would go on without anybody making partitions."""


@dataclass(frozen=True, slots=True)
class WarehouseStatus:
    """One look at a warehouse."""

    server: str
    """Its address; no password."""
    version: str
    is_embedded: bool
    revision: str | None
    """Of the schema; None where no warehouse was made yet, and then the rest is empty."""
    newest_revision: str
    is_current: bool
    size_bytes: int
    batches: int = 0
    newest_batch: NewestBatch | None = None
    counts: dict[str, int] = field(default_factory=dict)
    partitions: dict[str, PartitionSpan] = field(default_factory=dict)


def warehouse_status(connection: Connection[Any], server: WarehouseServer, now: datetime) -> WarehouseStatus:
    """Look at everything. Where the schema is not this program's, only at what every PostgreSQL has."""
    revision = revision_of(connection)
    is_current = revision == newest_revision()
    batches, newest = _batches(connection, now) if is_current else (0, None)
    return WarehouseStatus(
        server=str(server.name),
        version=version_text(connection.info.server_version),
        is_embedded=server.is_embedded,
        revision=revision,
        newest_revision=newest_revision(),
        is_current=is_current,
        size_bytes=int(_row(connection, "SELECT pg_database_size(current_database()) AS bytes")["bytes"]),
        batches=batches,
        newest_batch=newest,
        counts=_row(connection, script("status_counts.sql")) if is_current else {},
        partitions=_spans(partition_days(connection), now.date()) if is_current else {},
    )


def _batches(connection: Connection[Any], now: datetime) -> tuple[int, NewestBatch | None]:
    row = _row(connection, script("status_batches.sql"))
    if not row:
        return 0, None
    return row["batches"], NewestBatch(
        batch_id=row["batch_id"],
        status=row["status"],
        started_at=row["batch_start_time"],
        ended_at=row["batch_end_time"],
        loaded_at=row["loaded_at"],
        age_seconds=(now - row["batch_end_time"]).total_seconds(),
        markets=row["markets"],
        markets_complete=row["markets_complete"],
        offers=row["total_offers_extracted"],
    )


def _spans(days: dict[str, list[date]], today: date) -> dict[str, PartitionSpan]:
    return {name: span(found, today) for name, found in days.items()}


def span(days: list[date], today: date) -> PartitionSpan:
    """What a table's partitions, in order, reach from and to."""
    made = {day.toordinal() for day in days}
    ahead = 0
    while today.toordinal() + ahead + 1 in made:
        ahead += 1
    return PartitionSpan(days[0] if days else None, days[-1] if days else None, len(days), ahead)


def _row(connection: Connection[Any], query: str) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchone() or {}
