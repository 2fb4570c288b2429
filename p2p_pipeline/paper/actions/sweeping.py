"""A sweep run: every combination on every recorded day, kept by day, then judged. What is kept is not run again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from p2p_pipeline.kernel.cores import over_cores
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.paper.actions.recorded_days import RecordedDay, Tell, recorded_days
from p2p_pipeline.paper.machine.state import RULES
from p2p_pipeline.paper.sweeps.grid import Combination, combinations_of
from p2p_pipeline.paper.sweeps.judging import Judged, judge
from p2p_pipeline.paper.sweeps.running import DayOutcome, outcome_of
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings, read_sweep
from p2p_pipeline.paper.tables.sweep_rows import day_rows, outcome_from, step_rows, sweep_row
from p2p_pipeline.paper.tables.sweep_schema import SWEEP_DAYS, SWEEP_STEPS, SWEEPS

_TRIES_A_TASK = 4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}").fullmatch


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep with its name."""

    name: str
    settings: SweepSettings
    tries: tuple[Combination, ...]

    @classmethod
    def read(cls, path: Path) -> Sweep:
        """Of a file. Raises SweepError."""
        if not _NAME(path.stem):
            raise SweepError(
                "the sweep's file is called {name}; its name becomes that of files and partitions: use letters, "
                "digits, - and _",
                name=path.name,
            )
        settings = read_sweep(path)
        return cls(path.stem, settings, combinations_of(settings))

    def mark_of(self, day: RecordedDay) -> str:
        """Another one as soon as the day would come out otherwise."""
        settings = self.settings
        said = [str(RULES), repr(settings.base), repr(settings.vary)]
        said += [f"{one.label} {one.start} {one.end} {one.fingerprint}" for one in day.pieces]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def mark_of_all(self, days: Sequence[RecordedDay]) -> str:
        """The same of what is judged."""
        said = [*(self.mark_of(day) for day in days), self.settings.model_dump_json()]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep came to."""

    sweep: Sweep
    judged: Judged
    missing: tuple[date, ...]
    """Recorded days that are not run yet."""


@dataclass(frozen=True, slots=True)
class _Task:
    paths: DataPaths
    day: RecordedDay
    tries: tuple[Combination, ...]


def run_sweep(paths: DataPaths, sweep: Sweep, tell: Tell, processes: int | None = None) -> Swept:
    """All of it, over the machine's cores. Raises SweepError."""
    days = recorded_days(paths, sweep.settings, tell)
    if not days:
        raise SweepError(
            "no recorded day to try anything on: live sessions leave some, and files or folders of frames in {folder} "
            "are taken too; days under least_hours are left out",
            folder=paths.paper_recordings,
        )
    lake = Lake(paths.lake)
    behind = [day for day in days if not _is_kept(lake, sweep, day)]
    tell(f"{len(sweep.tries):,} combinations on {len(days)} days, {len(days) - len(behind)} of them kept from before")
    for day, found in _tried(paths, sweep, behind, processes):
        _keep_day(lake, sweep, day, found)
        tell(f"{day.day} done")
    return judge_sweep(paths, sweep, days)


def try_day(paths: DataPaths, sweep: Sweep, day: RecordedDay) -> list[DayOutcome]:
    """One day, here, and kept."""
    found = [_outcome(paths, day, one) for one in sweep.tries]
    _keep_day(Lake(paths.lake), sweep, day, found)
    return found


def judge_sweep(paths: DataPaths, sweep: Sweep, days: Sequence[RecordedDay]) -> Swept:
    """Judge the days that are kept, and keep that. Raises SweepError when none is."""
    lake = Lake(paths.lake)
    kept = [day for day in days if _is_kept(lake, sweep, day)]
    if not kept:
        raise SweepError("no day of the sweep {name} has been run yet", name=sweep.name)
    found = [[outcome_from(row) for row in _rows(lake, sweep, day)] for day in kept]
    judged = judge(sweep.settings, [day.day for day in kept], sweep.tries, found)
    last, mark = judged.days[-1], sweep.mark_of_all(kept)
    _replace(
        lake, SWEEP_STEPS, last, sweep.name, SWEEP_STEPS.table_of(step_rows(sweep.name, sweep.tries, judged)), mark
    )
    _replace(lake, SWEEPS, last, sweep.name, SWEEPS.table_of([sweep_row(sweep.name, sweep.settings, judged)]), mark)
    return Swept(sweep, judged, tuple(day.day for day in days if day not in kept))


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done of a sweep."""

    days: tuple[RecordedDay, ...]
    """Those that are not run as they are now."""
    is_to_be_judged: bool
    """All days are run, and what is judged is of others."""


def due_of(paths: DataPaths, sweep: Sweep, days: Sequence[RecordedDay]) -> Due:
    """Look at what is kept of these days."""
    lake = Lake(paths.lake)
    behind = tuple(day for day in days if not _is_kept(lake, sweep, day))
    if behind or not days:
        return Due(behind, is_to_be_judged=False)
    facts = lake.facts(SWEEPS, days[-1].day, sweep.name)
    return Due((), is_to_be_judged=facts is None or facts.get("mark") != sweep.mark_of_all(days))


def _tried(
    paths: DataPaths, sweep: Sweep, days: Sequence[RecordedDay], processes: int | None
) -> Iterator[tuple[RecordedDay, list[DayOutcome]]]:
    tasks = [
        _Task(paths, day, sweep.tries[first : first + _TRIES_A_TASK])
        for day in days
        for first in range(0, len(sweep.tries), _TRIES_A_TASK)
    ]
    found: dict[date, dict[int, DayOutcome]] = {day.day: {} for day in days}
    for task, outcomes in over_cores(_do, [[task] for task in tasks], processes):
        of_day = found[task.day.day]
        of_day |= {one.number: outcome for one, outcome in zip(task.tries, outcomes, strict=True)}
        if len(of_day) == len(sweep.tries):
            yield task.day, [of_day[one.number] for one in sweep.tries]


def _do(task: _Task) -> list[DayOutcome]:
    return [_outcome(task.paths, task.day, one) for one in task.tries]


def _outcome(paths: DataPaths, day: RecordedDay, one: Combination) -> DayOutcome:
    total = DayOutcome()
    for piece in day.pieces:
        total = total.with_another(outcome_of(piece.said(paths, one.settings)))
    return total


def _keep_day(lake: Lake, sweep: Sweep, day: RecordedDay, found: Sequence[DayOutcome]) -> None:
    rows = SWEEP_DAYS.table_of(day_rows(sweep.name, day.day, day.hours, sweep.tries, found))
    lake.write(SWEEP_DAYS, day.day, sweep.name, rows, {"mark": sweep.mark_of(day)})


def _is_kept(lake: Lake, sweep: Sweep, day: RecordedDay) -> bool:
    facts = lake.facts(SWEEP_DAYS, day.day, sweep.name)
    return facts is not None and facts.get("mark") == sweep.mark_of(day)


def _rows(lake: Lake, sweep: Sweep, day: RecordedDay) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = lake.read(SWEEP_DAYS, day.day, sweep.name).to_pylist()
    return sorted(rows, key=lambda row: int(str(row["combination"])))


def _replace(lake: Lake, table: Table, day: date, name: str, rows: pa.Table, mark: str) -> None:
    """A sweep's only file of a table: what was judged of fewer days goes."""
    with lake.writing(f"paper-{name}"):
        lake.write(table, day, name, rows, {"mark": mark})
        for other in lake.partitions(table):
            if other.market_key == name and other.day != day:
                lake.remove(table, other.day, name)
