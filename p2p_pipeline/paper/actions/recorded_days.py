"""The recorded days that sweeps try configurations on: what there is, cut at midnight and made into columns once.

A day's pieces are its recordings that do not overlap, the longest first: two sessions that watched the same hours are
one record of them, not two.
"""

from __future__ import annotations

import fcntl
import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import date
from itertools import chain
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

import msgspec

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import from_line, to_line
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.actions.recordings import Recording, fingerprint_of, recordings_of
from p2p_pipeline.paper.columns.arriving import Late, nearly_in_order
from p2p_pipeline.paper.columns.making import NotColumnar, chunks_of
from p2p_pipeline.paper.columns.running import said_of
from p2p_pipeline.paper.columns.storing import VERSION, read_columns, write_columns
from p2p_pipeline.paper.events import InstrumentPage, Rank
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import LeftOut, recorded, session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.sweeps.days import days_of
from p2p_pipeline.paper.sweeps.settings import SweepSettings
from p2p_pipeline.paper.wire.reading import read
from p2p_pipeline.paper.words import Said

Tell = Callable[[str], None]
Order = Callable[[Iterable[Frame]], Iterable[Arrived]]
_INDEX = "days.json"
_VERSION = VERSION * 100 + 1


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
        yield from session_of(
            new_session(name_of(self.start, settings), settings), in_order(_kept_frames(paths, self.label, self.day))
        )


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


def recorded_days(paths: DataPaths, sweep: SweepSettings, told: Tell) -> list[RecordedDay]:
    """The days of a sweep, in order; what is left out is told. Raises SweepError, RecordingError.

    What is not there as columns yet is made into them first.
    """
    pieces = [one for recording in recordings_of(paths, sweep) for one in _pieces(paths, recording, told)]
    return _days(sweep, pieces, told)


class Known(NamedTuple):
    """What a look at a sweep's recordings shows that makes nothing."""

    days: list[RecordedDay]
    behind: list[str]
    """Recordings that are not there as columns as they are now, each with its mark."""


def known_days(paths: DataPaths, sweep: SweepSettings) -> Known:
    """The days that are there as columns, quickly. Raises SweepError."""
    pieces: list[Piece] = []
    behind = []
    for recording in recordings_of(paths, sweep):
        fingerprint = fingerprint_of(recording)
        known = _read_index(paths.paper_columns / recording.label / _INDEX)
        if known is None or known.fingerprint != fingerprint:
            behind.append(f"{recording.label} {fingerprint}")
        else:
            pieces += known.pieces
    return Known(_days(sweep, pieces, lambda _: None), behind)


def _days(sweep: SweepSettings, pieces: Iterable[Piece], told: Tell) -> list[RecordedDay]:
    by_day: dict[date, list[Piece]] = {}
    for piece in pieces:
        if (sweep.first_day or date.min) <= piece.day <= (sweep.last_day or date.max):
            by_day.setdefault(piece.day, []).append(piece)
    found = []
    for day in sorted(by_day):
        one = RecordedDay(day, _without_overlaps(by_day[day]))
        if one.hours < sweep.least_hours:
            least = f"least_hours is {sweep.least_hours:g}"
            told(f"{day} is left out: {one.hours:.2f} hours of it were recorded, and {least}")
        else:
            found.append(one)
    return found


def _without_overlaps(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    chosen: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: (one.start - one.end, one.start, one.label)):
        if all(piece.end < one.start or piece.start > one.end for one in chosen):
            chosen.append(piece)
    return tuple(sorted(chosen, key=lambda one: one.start))


def _pieces(paths: DataPaths, recording: Recording, told: Tell) -> list[Piece]:
    """A recording's days, made into columns unless they are."""
    folder = paths.paper_columns / recording.label
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = fingerprint_of(recording)
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
        _keep_frames(paths, recording, {piece.day for piece in pieces if not piece.is_columnar})
        write_whole(folder / _INDEX, msgspec.json.encode(_Index(_VERSION, fingerprint, pieces)))
        return pieces


def _made(paths: DataPaths, recording: Recording, fingerprint: str, told: Tell, order: Order) -> Iterator[Piece]:
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
            rmtree(target.with_name(f"{target.name}.new"), ignore_errors=True)
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


def _keep_frames(paths: DataPaths, recording: Recording, days: Set[date]) -> None:
    """The frames of days that columns can't hold, so that no combination reads the whole recording again."""
    if not days:
        return
    for one in days_of(_arrived(recording, _nobody, in_order)):
        if one.day in days:
            with gzip.open(_frames(paths, recording.label, one.day), "wb", compresslevel=1) as file:
                file.writelines(to_line(arrived.frame) + b"\n" for arrived in one.arrived)


def _kept_frames(paths: DataPaths, label: str, day: date) -> Iterator[Frame]:
    with gzip.open(_frames(paths, label, day), "rb") as file:
        for line in file:
            yield from_line(line)


def _frames(paths: DataPaths, label: str, day: date) -> Path:
    return paths.paper_columns / label / f"{day}.jsonl.gz"


def _arrived(recording: Recording, left_out: LeftOut, order: Order) -> Iterator[Arrived]:
    for one in order(recorded(recording.path, left_out)):
        if recording.until is not None and one.at >= recording.until:
            return
        yield one


def _columns(paths: DataPaths, label: str, day: date) -> Path:
    return paths.paper_columns / label / day.isoformat()


def _read_index(path: Path) -> _Index | None:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Index)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.version == _VERSION else None


def _nobody(path: Path, place: int, reason: str) -> None:
    """It was told when the days were looked for."""
