"""What the metrics say of Dagster is what its records say, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat

from p2p_pipeline.orchestration.dagster_metrics import read_dagster, reader_of_home
from p2p_pipeline.paths import DataPaths
from p2p_pipeline_tests.orchestration.conftest import REPOSITORY


@op
def fails() -> None:
    raise RuntimeError("made to fail")


@job
def failing() -> None:
    fails()


def test_daemons_and_runs_are_told(instance: DagsterInstance) -> None:
    now = datetime.now(UTC)
    seen = now - timedelta(seconds=90)
    instance.add_daemon_heartbeat(DaemonHeartbeat(seen.timestamp(), "SENSOR", None, None))
    instance.add_daemon_heartbeat(DaemonHeartbeat(seen.timestamp(), "NO_LONGER_CONFIGURED", None, None))
    create_run_for_test(instance, job_name="begins", status=DagsterRunStatus.STARTING)
    failing.execute_in_process(instance=instance, raise_on_error=False)
    told = read_dagster(instance, now)
    assert told.heartbeats.keys() == {"sensor"}
    assert abs(told.heartbeats["sensor"] - seen) < timedelta(seconds=1)
    assert told.runs == {"queued": 0, "not_started": 0, "starting": 1, "started": 0, "canceling": 0}
    assert told.finished_24h == {"success": 0, "failure": 1, "canceled": 0}
    assert read_dagster(instance, now + timedelta(days=2)).finished_24h["failure"] == 0


def test_the_instance_of_p2p_up_is_found_with_nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = DataPaths(tmp_path / "data")
    monkeypatch.setenv("P2P_DATA_DIR", str(paths.root))
    assert reader_of_home(paths, {}) is None
    (paths.root / "dagster").mkdir(parents=True)
    shutil.copyfile(REPOSITORY / "dagster.yaml", paths.root / "dagster" / "dagster.yaml")
    read = reader_of_home(paths, {})
    assert read is not None
    assert sum(read().runs.values()) == 0
