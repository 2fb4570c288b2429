"""What is to be run of the sweeps that are there. Reads indexes and marks alone: a sensor's tick has a minute."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from typing import NamedTuple

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.paper.sweep_work import sweep_files
from p2p_pipeline.paper.actions.recorded_days import known_days
from p2p_pipeline.paper.actions.sweeping import Sweep, due_of


class Asked(NamedTuple):
    """A run."""

    sweep: str
    day: str
    """Empty for a verdict."""
    key: str
    """Asked for once: another one as soon as it would come out otherwise."""


@dataclass(slots=True)
class SweepPlan:
    """What a tick asks for."""

    sweeps: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    days: list[Asked] = field(default_factory=list)
    verdicts: list[Asked] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Keys of all that is asked for and not done."""


def plan_sweeps(paths: DataPaths, asked: Set[str]) -> SweepPlan:
    """Columns of what was recorded, days that are not tried as they are, verdicts of what is complete.

    What was asked for before is not asked for again: a run that failed is a person's to look at.
    """
    plan = SweepPlan()
    for name, path in sweep_files(paths).items():
        try:
            _plan(paths, Sweep.read(path), plan)
        except ClearError as error:
            plan.troubles.append(f"the sweep {name} can't be run: {error}")
    plan.asked = {*plan.columns, *(one.key for one in (*plan.days, *plan.verdicts))}
    plan.columns = [key for key in plan.columns if key not in asked]
    plan.days = [one for one in plan.days if one.key not in asked]
    plan.verdicts = [one for one in plan.verdicts if one.key not in asked]
    return plan


def _plan(paths: DataPaths, sweep: Sweep, plan: SweepPlan) -> None:
    plan.sweeps.append(sweep.name)
    known = known_days(paths, sweep.settings)
    if known.behind:
        # one run makes all of them
        key = "columns " + "; ".join(known.behind)
        if key not in plan.columns:
            plan.columns.append(key)
    due = due_of(paths, sweep, known.days)
    for day in due.days:
        key = f"{sweep.name} {day.day} {sweep.mark_of(day)}"
        plan.days.append(Asked(sweep.name, day.day.isoformat(), key))
    if due.is_to_be_judged and not known.behind:
        plan.verdicts.append(Asked(sweep.name, "", f"{sweep.name} {sweep.mark_of_all(known.days)}"))
