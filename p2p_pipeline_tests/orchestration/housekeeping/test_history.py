"""History is pruned on real instances, and what the UI's state rests on stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as db
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    MaterializeResult,
    asset,
    materialize,
)
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.schema import RunTagsTable
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage

from p2p_pipeline.orchestration.housekeeping.history import HistoryPolicy, PruneReport, prune_history
from p2p_pipeline.orchestration.partitions import days_from
from p2p_pipeline.orchestration.run_tags import BRIEF

POLICY = HistoryPolicy(runs=timedelta(days=14))
KEY = AssetKey(["bybit", "offers"])


@asset(key=KEY, partitions_def=days_from(date(2024, 1, 1)), check_specs=[AssetCheckSpec("sound", asset=KEY)])
def offers() -> MaterializeResult:  # type: ignore[type-arg]  # Dagster knows only the bare name
    return MaterializeResult(check_results=[AssetCheckResult(check_name="sound", passed=True)])


@asset
def failing() -> None:
    raise RuntimeError


def run(instance: DagsterInstance, day: str, tags: dict[str, str] | None = None) -> str:
    return materialize([offers], instance=instance, partition_key=day, tags=tags).run_id


def later(**passed: int) -> datetime:
    return datetime.now(UTC) + timedelta(**passed)


def run_ids(instance: DagsterInstance) -> set[str]:
    return {record.dagster_run.run_id for record in instance.get_run_records()}


def count_events(instance: DagsterInstance, run_id: str) -> int:
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    events = SqlEventLogStorageTable.c
    with storage.index_connection() as connection:
        query = db.select(db.func.count()).where(events.run_id == run_id)
        return int(connection.execute(query).scalar_one())


def test_old_runs_go_and_the_newest_of_each_partition_stays(instance: DagsterInstance) -> None:
    first, second = run(instance, "2026-11-18"), run(instance, "2026-11-18")
    other = run(instance, "2026-11-19")
    failed = materialize([failing], instance=instance, raise_on_error=False).run_id
    assert prune_history(instance, POLICY, later(days=13)).runs == 0
    assert prune_history(instance, POLICY, later(days=15)).runs == 2
    assert run_ids(instance) == {second, other}
    assert count_events(instance, first) == count_events(instance, failed) == 0
    assert instance.get_materialized_partitions(KEY) == {"2026-11-18", "2026-11-19"}
    newest = instance.get_latest_materialization_event(KEY)
    assert newest is not None
    assert newest.run_id == other


def test_micro_batches_go_after_hours_but_failed_ones_stay_to_be_looked_at(sqlite_instance: DagsterInstance) -> None:
    tags = dict(BRIEF)
    batches = [run(sqlite_instance, "2026-11-20", tags) for _ in range(3)]
    failed = materialize([failing], instance=sqlite_instance, raise_on_error=False, tags=tags).run_id
    normal = run(sqlite_instance, "2026-11-19")
    assert prune_history(sqlite_instance, POLICY, later(hours=7)).runs == 2
    assert run_ids(sqlite_instance) == {batches[-1], failed, normal}


def test_tick_events_go_after_days_but_each_partition_keeps_its_newest(instance: DagsterInstance) -> None:
    key = AssetKey(["bybit", "raw_snapshots"])
    for day in ("2026-11-19", "2026-11-20"):
        for slot in range(3):
            instance.report_runless_asset_event(AssetMaterialization(key, partition=day, metadata={"slot": slot}))
            instance.report_runless_asset_event(
                AssetCheckEvaluation(asset_key=key, check_name="collected", passed=slot != 2)
            )
    assert prune_history(instance, POLICY, later(days=1)) == PruneReport(0, 0, 0)
    report = prune_history(instance, POLICY, later(days=3))
    # Four materializations and, as their own state is kept elsewhere, all six evaluations.
    assert report == PruneReport(runs=0, tick_events=10, check_executions=5)
    assert instance.get_materialized_partitions(key) == {"2026-11-19", "2026-11-20"}
    newest = instance.get_latest_materialization_event(key)
    assert newest is not None
    assert newest.asset_materialization is not None
    assert newest.asset_materialization.metadata["slot"].value == 2
    check = AssetCheckKey(key, "collected")
    (record,) = instance.event_log_storage.get_asset_check_execution_history(check, limit=9, partition_filter=None)[:1]
    assert record.status.value == "FAILED"


def test_pruning_an_asset_does_not_stop_it_from_being_materialized_again(sqlite_instance: DagsterInstance) -> None:
    run(sqlite_instance, "2026-11-18")
    run(sqlite_instance, "2026-11-18")
    prune_history(sqlite_instance, POLICY, later(days=20))
    newest = run(sqlite_instance, "2026-11-18")
    assert prune_history(sqlite_instance, POLICY, later(days=20)).runs == 1
    assert run_ids(sqlite_instance) == {newest}


def test_no_file_row_or_log_of_a_pruned_run_is_left_in_sqlite(sqlite_instance: DagsterInstance, tmp_path: Path) -> None:
    gone, kept = run(sqlite_instance, "2026-11-18", {"some": "tag"}), run(sqlite_instance, "2026-11-18")
    prune_history(sqlite_instance, POLICY, later(days=15))
    assert not [path for path in tmp_path.rglob("*") if gone in path.name]
    assert [path for path in tmp_path.rglob("*") if kept in path.name]
    storage = sqlite_instance.run_storage
    assert isinstance(storage, SqlRunStorage)
    with storage.connect() as connection:
        tagged = {row[0] for row in connection.execute(db.select(RunTagsTable.c.run_id))}
    assert gone not in tagged
    assert isinstance(sqlite_instance.event_log_storage, SqliteEventLogStorage)
