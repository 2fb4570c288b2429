"""How much room the data takes, how fast it grows, and when the disk is full at that pace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.raw.retention import bytes_by_day, file_sizes
from p2p_pipeline.p2p.settings import RetentionSettings

DAYS_OF_GROWTH = 7
"""The whole days before today whose size says how fast it grows."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes, by what they are for."""

    raw: int
    lake: int
    warehouse: int | None
    """None where there is none, or none that answers."""
    dagster: int
    free: int
    kept_free: int
    """Nothing is written when there is less room than this."""
    growth_a_day: float | None
    """Of raw store, lake and warehouse; None before a whole day is stored."""

    @property
    def days_left(self) -> float | None:
        """Until nothing is written any more at that pace; None where that is not known, or it does not grow."""
        if not self.growth_a_day:
            return None
        return max(0, self.free - self.kept_free) / self.growth_a_day


def disk_use(
    paths: DataPaths,
    retention: RetentionSettings,
    today: date,
    warehouse_bytes: int | None = None,
    warehouse_days: float | None = None,
) -> DiskUse:
    """Look at every file's size. The warehouse's is told by who asks it, with how many days its ledger spans."""
    raw = bytes_by_day(file_sizes(paths.root))
    lake = _lake_by_day(paths.lake)
    days = [day for day in sorted(raw) if today - timedelta(days=DAYS_OF_GROWTH) <= day < today]
    growth = sum(raw[day] + lake.get(day, 0) for day in days) / len(days) if days else None
    if warehouse_bytes and warehouse_days and warehouse_days >= 1:
        growth = (growth or 0) + warehouse_bytes / warehouse_days
    nearest = next(folder for folder in (paths.root, *paths.root.parents) if folder.exists())
    return DiskUse(
        sum(raw.values()),
        sum(lake.values()),
        warehouse_bytes,
        sum(size for _, size in _sizes([paths.dagster])),
        shutil.disk_usage(nearest).free,
        retention.min_free_mib * 1024 * 1024,
        growth,
    )


def _lake_by_day(root: Path) -> dict[date | None, int]:
    """Bytes of each day's files; under None those of closed months and what has no day."""
    found: dict[date | None, int] = {}
    for path, size in _sizes([root]):
        folder = path.parent.name
        day = date.fromisoformat(folder.removeprefix("date=")) if folder.startswith("date=") else None
        found[day] = found.get(day, 0) + size
    return found


def _sizes(folders: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Every file below; one that goes away meanwhile is passed over."""
    waiting = [folder for folder in folders if folder.is_dir()]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path), entry.stat().st_size
        except FileNotFoundError:
            continue
