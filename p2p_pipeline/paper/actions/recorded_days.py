"""The recorded days that sweeps try configurations on: what there is, cut at midnight and made into columns once.

A day's pieces are its recordings that do not overlap, the longest first: two sessions that watched the same hours are
one record of them, not two.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.columns.arriving import Late, nearly_in_order
from p2p_pipeline.paper.columns.making import NotColumnar, chunks_of
from p2p_pipeline.paper.columns.running import said_of
from p2p_pipeline.paper.columns.storing import VERSION, read_columns, write_columns
from p2p_pipeline.paper.events import InstrumentPage, Rank
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import LeftOut, recorded, session_of
from p2p_pipeline.paper.sessions.finding import has_stopped, session_names
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.sweeps.days import DAY_MS, days_of
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings
from p2p_pipeline.paper.wire.reading import read
from p2p_pipeline.paper.words import Said

Order = Callable[[Iterable[Frame]], Iterable[Arrived]]
_INDEX = "days.json"
_VERSION = VERSION * 100 + 1


class Recording(NamedTuple):
    """Where frames lie."""

    label: str
    path: Path
    until: int | None = None
    """Ms: a session that runs is taken up to the last midnight."""


class Piece(msgspec.Struct, frozen=True):
    """A day of one recording."""

    label: str
    path: str
    until: int | None
    day: date
    start: int
    """The first thing that arrived, ms."""
    end: int
    is_columnar: bool
    fingerprint: str
    """Another one as soon as the recording is another."""

    def said(self, paths: DataPaths, settings: PaperSettings) -> Iterator[Said]:
        """What a session of it says."""
        columns = read_columns(_columns(paths, self.label, self.day)) if self.is_columnar else None
        if columns is not None:
            yield from said_of(columns, settings)
            return
        recording = Recording(self.label, Path(self.path), self.until)
        for one in days_of(_arrived(recording, _nobody, in_order)):
            if one.day == self.day:
                yield from session_of(new_session(name_of(self.start, settings), settings), one.arrived)
                return


class RecordedDay(NamedTuple):
    """A UTC day on which something was recorded."""

    day: date
    pieces: tuple[Piece, ...]

    @property
    def hours(self) -> float:
        """How much of it."""
        return sum(piece.end - piece.start for piece in self.pieces) / 3_600_000


class _Index(msgspec.Struct, frozen=True):
    version: int
    fingerprint: str
    pieces: list[Piece]


def recorded_days(paths: DataPaths, sweep: SweepSettings, told: Callable[[str], None]) -> list[RecordedDay]:
    """The days of a sweep, in order; what is left out is told. Raises SweepError, RecordingError."""
    pieces: dict[date, list[Piece]] = {}
    for recording in recordings_of(paths, sweep):
        for piece in _pieces(paths, recording, told):
            if (sweep.first_day or date.min) <= piece.day <= (sweep.last_day or date.max):
                pieces.setdefault(piece.day, []).append(piece)
    found = []
    for day in sorted(pieces):
        one = RecordedDay(day, _without_overlaps(pieces[day]))
        if one.hours < sweep.least_hours:
            least = f"least_hours is {sweep.least_hours:g}"
            told(f"{day} is left out: {one.hours:.2f} hours of it were recorded, and {least}")
        else:
            found.append(one)
    return found


def recordings_of(paths: DataPaths, sweep: SweepSettings) -> list[Recording]:
    """What a sweep may use: what it names, else every live session's frames and what lies in paper/recorded."""
    if sweep.recordings is not None:
        return [_named(Path(one)) for one in sweep.recordings]
    found = []
    midnight = int(datetime.combine(datetime.now(UTC).date(), time(), UTC).timestamp()) * 1000
    for session in session_names(paths.paper):
        folder = SessionFolder(paths, session)
        if folder.frames.is_dir():
            found.append(Recording(session, folder.frames, None if has_stopped(folder) else midnight))
    if paths.paper_recordings.is_dir():
        found += [_named(path) for path in sorted(paths.paper_recordings.iterdir()) if not path.name.startswith(".")]
    return found


def _named(path: Path) -> Recording:
    if not path.exists():
        raise SweepError("recordings has {path}, and there is no such file or folder", path=path)
    place = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:8]
    return Recording(f"{path.name.split('.')[0]}-{place}", path.absolute())


def _without_overlaps(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    chosen: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: (one.start - one.end, one.start, one.label)):
        if all(piece.end < one.start or piece.start > one.end for one in chosen):
            chosen.append(piece)
    return tuple(sorted(chosen, key=lambda one: one.start))


def _pieces(paths: DataPaths, recording: Recording, told: Callable[[str], None]) -> list[Piece]:
    """A recording's days, made into columns unless they are."""
    folder = paths.paper_columns / recording.label
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = _fingerprint(recording)
    with (folder / ".lock").open("ab") as lock:
        # two runs of a sweep would make the same columns
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read_index(folder / _INDEX)
        if known is not None and known.fingerprint == fingerprint:
            return known.pieces
        told(f"{recording.label} is made into columns")
        try:
            pieces = list(_made(paths, recording, fingerprint, told, nearly_in_order))
        except Late:
            # frames far out of their order must all be in memory to be put into it
            pieces = list(_made(paths, recording, fingerprint, told, in_order))
        write_whole(folder / _INDEX, msgspec.json.encode(_Index(_VERSION, fingerprint, pieces)))
        return pieces


def _made(
    paths: DataPaths, recording: Recording, fingerprint: str, told: Callable[[str], None], order: Order
) -> Iterator[Piece]:
    def left_out(path: Path, place: int, reason: str) -> None:
        told(f"left out: {path} {place}: {reason}")

    for one in days_of(_arrived(recording, left_out, order)):
        watched = _Watched(one.arrived)
        target, is_columnar = _columns(paths, recording.label, one.day), True
        try:
            write_columns(target, watched.start, chunks_of(watched))
        except NotColumnar as error:
            told(f"{recording.label} {one.day}: {error}; its frames are read for each combination, which takes longer")
            is_columnar = False
            for _ in watched:
                pass
        if watched.has_instruments:
            yield Piece(
                label=recording.label,
                path=str(recording.path),
                until=recording.until,
                day=one.day,
                start=watched.start,
                end=watched.end,
                is_columnar=is_columnar,
                fingerprint=fingerprint,
            )
        else:
            told(f"{recording.label} {one.day} is left out: it has no complete list of instruments")


class _Watched:
    """A day's arrivals, and what is to be known of them when they have gone by."""

    def __init__(self, arrived: Iterator[Arrived]) -> None:
        self._first = next(arrived)
        self._rest = arrived
        self.start = self.end = self._first.at
        self.has_instruments = False
        self._all = self._gone_by()

    def __iter__(self) -> Iterator[Arrived]:
        return self._all

    def _gone_by(self) -> Iterator[Arrived]:
        for one in chain([self._first], self._rest):
            self.end = one.at
            if one.rank is Rank.REST and not self.has_instruments:
                what = read(one.frame, 0)
                self.has_instruments = isinstance(what, InstrumentPage) and not what.next_cursor
            yield one


def _arrived(recording: Recording, left_out: LeftOut, order: Order) -> Iterator[Arrived]:
    for one in order(recorded(recording.path, left_out)):
        if recording.until is not None and one.at >= recording.until:
            return
        yield one


def _columns(paths: DataPaths, label: str, day: date) -> Path:
    return paths.paper_columns / label / day.isoformat()


def _fingerprint(recording: Recording) -> str:
    files = sorted(recording.path.rglob("*")) if recording.path.is_dir() else [recording.path]
    said = [str(_VERSION), str(recording.until)]
    for path in files:
        if path.is_file() and not _is_after(path, recording.until):
            state = path.stat()
            said.append(f"{path.relative_to(recording.path.parent)} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _is_after(path: Path, until: int | None) -> bool:
    """Whether a file of frames is of a day that is not taken yet: it grows, and makes nothing of what is taken new."""
    if until is None:
        return False
    return path.parent.name >= datetime.fromtimestamp(until // DAY_MS * DAY_MS // 1000, UTC).date().isoformat()


def _read_index(path: Path) -> _Index | None:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Index)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.version == _VERSION else None


def _nobody(path: Path, place: int, reason: str) -> None:
    """It was told when the days were looked for."""
