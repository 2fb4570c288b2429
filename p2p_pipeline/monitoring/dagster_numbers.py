"""What Dagster's records say, as plain values: who reads them is orchestration/watch/dagster_metrics.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from p2p_pipeline.monitoring.catalogue import Sample


@dataclass(frozen=True, slots=True)
class DagsterNumbers:
    """Daemons, and runs by their status in small letters."""

    heartbeats: Mapping[str, datetime]
    """When each daemon last gave a sign of life."""
    runs: Mapping[str, int]
    """Those that wait or are under way, of all times."""
    finished_24h: Mapping[str, int]


def dagster_samples(numbers: DagsterNumbers, now: datetime) -> list[Sample]:
    """The numbers as samples."""
    ages = {daemon: max(0.0, (now - beat).total_seconds()) for daemon, beat in sorted(numbers.heartbeats.items())}
    return [
        *(Sample("p2p_dagster_daemon_heartbeat_age_seconds", age, (daemon,)) for daemon, age in ages.items()),
        *(Sample("p2p_dagster_runs", count, (status,)) for status, count in numbers.runs.items()),
        *(Sample("p2p_dagster_runs_finished_24h", count, (status,)) for status, count in numbers.finished_24h.items()),
    ]
