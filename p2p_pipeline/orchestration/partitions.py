"""The one way time is cut: UTC days, from the first with data. Markets are rows of a day, not partitions."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from dagster import DailyPartitionsDefinition

from p2p_pipeline.kernel.paths import DataPaths


def days_from(first: date) -> DailyPartitionsDefinition:
    """Each UTC day from one on. All assets and checks that are cut by days must have the same."""
    # end_offset=1: today is a partition while it is still being collected.
    return DailyPartitionsDefinition(start_date=first.isoformat(), timezone="UTC", end_offset=1)


def first_day(paths: DataPaths, wanted: date | None, today: date) -> date:
    """The first partition: what the settings say, else the first stored day, else today; never after today.

    Bars that begin years before the data would look empty however full it is. A day whose raw files were dropped
    counts while the lake has it.
    """
    if wanted is not None:
        return min(wanted, today)
    snapshots = paths.lake / "snapshots"
    days = [*_days_in(paths.raw, ""), *_days_in(snapshots, "date="), *_days_in(_notes(paths), "")]
    # A month's file names no day: where days of that month are known otherwise, they say where it began.
    known = {(day.year, day.month) for day in days}
    months = [day for day in _days_in(snapshots, "month=", "-01") if (day.year, day.month) not in known]
    return min([*days, *months, today])


def _days_in(folder: Path, before: str, after: str = "") -> list[date]:
    # By names alone: definitions are loaded often, and must not read a store or import what reads it.
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in folder.glob(f"{before}*"):
            name = entry.name.removeprefix(before) + after
            with suppress(ValueError):
                day = date.fromisoformat(name)
                if day.isoformat() == name and any(entry.iterdir()):
                    found.append(day)
    return found


def has_streamed(paths: DataPaths, partition_key: str) -> bool:
    """Whether order books of exchanges were watched on a day."""
    return (_notes(paths) / partition_key).is_dir()


def _notes(paths: DataPaths) -> Path:
    # What the service notes of itself (exchanges/replay/notes.py): imported recordings of other years have none.
    return paths.exchange_frames / "service"


def day_of_key(partition_key: str) -> date:
    """The day a partition stands for."""
    return date.fromisoformat(partition_key)


def key_of_moment(moment: datetime) -> str:
    """The partition that holds an aware moment."""
    return moment.astimezone(UTC).date().isoformat()
