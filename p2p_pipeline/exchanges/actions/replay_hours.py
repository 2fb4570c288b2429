"""Replay hours of frames: the scans again, compared to what was written live, or made where that is missing."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from p2p_pipeline.exchanges.actions.replayed_files import Verdict, judge_hour
from p2p_pipeline.exchanges.frames.folder import HOUR, FrameFile, frame_files, hour_of
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.whole import FileLooked, look_into
from p2p_pipeline.exchanges.replay.checkpoint import dump_run, load_run
from p2p_pipeline.exchanges.replay.hours import Counted, book_rows, counted, exchange_rows
from p2p_pipeline.exchanges.replay.notes import SERVICE, ScanBegan, ScanEnded, Started, moment, note_of
from p2p_pipeline.exchanges.replay.scans import RunReplay, Unread
from p2p_pipeline.exchanges.tables.hour_files import HourWriter, hour_path, write_hour
from p2p_pipeline.exchanges.tables.schema import BOOKS, EXCHANGE_HOURS, FRAME_FILES, REPLAYS
from p2p_pipeline.kernel.paths import DataPaths

SETTLED = timedelta(minutes=2)
"""After an hour's end: its last scan is over, its files have their names, its frames are on disk."""
_LATE = timedelta(minutes=1)
_CHECKPOINTS = 2


@dataclass(frozen=True, slots=True)
class HourReplayed:
    """What the replay of an hour came to."""

    hour: datetime
    scans: int
    frames: int
    skipped: int
    outcome: str
    """`same`, `made`, `differs`, `not whole`; see the table exchange_replays."""
    detail: str


def closed_hours(paths: DataPaths, first: datetime, until: datetime, now: datetime) -> list[datetime]:
    """The hours of a range that the service ran in and that are over."""
    found = {file.hour for file in frame_files(paths.exchange_frames, [SERVICE], first, until)}
    return sorted(hour for hour in found if hour is not None and first <= hour and hour + HOUR + SETTLED <= now)


def replay_hours(paths: DataPaths, hours: list[datetime], *, again: bool = False) -> Iterator[HourReplayed]:
    """Replay hours that were not replayed yet (all with `again`), and write what came of each."""
    wanted = [hour for hour in hours if again or not hour_path(paths.lake, REPLAYS, hour).exists()]
    if wanted:
        shutil.rmtree(_aside(paths), ignore_errors=True)
        try:
            yield from _Replaying(paths, wanted).hours()
        finally:
            shutil.rmtree(_aside(paths), ignore_errors=True)


class _Replaying:
    """One way through the frames from where the first hour's run began."""

    def __init__(self, paths: DataPaths, wanted: list[datetime]) -> None:
        self._paths = paths
        self._wanted = wanted
        self._run: RunReplay | None = None
        self._before: Counted = {}
        self._noted: Counter[datetime] = Counter()
        self._replayed: Counter[datetime] = Counter()
        self._skipped: Counter[datetime] = Counter()
        self._at: datetime = wanted[0]
        self._now: datetime = wanted[0]
        self._books: dict[tuple[str, str], dict[str, Any]] = {}
        self._hours: dict[str, dict[str, Any]] = {}

    def hours(self) -> Iterator[HourReplayed]:
        """Each wanted hour when its last scan is over."""
        left = list(self._wanted)
        with closing(HourWriter(_aside(self._paths), continues=False)) as writer:
            for scanned_at in self._scans(writer):
                while left and scanned_at >= left[0] + HOUR:
                    writer.close()
                    yield self._ended(left.pop(0))
                if not left:
                    break
            writer.close()
        for hour in left:
            yield self._ended(hour)

    def _scans(self, writer: HourWriter) -> Iterator[datetime]:
        """The grid's places of scans as they are noted; those that are wanted are written."""
        folder, start = self._paths.exchange_frames, self._start()
        end = self._wanted[-1] + HOUR
        unread = Unread(read_frames(folder, [SERVICE], start, end + _LATE + HOUR))
        hour = start
        for frame in read_frames(folder, None, start, end + _LATE):
            now = hour_of(frame.received_at_ns)
            while now is not None and now > hour:
                self._end_of_hour(hour)
                hour += HOUR
            self._now = hour
            if frame.exchange == SERVICE and (at := self._note(frame)) is not None:
                yield at
            if self._run is None or unread.was_passed_over(frame):
                continue
            kept = self._run.take(frame)
            if kept is not None:
                place = _hour(kept.scan.at)
                self._replayed[place] += 1
                if place in self._wanted:
                    writer.keep(kept)
        if hour <= self._wanted[-1]:
            self._end_of_hour(hour)

    def _note(self, frame: Frame) -> datetime | None:
        note = note_of(frame)
        if isinstance(note, Started):
            self._begin(note)
        elif isinstance(note, ScanBegan):
            self._at = moment(note.at_ns)
            self._skipped[_hour(self._at)] += note.skipped
            return self._at
        elif isinstance(note, ScanEnded):
            self._noted[_hour(self._at)] += 1
        return None

    def _begin(self, note: Started) -> None:
        """A run's books are new; what the one before counted in this hour stays counted."""
        ended: Counted = {}
        if self._run is not None:
            exchanges = self._run.exchanges.values()
            ended = counted(exchanges)
            for row in book_rows(self._now, exchanges, self._before):
                self._books[row["exchange"], row["symbol"]] = row
            for row in exchange_rows(self._now, exchanges, self._before):
                self._hours[row["exchange"]] = row
        self._before = {
            place: {name: self._before.get(place, {}).get(name, 0) - count for name, count in counts.items()}
            for place, counts in ended.items()
        }
        self._run = RunReplay(note)

    def _start(self) -> datetime:
        self._run, start = first_of_run(self._paths, self._wanted[0])
        if self._run is not None:
            self._before = counted(self._run.exchanges.values())
        return start

    def _end_of_hour(self, hour: datetime) -> None:
        """Write what the hour's frames made of the books, and keep where the replay stands."""
        run = self._run
        if run is None:
            return
        exchanges = run.exchanges.values()
        if hour in self._wanted:
            lake = self._paths.lake
            books = {(row["exchange"], row["symbol"]): row for row in book_rows(hour, exchanges, self._before)}
            hours = {row["exchange"]: row for row in exchange_rows(hour, exchanges, self._before)}
            # What only an earlier run of the hour had is told as that run left it.
            write_hour(lake, BOOKS, hour, BOOKS.table_of(_in_order(self._books | books)))
            write_hour(lake, EXCHANGE_HOURS, hour, EXCHANGE_HOURS.table_of(_in_order(self._hours | hours)))
        self._before = counted(exchanges)
        self._books, self._hours = {}, {}
        if hour + HOUR >= self._wanted[-1]:
            self._keep(hour + HOUR, run)

    def _keep(self, hour: datetime, run: RunReplay) -> None:
        path = _checkpoint(self._paths, hour)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.write_bytes(dump_run(run))
        aside.replace(path)
        for old in sorted(path.parent.glob("*.run"))[:-_CHECKPOINTS]:
            old.unlink(missing_ok=True)

    def _ended(self, hour: datetime) -> HourReplayed:
        looked = list(look_into(self._paths.exchange_frames, _files_of(self._paths, hour)))
        lake, noted = self._paths.lake, self._noted[hour]
        verdict = judge_hour(
            lake, _aside(self._paths), hour, noted, self._replayed[hour], _why_not_whole(looked, self._run)
        )
        write_hour(lake, FRAME_FILES, hour, FRAME_FILES.table_of([_file_row(hour, one) for one in looked]))
        write_hour(lake, REPLAYS, hour, REPLAYS.table_of([_row(hour, noted, self._skipped[hour], verdict)]))
        frames = sum(one.frames for one in looked if one.file.exchange != SERVICE)
        return HourReplayed(hour, noted, frames, self._skipped[hour], verdict.outcome, verdict.detail)


def first_of_run(paths: DataPaths, first: datetime) -> tuple[RunReplay | None, datetime]:
    """Where to begin so that an hour is whole: a run that is kept up to there, or the hour in which its run began."""
    kept = _checkpoint(paths, first)
    run = load_run(kept.read_bytes()) if kept.exists() else None
    folder = paths.exchange_frames
    if run is not None or _begins(_notes(folder, first)):
        return run, first
    earlier = {file.hour for file in frame_files(folder, [SERVICE], None, first) if file.hour is not None}
    for hour in sorted(earlier, reverse=True):
        if hour < first and any(isinstance(note_of(one), Started) for one in _notes(folder, hour)):
            return None, hour
    return None, first


def _in_order(rows: Mapping[Any, dict[str, Any]]) -> list[dict[str, Any]]:
    return [rows[place] for place in sorted(rows)]


def _aside(paths: DataPaths) -> Path:
    return paths.exchange_replays / "hours"


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _checkpoint(paths: DataPaths, hour: datetime) -> Path:
    return paths.exchange_replays / f"{hour:%Y-%m-%dT%H}.run"


def _notes(folder: Path, hour: datetime) -> Iterator[Frame]:
    return read_frames(folder, [SERVICE], hour, hour + HOUR)


def _begins(notes: Iterator[Frame]) -> bool:
    first = next(notes, None)
    return first is not None and isinstance(note_of(first), Started)


def _files_of(paths: DataPaths, hour: datetime) -> list[FrameFile]:
    return [file for file in frame_files(paths.exchange_frames, None, hour, hour + HOUR) if file.hour == hour]


def _why_not_whole(looked: Iterable[FileLooked], run: RunReplay | None) -> str:
    for one in looked:
        name = f"{one.file.exchange} {one.file.connection}"
        if one.damage:
            return f"frames of {name} can't be read: {one.damage}"
        if one.lost:
            return f"{one.lost} frames of {name} could not be kept"
    return "lists that the service read are not among the frames" if run is not None and run.missing else ""


def _file_row(hour: datetime, one: FileLooked) -> dict[str, object]:
    return {
        "hour": hour, "exchange": one.file.exchange, "connection": one.file.connection,
        "source": one.file.source.value, "bytes": one.bytes, "frames": one.frames, "lost": one.lost,
        "damage": one.damage,
    }  # fmt: skip


def _row(hour: datetime, scans: int, skipped: int, verdict: Verdict) -> dict[str, object]:
    return {
        "hour": hour, "scans": scans, "outcome": verdict.outcome, "detail": verdict.detail, "skipped": skipped,
        "stored_sha256": verdict.stored_sha256, "replayed_sha256": verdict.replayed_sha256,
    }  # fmt: skip
