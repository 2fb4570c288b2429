"""Recordings as columns, kept so that they are made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.recordings import read_recording
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.columns.making import chunks_of
from p2p_pipeline.paper.columns.storing import VERSION, Columns, read_columns, write_columns
from p2p_pipeline.paper.machine.queue import PLACE, Arrivals, Arrived, in_order

LeftOut = Callable[[Path, int, str], None]
"""Told a file, a line or position in it, and why it is left out."""
_SLACK_MS = 60_000
"""By how much frames of one connection may stand behind those of another and still be put in order as they come."""


class NothingRecorded(ClearError):
    """A recording without a frame that a session could begin with."""


class Late(Exception):
    """A frame came more than the slack behind another."""


def columns_of(
    recording: Path,
    cache: Path,
    left_out: LeftOut,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Columns:
    """A recording's columns (of a folder of frames: from `start` to before `end`), out of the cache or made into it.

    `recording` is a file of the shared format or a folder of frames, for instance a session's. Raises NothingRecorded,
    RecordingError for what is no recording, and NotColumnar for one whose session must be made of the frames.
    """
    folder = cache / _key(recording, start, end)
    found = read_columns(folder)
    if found is not None:
        return found

    def frames() -> Iterator[Frame]:
        if recording.is_dir():
            return read_frames(recording, ("bybit",), start, end, sources=tuple(Source), damaged=left_out)
        return read_recording(recording, left_out)

    try:
        return _written(folder, nearly_in_order(frames()), recording)
    except Late:
        return _written(folder, in_order(frames()), recording)


def nearly_in_order(frames: Iterable[Frame], slack_ms: int = _SLACK_MS) -> Iterator[Arrived]:
    """The frames by their places while they come; the memory holds twice the slack of them. Raises Late."""
    arrivals, waiting = Arrivals(), list[Arrived]()
    newest = given = 0
    oldest: int | None = None
    for frame in frames:
        placed = arrivals.place(frame)
        if placed is None:
            continue
        if placed.at < given:
            raise Late
        waiting.append(placed)
        newest = max(newest, placed.at)
        oldest = placed.at if oldest is None else min(oldest, placed.at)
        if newest - oldest > 2 * slack_ms:
            given = newest - slack_ms
            waiting.sort(key=PLACE)
            ready = next(count for count, one in enumerate(waiting) if one.at >= given)
            yield from waiting[:ready]
            waiting = waiting[ready:]
            oldest = waiting[0].at
    waiting.sort(key=PLACE)
    yield from waiting


def _written(folder: Path, arrived: Iterable[Arrived], recording: Path) -> Columns:
    rest = iter(arrived)
    first = next(rest, None)
    if first is None:
        raise NothingRecorded(
            "{path} has no frame of Bybit's linear market with the time when it was received (received_at_ns): a "
            "session's clock would have to be guessed; record it with times",
            path=recording,
        )

    def everything() -> Iterator[Arrived]:
        yield first
        yield from rest

    return write_columns(folder, first.at, chunks_of(everything()))


def _key(recording: Path, start: datetime | None, end: datetime | None) -> str:
    """Another one as soon as the recording is another: by its files, their sizes, and when they were written."""
    files = sorted(recording.rglob("*")) if recording.is_dir() else [recording]
    said = [str(VERSION), *(bound.isoformat() if bound else "" for bound in (start, end))]
    for path in files:
        if path.is_file():
            stat = path.stat()
            said.append(f"{path.relative_to(recording.parent)} {stat.st_size} {stat.st_mtime_ns}")
    return f"{recording.name.split('.')[0]}-{hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:16]}"
