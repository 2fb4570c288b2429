"""Both instance files boot, and Dagster finds them where a user starts it."""

from __future__ import annotations

from pathlib import Path

from dagster import AssetKey, AssetMaterialization, DagsterInstance, job, op
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus


@op
def nothing() -> None:
    pass


@job
def tiny() -> None:
    nothing()


def test_an_instance_runs_a_job_and_takes_an_event_from_a_tick(instance: DagsterInstance) -> None:
    assert tiny.execute_in_process(instance=instance).success
    instance.report_runless_asset_event(
        AssetMaterialization(AssetKey(["bybit", "raw_snapshots"]), partition="2026-11-20")
    )
    assert [record.dagster_run.job_name for record in instance.get_run_records()] == ["tiny"]
    assert instance.get_materialized_partitions(AssetKey(["bybit", "raw_snapshots"])) == {"2026-11-20"}


def test_an_instance_is_configured_for_ticks_that_take_seconds_and_for_two_cores(instance: DagsterInstance) -> None:
    assert instance.get_settings("sensors")["use_threads"] is True
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] > 0
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled
    limits = instance.get_concurrency_config()
    assert limits.pool_config.default_pool_limit == 1
    kept = instance.get_tick_retention_settings(InstigatorType.SENSOR)
    assert 0 < kept[TickStatus.SKIPPED] <= 2
    assert kept[TickStatus.SUCCESS] > 0


def test_dagsters_own_files_lie_beside_the_data(sqlite_instance: DagsterInstance, tmp_path: Path) -> None:
    tiny.execute_in_process(instance=sqlite_instance)
    assert (tmp_path / "data" / "dagster" / "history" / "runs.db").exists()
    assert (tmp_path / "data" / "dagster" / "compute_logs").exists()
