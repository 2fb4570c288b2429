"""The days of the fact tables: made ahead of time, dropped as a whole when their time is over.

A day is a UTC day. `ensure_partitions` costs one query where nothing is missing, so every load asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from psycopg import Connection, sql

from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold


@dataclass(frozen=True, slots=True)
class DailyTable:
    """A table with a partition a day."""

    name: str

    def partition(self, day: date) -> str:
        """The name of a day's partition, such as fact_market_depth_2026_11_21."""
        return f"{self.name}_{day:%Y_%m_%d}"


DAILY_TABLES = (
    DailyTable("fact_market_depth"),
    DailyTable("offer_versions"),
    DailyTable("offer_statistics"),
    DailyTable("offer_gaps"),
)

_PARTITIONS = """
    SELECT parent.relname, child.relname
    FROM pg_inherits
    JOIN pg_class AS parent ON parent.oid = inhparent
    JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
"""


def ensure_ahead(connection: Connection[tuple[object, ...]], today: date, ahead_days: int) -> list[str]:
    """Make the partitions of today and the days after it; returns the names of those that were missing."""
    return ensure_partitions(connection, (today + timedelta(days=number) for number in range(ahead_days + 1)))


def ensure_partitions(connection: Connection[tuple[object, ...]], days: Iterable[date]) -> list[str]:
    """Make the partitions of some days in every daily table; returns the names of those that were missing.

    Part of the caller's transaction where there is one. Readers are not blocked. Where a day is missing, it waits for
    whoever has written a currency and not committed yet, and blocks such writing until its transaction ends (the new
    partition's foreign keys ask for that): so in a transaction that does both it comes first.
    """
    wanted = sorted(set(days))
    there = _partition_names(connection)
    if all(table.partition(day) in there for table in DAILY_TABLES for day in wanted):
        return []
    with connection.transaction():
        # Somebody else may make them at the same time: who comes second finds them made.
        hold(connection, WarehouseLock.PARTITIONS)
        made = connection.execute("SELECT make_day_partitions(%s::date[])", [wanted]).fetchall()
    return [str(name) for (name,) in made]


def analyze_daily_tables(connection: Connection[tuple[object, ...]]) -> None:
    """Have PostgreSQL learn what the daily tables hold as a whole, without which joins over days are planned blindly.

    Autovacuum looks at partitions only, never at the table over them. Who doesn't own the tables is only warned.
    """
    # From 18 on without reading each partition again for itself.
    command = "ANALYZE ONLY {}" if connection.info.server_version >= 180000 else "ANALYZE {}"
    for table in DAILY_TABLES:
        connection.execute(sql.SQL(command).format(sql.Identifier(table.name)))


def partition_days(connection: Connection[tuple[object, ...]]) -> dict[str, list[date]]:
    """The days that each daily table has a partition for, in order."""
    days: dict[str, list[date]] = {table.name: [] for table in DAILY_TABLES}
    for parent, child in connection.execute(_PARTITIONS, [[table.name for table in DAILY_TABLES]]):
        day = day_of_partition(str(parent), str(child))
        if day is not None:
            days[str(parent)].append(day)
    return {name: sorted(found) for name, found in days.items()}


def day_of_partition(table: str, partition: str) -> date | None:
    """The day in a partition's name; None for the open versions', which have none."""
    try:
        return datetime.strptime(partition.removeprefix(f"{table}_"), "%Y_%m_%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _partition_names(connection: Connection[tuple[object, ...]]) -> set[str]:
    return {str(child) for _, child in connection.execute(_PARTITIONS, [[table.name for table in DAILY_TABLES]])}


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime.combine(day, time(), UTC)
