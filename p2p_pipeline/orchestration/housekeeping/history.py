"""Keep Dagster's own history from growing for ever; Dagster has nothing for it.

Runs go through Dagster's public `delete_run`. Two things have no public way out: events that belong to no run (those of
the collecting ticks) and the records of check executions. They are removed through the storage's own tables, the same
for SQLite and PostgreSQL. What the UI's state rests on always stays: of each asset, check and partition the newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster import DagsterInstance, RunsFilter
from dagster._core.events import DagsterEventType
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage

from p2p_pipeline.orchestration.run_tags import BRIEF

RUN_BATCH = 500


@dataclass(frozen=True, slots=True)
class HistoryPolicy:
    """How long what is kept. The newest event of each asset, check and partition stays whatever its age."""

    runs: timedelta
    brief_runs: timedelta = timedelta(hours=2)
    """For successful runs with the tag `p2p/keep: brief`: some 360 a day, of about 200 kB each in SQLite."""
    tick_events: timedelta = timedelta(days=2)
    """For events that belong to no run: what the collecting ticks report."""


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was removed."""

    runs: int
    tick_events: int
    check_executions: int


def prune_history(instance: DagsterInstance, policy: HistoryPolicy, now: datetime) -> PruneReport:
    """Remove runs, their events and logs, tick events and check records that are older than the policy keeps."""
    protected = _runs_of_newest_materializations(instance)
    runs = 0
    for run_id in _old_runs(instance, policy, now):
        if run_id not in protected:
            _delete_run(instance, run_id)
            runs += 1
    _delete_orphaned_run_tags(instance)
    tick_events = _delete_tick_events(instance, now - policy.tick_events)
    check_executions = _delete_check_executions(instance, now - policy.tick_events)
    return PruneReport(runs, tick_events, check_executions)


def _old_runs(instance: DagsterInstance, policy: HistoryPolicy, now: datetime) -> list[str]:
    finished = list(FINISHED_STATUSES)
    old = RunsFilter(statuses=finished, created_before=now - policy.runs)
    brief = RunsFilter(statuses=finished, created_before=now - policy.brief_runs, tags=BRIEF)
    found = [record.dagster_run.run_id for record in instance.get_run_records(old)]
    found += [r.dagster_run.run_id for r in instance.get_run_records(brief) if r.dagster_run.is_success]
    return list(dict.fromkeys(found))


def _delete_run(instance: DagsterInstance, run_id: str) -> None:
    instance.delete_run(run_id)
    # Dagster empties the run's own SQLite file but leaves it there: 130 kB of empty tables a run.
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        shard = Path(storage.path_for_shard(run_id))
        for path in (shard, shard.with_name(f"{shard.name}-wal"), shard.with_name(f"{shard.name}-shm")):
            path.unlink(missing_ok=True)
    instance.compute_log_manager.delete_logs(prefix=[run_id])


def _delete_orphaned_run_tags(instance: DagsterInstance) -> None:
    storage = instance.run_storage
    if isinstance(storage, SqlRunStorage):
        # SQLite does not follow the tables' ON DELETE CASCADE unless told to, and Dagster does not tell it.
        with storage.connect() as connection:
            known = db.select(RunsTable.c.run_id)
            connection.execute(db.delete(RunTagsTable).where(RunTagsTable.c.run_id.not_in(known)))


def _events(instance: DagsterInstance) -> SqlEventLogStorage:
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise TypeError(f"event log storage was {type(storage).__name__}; history can be pruned in SQL storages only")
    return storage


def _runs_of_newest_materializations(instance: DagsterInstance) -> set[str]:
    events = SqlEventLogStorageTable.c
    with _events(instance).index_connection() as connection:
        newest = [row[0] for row in connection.execute(_newest_per_partition(DagsterEventType.ASSET_MATERIALIZATION))]
        run_ids: set[str] = set()
        for some in _chunks(newest):
            rows = connection.execute(db.select(events.run_id).where(events.id.in_(some)))
            run_ids.update(row[0] for row in rows)
    return run_ids


def _newest_per_partition(event_type: DagsterEventType) -> Any:
    events = SqlEventLogStorageTable.c
    return (
        db.select(db.func.max(events.id))
        .where(events.dagster_event_type == event_type.value, events.asset_key.is_not(None))
        .group_by(events.asset_key, events.partition)
    )


def _delete_tick_events(instance: DagsterInstance, before: datetime) -> int:
    events = SqlEventLogStorageTable.c
    storage = _events(instance)
    old = db.and_(events.run_id == RUNLESS_RUN_ID, events.timestamp < _stored_time(before))
    with storage.index_connection() as connection:
        # A check evaluation has no asset key in this table; its newest is kept in asset_check_executions.
        kept = _newest_per_partition(DagsterEventType.ASSET_MATERIALIZATION).union(
            _newest_per_partition(DagsterEventType.ASSET_OBSERVATION)
        )
        doomed = [row[0] for row in connection.execute(db.select(events.id).where(old, events.id.not_in(kept)))]
        for some in _chunks(doomed):
            connection.execute(db.delete(AssetEventTagsTable).where(AssetEventTagsTable.c.event_id.in_(some)))
            connection.execute(db.delete(SqlEventLogStorageTable).where(events.id.in_(some)))
    if isinstance(storage, SqliteEventLogStorage):
        # SQLite holds a second copy of these events in a file of their own, from which no state is read.
        with storage.run_connection(RUNLESS_RUN_ID) as connection:
            connection.execute(db.delete(SqlEventLogStorageTable).where(old))
    return len(doomed)


def _delete_check_executions(instance: DagsterInstance, before: datetime) -> int:
    checks = AssetCheckExecutionsTable.c
    with _events(instance).index_connection() as connection:
        newest = db.select(db.func.max(checks.id)).group_by(checks.asset_key, checks.check_name, checks.partition)
        old = checks.evaluation_event_timestamp < _stored_time(before)
        doomed = [row[0] for row in connection.execute(db.select(checks.id).where(old, checks.id.not_in(newest)))]
        for some in _chunks(doomed):
            connection.execute(db.delete(AssetCheckExecutionsTable).where(checks.id.in_(some)))
    return len(doomed)


def _stored_time(moment: datetime) -> datetime:
    """Event times are stored as UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _chunks(values: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(values), RUN_BATCH):
        yield values[start : start + RUN_BATCH]
