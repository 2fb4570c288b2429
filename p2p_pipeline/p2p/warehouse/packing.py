"""The indexes of days that are over are written anew without room: nothing is added to them any more.

An index that grew row by row is a third empty. On thirty days of the full market that was 1.1 of 9.5 GB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from psycopg import Connection, errors, sql

from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, is_held
from p2p_pipeline.p2p.warehouse.partitions import DAILY_TABLES, partition_days

CLOSED_AFTER = timedelta(days=2)
"""Yesterday's versions still end today: an offer's span lies in the day of its end, and sweeps may come late."""
_PATIENCE_SECONDS = 60.0
_GROWN = 1.1
"""An index that grew by so much since it was packed, through late sweeps or a rebuilding, is packed again."""
_PACKED = "Packed to {size} bytes when its day was over"
_UNPACKED = """
    SELECT indexed.relname, pg_relation_size(indexed.oid)
    FROM pg_index
    JOIN pg_class AS indexed ON indexed.oid = indexrelid
    JOIN pg_class AS partition ON partition.oid = indrelid
    JOIN pg_am AS method ON method.oid = indexed.relam
    WHERE partition.relnamespace = 'public'::regnamespace AND partition.relname = ANY (%s)
        AND method.amname = 'btree' AND indisvalid
        AND pg_has_role(partition.relowner, 'USAGE')
        AND pg_relation_size(indexed.oid) > %s
            * coalesce(substring(obj_description(indexed.oid, 'pg_class') FROM '^Packed to ([0-9]+) bytes')::bigint, 0)
    ORDER BY indexed.relname
"""
_ABANDONED = """
    SELECT indexed.relname
    FROM pg_index
    JOIN pg_class AS indexed ON indexed.oid = indexrelid
    JOIN pg_class AS partition ON partition.oid = indrelid
    WHERE partition.relnamespace = 'public'::regnamespace AND partition.relname = ANY (%s)
        AND NOT indisvalid AND indexed.relname ~ '_ccnew[0-9]*$|_ccold[0-9]*$'
        AND pg_has_role(partition.relowner, 'USAGE')
"""


@dataclass(frozen=True, slots=True)
class PackReport:
    """What packing did."""

    indexes: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    is_postponed: bool = False
    """Somebody's transaction went on for too long: the next call goes on from here."""


def pack_closed_days(
    connection: Connection[tuple[object, ...]], today: date, *, patience_seconds: float = _PATIENCE_SECONDS
) -> PackReport:
    """Write the indexes of closed days anew, where that was not done yet; readers and loads go on meanwhile.

    The connection commits by itself. Days of tables that somebody else owns are left as they are, and everything is
    while another process does it. For transactions that began before it waits so long each time and no longer.
    """
    with is_held(connection, WarehouseLock.PACKING) as is_ours:
        if not is_ours:
            return PackReport()
        names = _closed_partitions(connection, today)
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{patience_seconds * 1000:.0f}ms"])
        try:
            return _pack_all(connection, names)
        finally:
            if not connection.broken:
                connection.execute("RESET lock_timeout")


def _pack_all(connection: Connection[tuple[object, ...]], names: list[str]) -> PackReport:
    report = PackReport()
    try:
        # What a packing that was killed left behind takes room and is kept up to date for nobody.
        for (name,) in connection.execute(_ABANDONED, [names]).fetchall():
            connection.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(str(name))))
        for name, size in connection.execute(_UNPACKED, [names, _GROWN]).fetchall():
            after = _pack(connection, str(name))
            before = report.bytes_before + int(str(size))
            report = PackReport(report.indexes + 1, before, report.bytes_after + after)
    except (errors.LockNotAvailable, errors.DeadlockDetected):
        return replace(report, is_postponed=True)
    return report


def _closed_partitions(connection: Connection[tuple[object, ...]], today: date) -> list[str]:
    closed = today - CLOSED_AFTER
    days = partition_days(connection)
    return [table.partition(day) for table in DAILY_TABLES for day in days[table.name] if day <= closed]


def _pack(connection: Connection[tuple[object, ...]], name: str) -> int:
    index = sql.Identifier(name)
    connection.execute(sql.SQL("ALTER INDEX {} SET (fillfactor = 100)").format(index))
    connection.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(index))
    [(size,)] = connection.execute("SELECT pg_relation_size(%s::regclass)", [name]).fetchall()
    comment = sql.Literal(_PACKED.format(size=size))
    connection.execute(sql.SQL("COMMENT ON INDEX {} IS {}").format(index, comment))
    return int(str(size))
