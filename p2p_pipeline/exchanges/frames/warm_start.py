"""From where frames must be read so that books are whole at a moment: since the connections open then came up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import HOUR, FrameFile, frame_files
from p2p_pipeline.exchanges.frames.frame_file import Damage, read_lines
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem

LONGEST_CONNECTION = timedelta(hours=26)
"""Exchanges end a connection after a day; what would have to be read further back is done without."""
_OPENED = b'"kind":"open"'


def warm_start(
    folder: Path, start: datetime, exchanges: Iterable[str] | None = None, files: FileSystem | None = None
) -> datetime:
    """The hour in which the oldest connection came up that has frames around `start`; `start` itself when none has.

    A snapshot comes once, when a connection is new: whoever replays a day without what came before it has no books
    until their exchanges send another one.
    """
    disk = RealFileSystem() if files is None else files
    by_connection: dict[tuple[str, str], dict[datetime, FrameFile]] = {}
    for file in frame_files(folder, exchanges, start - LONGEST_CONNECTION, start + HOUR, disk):
        if file.hour is not None:
            by_connection.setdefault((file.exchange, file.connection), {})[file.hour] = file
    return min([start, *(_came_up(folder, by_hour, start, disk) for by_hour in by_connection.values())])


def _came_up(folder: Path, by_hour: dict[datetime, FrameFile], start: datetime, disk: FileSystem) -> datetime:
    """The hour that it came up in; `start` where none of its hours tells (sessions of requests never come up)."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    if hour == start or hour not in by_hour:
        hour -= HOUR
    while hour in by_hour:
        if _has_opened(disk.read(folder / by_hour[hour].path)):
            return hour
        hour -= HOUR
    return start


def _has_opened(data: bytes) -> bool:
    return any(_OPENED in line for part in read_lines(data) if not isinstance(part, Damage) for line in part)
