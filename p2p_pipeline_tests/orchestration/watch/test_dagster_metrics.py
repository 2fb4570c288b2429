"""What the metrics say of Dagster is what its records say, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat

from p2p_pipeline.orchestration.watch.dagster_metrics import read_dagster, reader_of
from p2p_pipeline_tests.shared_files import REPOSITORY


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


def test_the_instance_of_a_home_is_opened_when_it_is_asked_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_DATA_DIR", str(tmp_path / "data"))
    read = reader_of(tmp_path / "home")
    (tmp_path / "home").mkdir()
    shutil.copyfile(REPOSITORY / "dagster.yaml", tmp_path / "home" / "dagster.yaml")
    assert sum(read().runs.values()) == 0
    (tmp_path / "home" / "dagster.yaml").unlink()
    assert sum(read().runs.values()) == 0
