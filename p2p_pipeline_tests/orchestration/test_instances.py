"""Both instance files boot, and Dagster finds them where a user starts it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    DagsterInstance,
    MaterializeResult,
    Output,
    asset,
    job,
    materialize,
    op,
)
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.execution.plan.outputs import StepOutputData
from dagster._core.scheduler.instigation import TickStatus
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.event_text import packed, unpacked


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


@asset(key=["bybit", "counted"])
def counted() -> MaterializeResult[None]:
    return MaterializeResult(metadata={"numbers": 7})


@op
def kept_house() -> Output[None]:
    return Output(None, metadata={"numbers": 7})


@job
def one_op() -> None:
    kept_house()


def test_numbers_of_an_asset_are_stored_once_and_those_of_an_op_stay(sqlite_instance: DagsterInstance) -> None:
    of_asset = materialize([counted], instance=sqlite_instance).run_id
    of_op = one_op.execute_in_process(instance=sqlite_instance).run_id

    def outputs(run_id: str) -> list[set[str]]:
        told = [log.dagster_event for log in sqlite_instance.all_logs(run_id) if log.dagster_event]
        assert {str(event.logging_tags) for event in told} == {"{}"}
        said = [event.event_specific_data for event in told]
        return [set(data.metadata) for data in said if isinstance(data, StepOutputData)]

    assert (outputs(of_asset), outputs(of_op)) == ([set()], [{"numbers"}])
    event = sqlite_instance.get_latest_materialization_event(AssetKey(["bybit", "counted"]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["numbers"].value == 7


def _texts(tmp_path: Path, file: str, table: str, column: str) -> list[object]:
    history = tmp_path / "data" / "dagster" / "history" / "runs"
    with sqlite3.connect(history / file) as database:
        return [text for (text,) in database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")]


def test_sqlite_keeps_events_packed_and_a_server_says_the_same(instance: DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize([counted], instance=instance).run_id
    instance.report_runless_asset_event(AssetCheckEvaluation(AssetKey(["bybit", "counted"]), "whole", passed=True))
    (check,) = instance.event_log_storage.get_asset_check_execution_history(
        AssetCheckKey(AssetKey(["bybit", "counted"]), "whole"), limit=2
    )
    assert check.event is not None
    assert check.event.dagster_event_type is DagsterEventType.ASSET_CHECK_EVALUATION
    assert "Started execution of step" in " ".join(log.user_message for log in instance.all_logs(run_id))
    record = instance.get_asset_records([AssetKey(["bybit", "counted"])])[0]
    assert record.asset_entry.last_run_id == run_id
    if (tmp_path / "data" / "dagster" / "history" / "runs").exists():
        kept = _texts(tmp_path, f"{run_id}.db", "event_logs", "event")
        kept += _texts(tmp_path, "index.db", "asset_check_executions", "evaluation_event")
        kept += _texts(tmp_path, "index.db", "asset_keys", "last_materialization")
        assert {type(text) for text in kept} == {bytes}
        assert max(map(len, kept)) < 700  # type: ignore[arg-type]


def test_what_an_older_version_stored_unpacked_is_read(sqlite_instance: DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize([counted], instance=sqlite_instance).run_id
    before = [str(log) for log in sqlite_instance.all_logs(run_id)]
    with sqlite3.connect(tmp_path / "data" / "dagster" / "history" / "runs" / f"{run_id}.db") as database:
        rows = database.execute("SELECT id, event FROM event_logs").fetchall()
        database.executemany("UPDATE event_logs SET event = ? WHERE id = ?", [(unpacked(e), i) for i, e in rows])
    after = [str(log) for log in sqlite_instance.all_logs(run_id)]
    assert len(after) == len(rows) > 0
    assert after == before


@given(st.text())
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert unpacked(packed(text)) == text


def test_what_was_packed_before_is_read_for_ever() -> None:
    stored = bytes.fromhex("0178bbe50524b3232a6960695d22255048349bd70200c6e51838")
    assert unpacked(stored) == '{"__class__": "DagsterEvent", "event_type_value": "STEP_SUCCESS", "pid": 7}'


@pytest.mark.parametrize("spoil", [lambda kept: kept[:-3], lambda kept: kept[:9] + b"\xff\xff" + kept[11:]])
def test_what_was_damaged_is_refused_and_never_half_a_text(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError, match=r"cut short|damaged"):
        unpacked(spoil(packed('{"event_type_value": "STEP_SUCCESS", "pid": 712345}')))


def test_what_a_later_version_packed_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="later version"):
        unpacked(b"\x02" + packed("{}")[1:])
