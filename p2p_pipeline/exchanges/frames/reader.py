"""Frames out of the frames folder, in the order in which they were received."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import HOUR, FrameFile, frame_files
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.frame_file import Damage, read_lines
from p2p_pipeline.exchanges.frames.lines import LineError, from_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem

_SETTLED = timedelta(minutes=2)
"""After an hour's end: its files are whole."""
Damaged = Callable[[Path, int, str], None]
"""Told a file, a position in it, and what can't be read there."""


def _nobody(path: Path, position: int, reason: str) -> None:
    """Nobody wants to know."""


def read_frames(
    folder: Path,
    exchanges: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    sources: Iterable[Source] | None = None,
    connections: Iterable[str] | None = None,
    damaged: Damaged = _nobody,
    now: datetime | None = None,
    files: FileSystem | None = None,
) -> Iterator[Frame]:
    """Frames received from `start` to before `end`; those without times first, and only without bounds.

    What is damaged is told and left out. A torn end is told only with `now`, and only of files that nobody is writing
    any more. Memory holds one hour's files, packed, and of each the member being read.
    """
    disk = RealFileSystem() if files is None else files
    wanted = set(Source) if sources is None else set(sources)
    bounds = tuple(None if bound is None else int(bound.timestamp() * 1_000_000_000) for bound in (start, end))
    named = None if connections is None else set(connections)
    chosen = (
        file
        for file in frame_files(folder, exchanges, start, end, disk)
        if file.source in wanted and (named is None or file.connection in named)
    )
    for _, hour in groupby(chosen, key=lambda file: file.hour):
        streams = [_timed(_frames(folder, file, disk, damaged, tells_tail=_is_over(file, now))) for file in hour]
        for _, frame in heapq.merge(*streams, key=itemgetter(0)):
            if _is_within(frame.received_at_ns, *bounds):
                yield frame


def _is_over(file: FrameFile, now: datetime | None) -> bool:
    return now is not None and (file.hour is None or file.hour + HOUR + _SETTLED <= now)


def _frames(folder: Path, file: FrameFile, disk: FileSystem, damaged: Damaged, *, tells_tail: bool) -> Iterator[Frame]:
    path = folder / file.path
    for part in read_lines(disk.read(path)):
        if isinstance(part, Damage):
            if tells_tail or not part.is_tail:
                damaged(path, part.position, part.reason)
            continue
        for line in part:
            try:
                yield from_line(line)
            except LineError as error:
                damaged(path, 0, str(error))


def _timed(frames: Iterable[Frame]) -> Iterator[tuple[int, Frame]]:
    """With the newest time so far: a clock that was set back does not change a connection's order."""
    newest = 0
    for frame in frames:
        newest = max(newest, frame.received_at_ns or 0)
        yield newest, frame


def _is_within(received_at_ns: int | None, start: int | None, end: int | None) -> bool:
    if received_at_ns is None:
        return start is None and end is None
    return (start is None or received_at_ns >= start) and (end is None or received_at_ns < end)
