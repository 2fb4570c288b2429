"""What only one connection of a warehouse may do at a time. PostgreSQL frees a lock when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    PACKING = 5
    """Writing indexes of closed days anew."""


def hold(connection: Connection[tuple[object, ...]], lock: WarehouseLock) -> None:
    """Wait for the lock and hold it until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s::int, %s::int)", (_OURS, int(lock)))


def hold_for_session(connection: Connection[tuple[object, ...]], lock: WarehouseLock) -> None:
    """Wait for the lock and hold it, over all of its transactions, until the connection is closed."""
    connection.execute("SELECT pg_advisory_lock(%s::int, %s::int)", (_OURS, int(lock)))


@contextmanager
def is_held(connection: Connection[tuple[object, ...]], lock: WarehouseLock) -> Iterator[bool]:
    """Whether the lock could be had at once; then it is held over all transactions of the block."""
    key = (_OURS, int(lock))
    [(is_ours,)] = connection.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", key).fetchall()
    try:
        yield bool(is_ours)
    finally:
        if is_ours and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", key)
