"""Dagster's daemons and runs as numbers, for the metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from p2p_pipeline.monitoring.dagster_numbers import DagsterNumbers

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


def reader_of(home: Path) -> Callable[[], DagsterNumbers]:
    """A function that reads the instance of a $DAGSTER_HOME.

    It is opened with the first reading and kept: opening costs half a second.
    """
    opened: list[DagsterInstance] = []

    def read() -> DagsterNumbers:
        if not opened:
            opened.append(DagsterInstance.from_config(str(home)))
        return read_dagster(opened[0], datetime.now(UTC))

    return read
