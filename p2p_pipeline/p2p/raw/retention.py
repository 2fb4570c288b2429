"""How much raw data there is, and which days to let go. Only raw files: the lake has its own life.

A day that is dropped here can't be recomputed any more; what was derived from it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import typed_write_error


@dataclass(frozen=True, slots=True)
class FileSize:
    """The room one market's day takes on the disk."""

    day: date
    file_key: str
    growing_bytes: int
    """`.jsonl.gz`"""
    packed_bytes: int
    """`.jsonl.zst`"""

    @property
    def total_bytes(self) -> int:
        """Both files together."""
        return self.growing_bytes + self.packed_bytes


def plan_retention(
    day_bytes: Mapping[date, int],
    today: date,
    keep_days: int | None = None,
    max_total_bytes: int | None = None,
    is_collected: Callable[[date], bool] = lambda _: True,
) -> list[date]:
    """Choose the days to drop, oldest first; never today (or a later day, should the clock have been set back).

    `keep_days` keeps the newest that many days with collected data: 1 keeps only today. Days are counted, not
    calendar dates, so that neither a clock years ahead nor a machine that was off drops what nothing newer replaces.
    Imported days (those that `is_collected` denies) neither count nor age.

    `max_total_bytes` drops the oldest days until the rest fits, imported ones too: a limit is a limit, and recordings
    can be imported again. When today alone is larger, everything before it goes and today stays.
    """
    dropped: set[date] = set()
    if keep_days is not None and len(day_bytes) > keep_days:
        collected = [day for day in sorted(day_bytes, reverse=True) if day <= today and is_collected(day)]
        dropped.update(day for day in collected[keep_days:] if day < today)
    total = sum(size for day, size in day_bytes.items() if day not in dropped)
    for day in sorted(day for day in day_bytes if day < today and day not in dropped):
        if max_total_bytes is None or total <= max_total_bytes:
            break
        dropped.add(day)
        total -= day_bytes[day]
    return sorted(dropped)


def days_to_drop(
    data_folder: Path, today: date, keep_days: int | None = None, max_total_bytes: int | None = None
) -> list[date]:
    """What `plan_retention` says of a data folder as it is now."""
    if keep_days is None and max_total_bytes is None:
        return []
    reader = RawReader(data_folder)

    def is_collected(day: date) -> bool:
        return any(reader.sources(day, key) - {Source.IMPORTED} for key in reader.file_keys(day))

    return plan_retention(bytes_by_day(file_sizes(data_folder)), today, keep_days, max_total_bytes, is_collected)


def file_sizes(data_folder: Path, *, files: FileSystem | None = None) -> list[FileSize]:
    """The size of every stored file, by day and market."""
    folder = RawFolder(data_folder, RealFileSystem() if files is None else files)
    size = folder.files.size
    return [
        FileSize(day, key, size(folder.growing(day, key)), size(folder.packed(day, key)))
        for day in folder.days()
        for key in folder.file_keys(day)
    ]


def bytes_by_day(sizes: Iterable[FileSize]) -> dict[date, int]:
    """What `plan_retention` decides on."""
    totals: dict[date, int] = {}
    for size in sizes:
        totals[size.day] = totals.get(size.day, 0) + size.total_bytes
    return totals


def drop_days(data_folder: Path, days: Iterable[date], *, files: FileSystem | None = None) -> int:
    """Remove these days' raw files for good, and say how many bytes that freed."""
    folder = RawFolder(data_folder, RealFileSystem() if files is None else files)
    freed = 0
    try:
        folder.check_layout()
        with folder.lock("repack"):
            for day in days:
                for key in folder.file_keys(day):
                    with folder.lock(key):
                        for path in (folder.growing(day, key), folder.packed(day, key)):
                            freed += folder.files.size(path)
                            folder.files.remove(path)
                folder.files.remove_folder(folder.root / day.isoformat())
            folder.files.sync_folder(folder.root)
    except OSError as error:
        raise typed_write_error(folder.root, error) from error
    return freed
