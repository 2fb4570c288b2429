"""What runs in Dagster: its daemons' signs of life, sensors and schedules that are late or fail, runs that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from p2p_pipeline.p2p.answers.dagster_records import DagsterRecords, Database, stored_moment

SILENT_AFTER = timedelta(minutes=5)
"""A daemon beats every half minute; Dagster itself calls one silent after this long."""
LATE_STEPS = 4
"""A sensor that missed so many of its steps is late: a tick may take longer than a step."""
LEAST_LATE = timedelta(minutes=3)
FORGOTTEN_AFTER = timedelta(days=1)
"""What has been silent this much longer than the others is no longer configured: its last sign stays for ever."""
MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Daemon:
    """One of Dagster's own processes."""

    name: str
    beat_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Ticking:
    """A sensor or a schedule, by its newest tick."""

    name: str
    kind: str
    """`sensors` or `schedules`, as Dagster's addresses have it."""
    ticked_at: datetime
    is_late: bool
    error: str
    """Why its newest tick failed; empty when it did not."""


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run of the last day that failed."""

    run_id: str
    job: str
    day: str | None
    began_at: datetime


@dataclass(frozen=True, slots=True)
class DagsterActivity:
    """All of it, as of one moment."""

    daemons: tuple[Daemon, ...]
    ticking: tuple[Ticking, ...]
    failed_runs: tuple[FailedRun, ...]
    """The newest first, so many at most."""
    runs_of_day: Mapping[str, int]
    """Runs begun in the last 24 hours, by their status in small letters."""

    @property
    def is_silent(self) -> bool:
        """Whether no daemon gives a sign of life: Dagster does not run."""
        return all(one.is_late for one in self.daemons)

    @property
    def late(self) -> int:
        """Daemons, sensors and schedules that are late or fail."""
        return sum(one.is_late for one in self.daemons) + sum(one.is_late or bool(one.error) for one in self.ticking)


def dagster_activity(records: DagsterRecords, now: datetime) -> DagsterActivity | None:
    """What there is; None where Dagster never ran on this data. Raises RecordsAway."""
    if not records.are_there:
        return None
    since = (now - timedelta(days=1)).astimezone(UTC).replace(tzinfo=None)
    # SQLite compares text: the same form as SQLAlchemy writes.
    bound: object = since if records.url is not None else f"{since:%Y-%m-%d %H:%M:%S.%f}"
    runs = records.rows(
        Database.RUNS,
        'SELECT run_id, pipeline_name AS job, status, "partition" AS day, create_timestamp AS began_at FROM runs '
        "WHERE create_timestamp >= ? ORDER BY id DESC",
        [bound],
    )
    counts: dict[str, int] = {}
    for row in runs:
        counts[row["status"].lower()] = counts.get(row["status"].lower(), 0) + 1
    failed = [row for row in runs if row["status"] == "FAILURE"][:MOST_RUNS]
    return DagsterActivity(
        _daemons(records, now),
        _ticking(records, now),
        tuple(
            FailedRun(row["run_id"], row["job"], row["day"] or None, stored_moment(row["began_at"])) for row in failed
        ),
        counts,
    )


def _daemons(records: DagsterRecords, now: datetime) -> tuple[Daemon, ...]:
    rows = records.rows(Database.RUNS, "SELECT daemon_type, timestamp FROM daemon_heartbeats ORDER BY daemon_type")
    beats = {row["daemon_type"].lower(): stored_moment(row["timestamp"]) for row in rows}
    newest = max(beats.values(), default=now)
    return tuple(
        Daemon(name, beat, now - beat > SILENT_AFTER) for name, beat in beats.items() if newest - beat < FORGOTTEN_AFTER
    )


def _ticking(records: DagsterRecords, now: datetime) -> tuple[Ticking, ...]:
    steps = _steps(records)
    rows = records.rows(
        Database.TICKS,
        "SELECT selector_id, type, status, timestamp, tick_body FROM job_ticks "
        "WHERE id IN (SELECT max(id) FROM job_ticks GROUP BY selector_id)",
    )
    newest = max((stored_moment(row["timestamp"]) for row in rows), default=now)
    found = [_tick(row, steps.get(row["selector_id"]), now) for row in rows]
    # A schedule of once a day ticks once a day: only a sensor that others have outlived is gone.
    kept = [one for one in found if one.kind == "schedules" or newest - one.ticked_at < FORGOTTEN_AFTER]
    return tuple(sorted(kept, key=lambda one: (not one.error, not one.is_late, one.kind, one.name)))


def _tick(row: Mapping[str, Any], step: timedelta | None, now: datetime) -> Ticking:
    said = _json(row["tick_body"])
    at = stored_moment(row["timestamp"])
    error = _json(said.get("error")).get("message", "") if row["status"] == "FAILURE" else ""
    is_late = step is not None and now - at > max(LATE_STEPS * step, LEAST_LATE)
    kind = "sensors" if row["type"] == "SENSOR" else "schedules"
    return Ticking(str(said.get("job_name", row["selector_id"])), kind, at, is_late, error.strip())


def _steps(records: DagsterRecords) -> dict[str, timedelta]:
    """How far apart a sensor's ticks are to be; of a schedule that is for its cron to say."""
    found = {}
    for row in records.rows(Database.TICKS, "SELECT selector_id, job_body FROM jobs WHERE job_type = 'SENSOR'"):
        seconds = _json(_json(row["job_body"]).get("job_specific_data")).get("min_interval")
        if isinstance(seconds, int | float):
            found[row["selector_id"]] = timedelta(seconds=seconds)
    return found


def _json(told: object) -> dict[str, Any]:
    """An object, however it is kept; empty where it is none, as another version of Dagster may write."""
    try:
        found = orjson.loads(told) if isinstance(told, str) else told
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
