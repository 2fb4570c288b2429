"""Days whose time is over leave the warehouse as a whole; what only they referred to follows.

The raw store has its own retention: what it still holds of such days is not loaded again (`first_kept_day`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import Connection, errors, sql

from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold
from p2p_pipeline.p2p.warehouse.partitions import DAILY_TABLES, midnight, partition_days
from p2p_pipeline.p2p.warehouse.statements import run
from p2p_pipeline.postgres.troubles import WarehouseError

_PATIENCE_SECONDS = 120.0
_LOCK_MILLISECONDS = 200
"""Everybody who comes after a waiting DROP waits too: so it never waits long."""


@dataclass(frozen=True, slots=True)
class ExpiryReport:
    """What left the warehouse."""

    days: tuple[date, ...] = ()
    postponed: tuple[date, ...] = ()
    """Days that somebody read all the time: the next call tries again."""
    batches: int = 0
    advertisements: int = 0
    terms: int = 0


def first_kept_day(today: date, keep_days: int | None) -> date:
    """The oldest day that stays: today and the `keep_days` days before it. Without a limit, the beginning of time."""
    if keep_days is None:
        return date.min
    return today - timedelta(days=min(keep_days, today.toordinal() - 1))


def refuse_expired(day: date, oldest: date) -> None:
    """Raise WarehouseError for a day before `first_kept_day`: loaded again, it would stand there without its past."""
    if day < oldest:
        raise WarehouseError(
            f"{day} is before {oldest}, the first day that warehouse.keep_days keeps; choose a later day, or keep more "
            "days in settings.yaml"
        )


def drop_expired(
    connection: Connection[tuple[object, ...]],
    today: date,
    keep_days: int | None,
    *,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> ExpiryReport:
    """Drop the days before `first_kept_day`, each in a transaction of its own. The connection is in none.

    Readers wait at most a fifth of a second for it; where they read all the time, the day is postponed.
    """
    first = first_kept_day(today, keep_days)
    expired = sorted({day for days in partition_days(connection).values() for day in days if day < first})
    # Asking has begun a transaction where the connection doesn't commit by itself.
    connection.rollback()
    if not expired:
        return ExpiryReport()
    dropped: list[date] = []
    batches = 0
    deadline = time.monotonic() + patience_seconds
    for day in expired:
        deleted = _drop_patiently(connection, day, deadline)
        if deleted is None:
            break
        dropped.append(day)
        batches += deleted
    advertisements, terms = _drop_orphans(connection, first) if dropped else (0, 0)
    return ExpiryReport(tuple(dropped), tuple(expired[len(dropped) :]), batches, advertisements, terms)


def _drop_patiently(connection: Connection[tuple[object, ...]], day: date, deadline: float) -> int | None:
    while True:
        try:
            return _drop(connection, day, max(1.0, deadline - time.monotonic()))
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if time.monotonic() > deadline:
                return None
            time.sleep(0.3)


def _drop(connection: Connection[tuple[object, ...]], day: date, load_seconds: float) -> int:
    """Drop a day's partitions and its batches; returns how many batches."""
    after = midnight(day + timedelta(days=1))
    with connection.transaction():
        # A load may take its time; it is waited for before any reader could be in the way.
        _wait_at_most(connection, load_seconds * 1000)
        hold(connection, WarehouseLock.LOAD)
        hold(connection, WarehouseLock.PARTITIONS)
        _wait_at_most(connection, _LOCK_MILLISECONDS)
        names = sql.SQL(", ").join(sql.Identifier(table.partition(day)) for table in DAILY_TABLES)
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(names))
        # A sweep over midnight was read on two days; without its beginning the rest of it is no batch any more.
        connection.execute(
            "DELETE FROM fact_market_depth WHERE extraction_timestamp >= %s AND batch_id IN "
            "(SELECT batch_id FROM ops_batch_runs WHERE batch_start_time < %s)",
            [after, after],
        )
        return connection.execute("DELETE FROM ops_batch_runs WHERE batch_start_time < %s", [after]).rowcount


def _drop_orphans(connection: Connection[tuple[object, ...]], first: date) -> tuple[int, int]:
    """Delete the advertisements and texts that no version refers to any more."""
    with connection.transaction():
        hold(connection, WarehouseLock.LOAD)
        return (
            run(connection, "drop_orphans.sql", "advertisements", before=midnight(first)),
            run(connection, "drop_orphans.sql", "terms", before=midnight(first)),
        )


def _wait_at_most(connection: Connection[tuple[object, ...]], milliseconds: float) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{milliseconds:.0f}ms"])
