"""Runs whose process is gone: after a kill or a reboot nobody else ends them, and they hold their venue's pool.

Dagster's run monitoring can't ask the default launcher's runs how they are, so it ends such a run by its age only.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta

import orjson
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.events import EngineEventData
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.tags import GRPC_INFO_TAG

RESTART = "The process of this run is gone, as after a kill or a reboot. Its tables are whole; the next run goes on."
CLOCK_SLACK_SECONDS = 5.0
"""`ps` tells ages in whole seconds."""
_ETIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)")


def end_dead_runs(instance: DagsterInstance, is_alive: Callable[[int, float], bool] | None = None) -> list[str]:
    """Fail the runs of this machine whose process is gone; their ids.

    `is_alive` says whether a process that was there at a moment is still there; see is_process_alive.
    """
    ended = []
    judge = is_process_alive if is_alive is None else is_alive
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING])):
        told = _process_of(instance, run) if _is_of_this_machine(instance, run) else None
        if told is None or judge(*told):
            continue
        # A process tells its end before it ends: asked again after it is gone, the storage knows.
        now = instance.get_run_by_id(run.run_id)
        if now is not None and not now.is_finished:
            instance.report_run_failed(now, RESTART)
            ended.append(run.run_id)
    return ended


def is_process_alive(pid: int, seen_at: float) -> bool:
    """Whether the process that had a number at a moment (seconds of the epoch) still runs.

    Numbers are given again, after a reboot soon: a process that is younger than the moment is another one.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    age = _age_seconds(pid)
    return age is None or time.time() - age <= seen_at + CLOCK_SLACK_SECONDS


def _age_seconds(pid: int) -> float | None:
    try:
        command = ["ps", "-o", "etime=", "-p", str(pid)]
        asked = subprocess.run(command, check=False, capture_output=True, text=True, timeout=5)  # noqa: S603 - no input
    except (OSError, subprocess.TimeoutExpired):
        # Without `ps`, as in a small container, the number has to do.
        return None
    found = _ETIME.fullmatch(asked.stdout.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def _is_of_this_machine(instance: DagsterInstance, run: DagsterRun) -> bool:
    if isinstance(instance.event_log_storage, SqliteEventLogStorage):
        return True
    server = orjson.loads(run.tags.get(GRPC_INFO_TAG) or "{}")
    # Also a code location in a container of its own: the others call it by the name it has itself.
    return server.get("host") in ("localhost", "127.0.0.1", socket.gethostname())


def _process_of(instance: DagsterInstance, run: DagsterRun) -> tuple[int, float] | None:
    """The number of the process that executes a run, and when it was told: the first one, for steps may have theirs."""
    for entry in instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
        data = entry.dagster_event.event_specific_data if entry.dagster_event else None
        if isinstance(data, EngineEventData) and "pid" in data.metadata:
            return int(str(data.metadata["pid"].value)), entry.timestamp
    return None
