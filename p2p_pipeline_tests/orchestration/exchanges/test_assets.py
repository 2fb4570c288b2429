"""A day of order books through Dagster: replayed, told, judged; and a day on which nothing was watched."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult, build_schedule_context, materialize

from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.exchanges.replay.notes import ScanBegan, ScanEnded, Started, note_frame
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.exchanges.assets import MADE, build_exchange_assets
from p2p_pipeline.orchestration.exchanges.checks import build_exchange_checks
from p2p_pipeline.orchestration.exchanges.properties import EXCHANGE_PROPERTIES
from p2p_pipeline.orchestration.exchanges.schedules import build_exchange_jobs, build_exchange_schedules
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import days_from, first_day

DAY = date(2026, 9, 1)
NOON_NS = int(datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000_000


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    rules = ScanRules((), min_net_edge_pct=0, base_fees={})  # type: ignore[arg-type]
    notes = [
        note_frame(Started("a", True, ("okx",), ("BTC/USDT",), 5.0, rules), NOON_NS),
        note_frame(ScanBegan(1, NOON_NS + 5_000_000_000, 0), NOON_NS + 5_000_000_100),
        note_frame(ScanEnded(1, 1.5), NOON_NS + 5_001_000_000),
    ]
    with closing(Recorder(paths.exchange_frames, Source.SIMULATED)) as recorder:
        for note in notes:
            recorder.write(note)
    return paths


def made(paths: DataPaths, day: date) -> ExecuteInProcessResult:
    days = days_from(DAY)
    return materialize(
        [*build_exchange_assets(days, paths), build_exchange_checks(days)],
        instance=DagsterInstance.ephemeral(),
        partition_key=day.isoformat(),
        resources={"installation": Installation(data_dir=str(paths.root))},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def test_a_crashed_hour_gets_its_scans_from_its_frames_and_every_check_is_told(paths: DataPaths) -> None:
    result = made(paths, DAY)
    told = {
        event.asset_key: event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    assert set(told) == {AssetKey(["exchanges", name]) for name in ("frames", *(one.name for one in MADE))}
    assert told[AssetKey(["exchanges", "scans"])]["dagster/row_count"].value == 1
    assert told[AssetKey(["exchanges", "frames"])]["frames"].value == 3
    checks = result.get_asset_check_evaluations()
    assert {check.check_name for check in checks} == {entry.name for entry in EXCHANGE_PROPERTIES}
    assert all(check.passed for check in checks)


def test_partitions_begin_with_the_first_day_that_was_watched_and_only_such_days_are_worked_on(
    paths: DataPaths, sqlite_instance: DagsterInstance
) -> None:
    assert first_day(paths, None, date(2026, 9, 9)) == DAY
    hours, _ = build_exchange_schedules(build_exchange_jobs())
    installation = Installation(data_dir=str(paths.root))
    asked: list[Any] = []
    for day in (2, 3):
        with build_schedule_context(
            instance=sqlite_instance,
            scheduled_execution_time=datetime(2026, 9, day, 0, 5, tzinfo=UTC),
            resources={"installation": installation},
        ) as context:
            asked.append(hours(context))
    assert asked[0].partition_key == "2026-09-01"
    assert "No order books were watched on 2026-09-02" in str(asked[1])
