"""Which hours of frames to let go: they are large, and what was derived from them stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import HOUR, FrameFile, frame_files
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem


def plan_retention(sizes: Mapping[FrameFile, int], now: datetime, keep_days: int, max_bytes: int) -> list[FrameFile]:
    """Choose the files to drop, oldest first; never one of the running hour or a later one.

    Frames older than `keep_days` go, but not imported ones, which don't age. Then the oldest hours go until the rest
    fits `max_bytes`, imported ones too: a limit is a limit, and recordings can be imported again.
    """
    running = now.replace(minute=0, second=0, microsecond=0)
    timed = [(file.hour, file) for file in sizes if file.hour is not None and file.hour < running]
    dropped = [
        file
        for hour, file in timed
        if hour + HOUR <= now - timedelta(days=keep_days) and file.source is not Source.IMPORTED
    ]
    total = sum(size for file, size in sizes.items() if file not in set(dropped))
    for _, file in sorted(((hour, file) for hour, file in timed if file not in set(dropped)), key=lambda pair: pair[0]):
        if total <= max_bytes:
            break
        dropped.append(file)
        total -= sizes[file]
    return sorted(dropped, key=lambda file: (file.hour or now, str(file.path)))


def kept_hours(sizes: Mapping[FrameFile, int], dropped: list[FrameFile], now: datetime, keep_days: int) -> int | None:
    """How many hours are kept if the size alone let younger ones go than `keep_days` promises; None if it did not.

    Imported frames are promised nothing.
    """
    since = now - timedelta(days=keep_days)
    early = [file for file in dropped if file.source is not Source.IMPORTED and file.hour and file.hour + HOUR > since]
    if not early:
        return None
    gone = set(dropped)
    return len({file.hour for file in sizes if file not in gone and file.source is not Source.IMPORTED and file.hour})


def frame_sizes(folder: Path, files: FileSystem | None = None) -> dict[FrameFile, int]:
    """The bytes of every file."""
    disk = RealFileSystem() if files is None else files
    return {file: disk.size(folder / file.path) for file in frame_files(folder, files=disk)}


def drop_frames(folder: Path, dropped: list[FrameFile], files: FileSystem | None = None) -> int:
    """Remove files for good; how many bytes that freed."""
    disk = RealFileSystem() if files is None else files
    freed = 0
    for file in dropped:
        path = folder / file.path
        freed += disk.size(path)
        disk.remove(path)
        disk.remove_folder(path.parent)
    return freed
