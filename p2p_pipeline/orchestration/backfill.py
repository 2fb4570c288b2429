"""Days made anew from raw, through Dagster, so that its UI shows them: for `p2p backfill` and a demo's history."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from p2p_pipeline.kernel.shipped import shipped_file
from p2p_pipeline.orchestration.build import build_definitions
from p2p_pipeline.orchestration.installation import Installation

JOB = "process_day"
_QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True, slots=True)
class DayDone:
    """One day of a backfill."""

    day: date
    run_id: str
    problem: str | None
    """The first step that failed, in one line; None when all went well."""
    seconds: float


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What a backfill did."""

    days: tuple[DayDone, ...]
    seconds: float

    @property
    def failed(self) -> tuple[DayDone, ...]:
        """The days whose run failed."""
        return tuple(done for done in self.days if done.problem is not None)


@contextmanager
def open_instance(installation: Installation) -> Iterator[DagsterInstance]:
    """The instance that `dagster dev` uses: $DAGSTER_HOME where that is set, else the shipped dagster.yaml."""
    if os.environ.get("DAGSTER_HOME"):
        with DagsterInstance.get() as instance:
            yield instance
        return
    home = installation.paths.dagster
    home.mkdir(parents=True, exist_ok=True)
    shipped = shipped_file("dagster.yaml").parent
    with DagsterInstance.from_ref(InstanceRef.from_dir(str(home), config_dir=str(shipped))) as instance:
        yield instance


def stored_days(installation: Installation, first: date | None, last: date | None) -> list[date]:
    """The days of a range that the raw store has and Dagster has a partition for."""
    earliest = installation.settings().first_day
    bounds = [day for day in (first, earliest) if day is not None]
    return [
        day
        for day in installation.reader().days()
        if all(day >= bound for bound in bounds) and (last is None or day <= last)
    ]


def backfill_days(
    days: Sequence[date],
    installation: Installation,
    instance: DagsterInstance,
    tell: Callable[[DayDone], None] = lambda _: None,
) -> BackfillReport:
    """Run the job `process_day` for each day, one after the other, in this process: no start-up for each run.

    A day that fails does not stop the others. `tell` hears of each day when it is done.
    """
    began = time.perf_counter()
    job = build_definitions({"installation": installation}).resolve_job_def(JOB)
    done = []
    for day in days:
        started = time.perf_counter()
        result = job.execute_in_process(
            partition_key=day.isoformat(), instance=instance, raise_on_error=False, run_config=_QUIET
        )
        failures = [event for event in result.all_events if event.is_step_failure]
        problem = None if result.success else _first_line(failures[0].message if failures else "the run failed")
        done.append(DayDone(day, result.run_id, problem, time.perf_counter() - started))
        tell(done[-1])
    return BackfillReport(tuple(done), time.perf_counter() - began)


def _first_line(text: str | None) -> str:
    return (text or "the step failed").strip().splitlines()[0]
