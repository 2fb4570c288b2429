"""What pages read of Dagster's records by SQL is what Dagster was told, in SQLite and in PostgreSQL."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetCheckEvaluation, AssetCheckSeverity, AssetKey, DagsterInstance, MetadataValue
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._daemon.types import DaemonHeartbeat

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.answers.checks import CheckHistory, CheckState
from p2p_pipeline.p2p.answers.dagster_activity import dagster_activity
from p2p_pipeline.p2p.answers.dagster_records import DagsterRecords, RecordsAway
from p2p_pipeline.p2p.answers.recorded_verdicts import newest_verdicts, verdicts_of

OFFERS = ("bybit", "offers")


def tell(instance: DagsterInstance, *, passed: bool, day: str | None, said: str, name: str = "schema_drift") -> None:
    instance.report_runless_asset_event(
        AssetCheckEvaluation(
            asset_key=AssetKey(list(OFFERS)),
            check_name=name,
            passed=passed,
            severity=AssetCheckSeverity.WARN,
            description=said,
            metadata={"expected": MetadataValue.text("none"), "count": MetadataValue.int(3), "limit": 0.5},
            partition=day,
        )
    )


def test_a_check_of_days_is_told_by_its_newest_day_and_one_of_now_by_its_newest_run(
    instance: DagsterInstance, tmp_path: Path
) -> None:
    records = DagsterRecords.of(DataPaths(tmp_path / "data"))
    before = records.version(datetime.now(UTC))
    # A past day that is filled in later is no news of now.
    tell(instance, passed=True, day="2026-11-29", said="yesterday")
    tell(instance, passed=False, day="2026-11-28", said="the day before")
    for passed in (True, True, False):
        tell(instance, passed=passed, day=None, said=f"now {passed}", name="slot_collected")
    found = newest_verdicts(records)
    of_days, of_now = found[OFFERS, "schema_drift"], found[OFFERS, "slot_collected"]
    assert [(one.day, one.passed, one.observed) for one in of_days] == [
        ("2026-11-29", True, "yesterday"),
        ("2026-11-28", False, "the day before"),
    ]
    assert [one.passed for one in of_now] == [False, True, True]
    assert (of_days[0].expected, of_days[0].bad, of_days[0].limit, of_days[0].is_error) == ("none", 3, 0.5, False)
    assert abs(datetime.now(UTC) - of_now[0].judged_at) < timedelta(minutes=5)
    assert CheckHistory(OFFERS, "slot_collected", "", False, tuple(of_now)).state is CheckState.WARNING
    assert verdicts_of(records, "schema_drift") == {(OFFERS, "schema_drift"): of_days}
    assert records.url is not None or records.version(datetime.now(UTC)) != before


def test_a_verdict_in_words_that_nobody_knows_costs_no_other(instance: DagsterInstance, tmp_path: Path) -> None:
    tell(instance, passed=True, day=None, said="readable", name="duplicates")
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)
    with storage.index_connection() as connection:
        connection.execute(
            AssetCheckExecutionsTable.insert().values(
                asset_key='["bybit", "offers"]',
                check_name="duplicates",
                run_id="",
                execution_status="SUCCEEDED",
                evaluation_event='{"from": "another version"}',
                evaluation_event_timestamp=datetime.now(UTC).replace(tzinfo=None),
            )
        )
    found = newest_verdicts(DagsterRecords.of(DataPaths(tmp_path / "data")))
    assert [one.observed for one in found[OFFERS, "duplicates"]] == ["readable"]


def test_a_daemon_is_late_after_five_minutes_and_forgotten_when_the_others_outlived_it_by_a_day(
    instance: DagsterInstance, tmp_path: Path
) -> None:
    beats = {"SENSOR": 10, "SCHEDULER": 600, "ASSET": 200_000}
    for kind, seconds in beats.items():
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - seconds, kind, "one", []))
    records = DagsterRecords.of(DataPaths(tmp_path / "data"))
    # SQLite makes its event log with the first event.
    tell(instance, passed=True, day=None, said="it runs")
    found = dagster_activity(records, datetime.now(UTC))
    assert found is not None
    assert {one.name: one.is_late for one in found.daemons} == {"sensor": False, "scheduler": True}
    assert (found.late, found.is_silent, found.runs_of_day) == (1, False, {})


def test_without_dagster_there_is_nothing_to_read_and_what_can_not_be_read_says_so(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    assert dagster_activity(DagsterRecords.of(paths, {}), datetime.now(UTC)) is None
    away = DagsterRecords.of(paths, {"DAGSTER_PG_URL": "postgresql+psycopg2://who:secret@127.0.0.1:9/none"})
    with pytest.raises(RecordsAway, match="can't be read") as told:
        newest_verdicts(away)
    assert "secret" not in str(told.value)
    file = tmp_path / "dagster/history/runs/index.db"
    file.parent.mkdir(parents=True)
    file.write_text("no database")
    with pytest.raises(RecordsAway, match="can't be read"):
        newest_verdicts(DagsterRecords.of(paths, {}))
