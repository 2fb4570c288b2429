"""What the assets of sweeps do when they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from logging import Logger
from pathlib import Path
from typing import Any, NamedTuple

from dagster import MetadataValue

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.paper.sweep_view import (
    best_of_day,
    best_of_sweep,
    days_table,
    forward_picture,
    odds_table,
    steps_table,
)
from p2p_pipeline.paper.actions.recorded_days import RecordedDay, recorded_days
from p2p_pipeline.paper.actions.sweeping import Sweep, judge_sweep, try_day
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings

Metadata = dict[str, Any]


class MadeDays(NamedTuple):
    """Recorded days that are there as columns."""

    days: list[str]
    metadata: Metadata


def sweep_files(paths: DataPaths) -> dict[str, Path]:
    """The sweeps that are there, by name."""
    if not paths.paper_sweeps.is_dir():
        return {}
    return {path.stem: path for path in sorted(paths.paper_sweeps.iterdir()) if path.suffix in (".yaml", ".yml")}


def make_days(paths: DataPaths, log: Logger) -> MadeDays:
    """Make everything into columns that a sweep may use."""
    found: dict[date, RecordedDay] = {}
    told: list[str] = []

    def tell(sentence: str) -> None:
        log.info(sentence)
        told.append(sentence)

    for settings in _wanted(paths, tell):
        for day in recorded_days(paths, settings, tell):
            found.setdefault(day.day, day)
    days = [found[day] for day in sorted(found)]
    shown: Metadata = {"days": len(days), "recorded_hours": round(sum(day.hours for day in days), 3)}
    if days:
        shown["by_day"] = MetadataValue.md(days_table(days))
    else:
        shown["note"] = "Nothing is recorded yet: live sessions record, and data/paper/recorded takes recordings."
    left_out = [sentence for sentence in told if "left out" in sentence]
    if left_out:
        shown["left_out"] = MetadataValue.md("\n".join(f"- {sentence}" for sentence in left_out[:20]))
    return MadeDays([day.day.isoformat() for day in days], shown)


def try_sweep_day(paths: DataPaths, name: str, day: str, log: Logger) -> Metadata:
    """Every combination of a sweep on one day. Raises SweepError."""
    sweep = _sweep(paths, name)
    chosen = [one for one in recorded_days(paths, sweep.settings, log.info) if one.day.isoformat() == day]
    if not chosen:
        raise SweepError("nothing of {day} is recorded that {name} may use", day=day, name=name)
    found = try_day(paths, sweep, chosen[0])
    nets = [float(one.net) for one in found]
    return {
        "dagster/row_count": len(found),
        "combinations": len(found),
        "recorded_hours": round(chosen[0].hours, 3),
        "trades": sum(one.trades for one in found),
        "best_net": max(nets),
        "worst_net": min(nets),
        "best": MetadataValue.md(best_of_day(sweep.tries, found)),
    }


def judge_one_sweep(paths: DataPaths, name: str, log: Logger) -> Metadata:
    """A sweep's verdict. Raises SweepError."""
    sweep = _sweep(paths, name)
    swept = judge_sweep(paths, sweep, recorded_days(paths, sweep.settings, log.info))
    judged = swept.judged
    shown: Metadata = {
        "verdict": judged.verdict.told,
        "answer": judged.verdict.answer.value,
        "dagster/row_count": 1,
        "days": len(judged.days),
        "combinations": judged.tried,
        "odds": MetadataValue.md(odds_table(judged)),
        "best_in_hindsight": MetadataValue.md(best_of_sweep(judged)),
    }
    for number in ("deflated_sharpe", "reality_check", "forward_return"):
        value = getattr(judged, number)
        if value is not None:
            shown[number] = float(value)
    if judged.steps:
        shown["walk_forward"] = MetadataValue.md(steps_table(swept))
        picture = forward_picture(judged)
        if picture is not None:
            shown["drawn"] = MetadataValue.md(picture)
    if swept.missing:
        shown["note"] = f"{len(swept.missing)} recorded days are not run yet, and not in this."
    return shown


def _sweep(paths: DataPaths, name: str) -> Sweep:
    path = sweep_files(paths).get(name)
    if path is None:
        raise SweepError("there is no {name}.yaml in {folder}", name=name, folder=paths.paper_sweeps)
    return Sweep.read(path)


def _wanted(paths: DataPaths, tell: Any) -> Iterator[SweepSettings]:
    """Everything that is recorded, and what sweeps name beside it."""
    yield SweepSettings.model_construct(vary={}, least_hours=0.0)
    for name, path in sweep_files(paths).items():
        try:
            settings = Sweep.read(path).settings
        except ClearError as error:
            tell(f"the sweep {name} is left out: {error}")
            continue
        if settings.recordings is not None:
            with suppress(SweepError):
                yield settings
