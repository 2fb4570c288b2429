"""What only one connection of a warehouse may do at a time. PostgreSQL frees a lock when its holder dies."""

from __future__ import annotations

from enum import IntEnum

from psycopg import Connection

_OURS = 0x70327077
"""`p2pw`: keeps our numbers apart from other programs' in the same database."""


class WarehouseLock(IntEnum):
    """The second half of the advisory lock's key."""

    MIGRATION = 1
    PARTITIONS = 2
    LOAD = 3
    """Changing facts: loading, rebuilding, dropping old days."""
    VIEWS = 4
    """Making the hours, days and materialized views."""


def hold(connection: Connection[tuple[object, ...]], lock: WarehouseLock) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s::int, %s::int)", (_OURS, int(lock)))


def hold_for_session(connection: Connection[tuple[object, ...]], lock: WarehouseLock) -> None:
    """Wait for the lock and hold it, over all of its transactions, until the connection is closed."""
    connection.execute("SELECT pg_advisory_lock(%s::int, %s::int)", (_OURS, int(lock)))
