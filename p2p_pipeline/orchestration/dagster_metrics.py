"""Dagster's daemons and runs as numbers, for the metrics."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from p2p_pipeline.monitoring.dagster_numbers import DagsterNumbers
from p2p_pipeline.orchestration.instance_storage import DAGSTER_FOLDER
from p2p_pipeline.paths import DataPaths

UNDER_WAY = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
)
FINISHED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


def read_dagster(instance: DagsterInstance, now: datetime) -> DagsterNumbers:
    """Count runs by status, and say when each daemon was last seen."""
    since = now - timedelta(days=1)
    # One that is no longer configured has left its last sign of life for ever.
    required = set(instance.get_required_daemon_types())
    beats = {daemon: beat for daemon, beat in instance.get_daemon_heartbeats().items() if daemon in required}
    return DagsterNumbers(
        {daemon.lower(): datetime.fromtimestamp(beat.timestamp, UTC) for daemon, beat in beats.items()},
        {status.value.lower(): instance.get_runs_count(RunsFilter(statuses=[status])) for status in UNDER_WAY},
        {
            status.value.lower(): instance.get_runs_count(RunsFilter(statuses=[status], created_after=since))
            for status in FINISHED
        },
    )


def reader_of_home(
    paths: DataPaths, environment: Mapping[str, str] = os.environ
) -> Callable[[], DagsterNumbers] | None:
    """A function that reads the instance of $DAGSTER_HOME, or of `p2p up`; None where there is none to read.

    The instance is opened with the first reading and kept: opening costs half a second.
    """
    home = Path(environment.get("DAGSTER_HOME", "").strip() or paths.root / DAGSTER_FOLDER)
    if not (home / "dagster.yaml").is_file():
        return None
    opened: list[DagsterInstance] = []

    def read() -> DagsterNumbers:
        if not opened:
            opened.append(DagsterInstance.from_config(str(home)))
        return read_dagster(opened[0], datetime.now(UTC))

    return read
