"""Reading the raw store: day by day, from where one stopped, the newest at a time, one capture by its place.

Readers take no lock and never wait: they see each file as it was when they opened it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import islice
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.p2p.markets import MarketSide, Source
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.day_file import DayFile, IndexMemory
from p2p_pipeline.p2p.raw.day_index import DamagedPart, Entry
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import MemberError
from p2p_pipeline.p2p.raw.stored import Damage, RawStoreError, StoredSnapshot, is_file_key, moment_in_id, sweep_key


@dataclass(frozen=True, slots=True)
class StoredLines:
    """Whose lines they are and where they begin in the uncompressed file."""

    snapshot_id: str
    raw_path: str
    offset: int


_FEW = 16
"""Snapshots for which loading what reads many quickly costs more than it saves."""


class RawReader:
    """The raw store of a data folder, for reading. Safe to share between threads, beside any number of writers."""

    def __init__(self, data_folder: Path, *, files: FileSystem | None = None) -> None:
        self._folder = RawFolder(data_folder, RealFileSystem() if files is None else files)
        self._memory = IndexMemory()

    def days(self) -> list[date]:
        """The UTC days with a folder, oldest first; `file_keys` says what is in one."""
        self._folder.check_layout()
        return self._folder.days()

    def file_keys(self, day: date) -> list[str]:
        """A day's market keys, `{venue}.sweep-{fiat}` of sweeps, `{venue}.reference` for lists; sorted."""
        self._folder.check_layout()
        return self._folder.file_keys(day)

    def read(
        self, day: date, file_key: str, from_offset: int = 0, to_offset: int | None = None
    ) -> Iterator[StoredSnapshot | Damage]:
        """Every snapshot of a file, each once, in the order they were stored; damage is told and passed over.

        `from_offset` (uncompressed, as in `StoredSnapshot.end_offset` and `end_offset()`) goes on where one stopped.
        `to_offset` is where to stop: without it a half-written end is told as damage, which it may turn out not to be
        while somebody appends.
        """
        with self._open(day, file_key) as day_file:
            wanted = []
            for found in day_file.entries:
                length = found.length if isinstance(found, Entry) else 1
                if found.offset + length > from_offset and (to_offset is None or found.offset < to_offset):
                    wanted.append(found)
            yield from _in_order(day_file, wanted)
            damage = day_file.tail_damage() if to_offset is None else None
            if damage is not None:
                yield damage

    def end_offset(self, day: date, file_key: str) -> int:
        """The file's uncompressed length; 0 when there is none."""
        with self._open(day, file_key) as day_file:
            return day_file.end_offset

    def lineage(self, day: date, file_key: str, to_offset: int) -> str:
        """A fingerprint of what is stored up to an offset: other snapshots, another order or length give another one.

        Whoever goes on from an offset compares it, for the file may have been replaced since.
        """
        digest = hashlib.sha256()
        with self._open(day, file_key) as day_file:
            for found in day_file.entries:
                if isinstance(found, Entry) and found.offset < to_offset:
                    # One that was stored again could not be read before: whoever passed over it has to read it now.
                    again = "again" if found.snapshot_id in day_file.stored_again else ""
                    digest.update(f"{found.snapshot_id}\t{found.offset}\t{found.length}{again}\n".encode())
        return digest.hexdigest()[:16]

    def snapshot_ids(self, day: date, file_key: str) -> list[str]:
        """The ids of a file's snapshots in the order they were stored, without decompressing them."""
        with self._open(day, file_key) as day_file:
            return [e.snapshot_id for e in day_file.entries if isinstance(e, Entry) and e.snapshot_id is not None]

    def read_some(
        self, day: date, file_key: str, accept_id: Callable[[str], bool]
    ) -> Iterator[StoredSnapshot | Damage]:
        """The snapshots of a file whose ids are accepted, in stored order; in a growing file the rest costs nothing.

        Damage is told where it befell an accepted snapshot, not where nobody knows whose bytes they were.
        """
        with self._open(day, file_key) as day_file:
            wanted = (
                found
                for found in day_file.entries
                if isinstance(found, Entry) and found.snapshot_id is not None and accept_id(found.snapshot_id)
            )
            yield from _in_order(day_file, list(wanted))

    def lines_of_all(self, day: date, file_key: str) -> Iterator[tuple[StoredLines, bytes | Damage]]:
        """Every snapshot of a file as it lies there, to be kept elsewhere for a while and read by `read_lines`."""
        from p2p_pipeline.p2p.raw.reading_through import LinesInOrder

        with self._open(day, file_key) as day_file:
            in_order = LinesInOrder(day_file)
            for found in day_file.entries:
                if isinstance(found, Entry) and found.snapshot_id is not None:
                    where = StoredLines(found.snapshot_id, day_file.raw_path, found.offset)
                    try:
                        yield where, in_order.lines(found)
                    except MemberError as error:
                        yield where, Damage(day_file.raw_path, found.offset, found.length, str(error))

    def is_packed(self, day: date, file_key: str) -> bool:
        """Whether a file, or a part of it, is packed: a snapshot is had by decompressing its frame up to there.

        Frames hold many snapshots: in stored order each is decompressed once, in another order many times.
        """
        return self._folder.files.size(self._folder.packed(day, file_key)) > 0

    @property
    def state_folder(self) -> Path:
        """Where the claims of those who write lie."""
        return self._folder.state

    def realm(self) -> Source | None:
        """Whether the folder is live, imported or simulated; None while no answer has been stored."""
        return self._folder.realm()

    def sources(self, day: date, file_key: str) -> frozenset[Source]:
        """Where a file's snapshots came from (live, imported, simulated), without decompressing them."""
        with self._open(day, file_key) as day_file:
            return frozenset(e.source for e in day_file.entries if isinstance(e, Entry) and e.source is not None)

    def capture_at(self, raw_path: str, offset: int) -> Capture:
        """The capture whose line begins at an uncompressed offset: the way back from a table to the bytes.

        Quick in a growing file; in a repacked one the snapshot's frame is decompressed up to there (32 MiB at most; in
        a day that an earlier release packed as one frame, the day).
        """
        day, file_key = _parse_raw_path(raw_path)
        with self._open(day, file_key) as day_file:
            for found in day_file.entries:
                if isinstance(found, Entry) and found.offset <= offset < found.offset + found.length:
                    for loaded in day_file.load(found):
                        if isinstance(loaded, StoredSnapshot):
                            for capture, line_offset in loaded.captures:
                                if line_offset == offset:
                                    return capture
        raise RawStoreError("no capture begins at byte {offset} of {raw_path}", offset=offset, raw_path=raw_path)

    def newest_first(
        self, market_side: MarketSide, at_or_before: datetime | None = None, *, days_back: int | None = 1
    ) -> Iterator[StoredSnapshot]:
        """The snapshots of a side at or before a time (None: all), newest first; nothing is read before it is taken.

        Goes back to that day and `days_back` days before it (None as time: the newest days stored; None as days: as far
        as there are any). Never gives anything that was not known at that time: a snapshot counts from its first
        response on.
        """
        self._folder.check_layout()
        market, prefix = market_side.market, f"{market_side.market.key}:{market_side.side}:"
        keys = (market.key, sweep_key(market.venue, market.fiat))
        last = date.max if at_or_before is None else at_or_before.astimezone(UTC).date()
        first = date.min
        if at_or_before is not None and days_back is not None:
            first = last - timedelta(days=days_back)
        days = (day for day in reversed(self._folder.days()) if first <= day <= last)
        stored = ((day, kept) for day in days if (kept := [key for key in keys if self._folder.has(day, key)]))
        for day, kept in stored if days_back is None else islice(stored, days_back + 1):
            with ExitStack() as opened:
                files = [opened.enter_context(self._open(day, key)) for key in kept]
                found = [_newest_first(day_file, prefix, at_or_before) for day_file in files]
                # A sweep's snapshots are named after its beginning: by their names they would all be too old.
                yield from merge(*found, key=lambda snapshot: snapshot.snapshot_at, reverse=True)

    def latest(
        self, market_side: MarketSide, at_or_before: datetime | None = None, *, days_back: int | None = 1
    ) -> StoredSnapshot | None:
        """The first of `newest_first`."""
        return next(self.newest_first(market_side, at_or_before, days_back=days_back), None)

    def _open(self, day: date, file_key: str) -> DayFile:
        self._folder.check_layout()
        return DayFile(self._folder, self._memory, day, file_key)


def _in_order(day_file: DayFile, wanted: Sequence[Entry | DamagedPart]) -> Iterator[StoredSnapshot | Damage]:
    if len(wanted) <= _FEW:
        for found in wanted:
            yield from day_file.load(found)
        return
    from p2p_pipeline.p2p.raw.reading_through import snapshots_in_order

    yield from snapshots_in_order(day_file, wanted)


def _newest_first(day_file: DayFile, prefix: str, at_or_before: datetime | None) -> Iterator[StoredSnapshot]:
    # Stored order is not time order: a clock that was set back, or an import, appends older snapshots later.
    dated = []
    for found in day_file.entries:
        if isinstance(found, Entry) and found.snapshot_id is not None and found.snapshot_id.startswith(prefix):
            moment = moment_in_id(found.snapshot_id)
            if moment is not None and (at_or_before is None or moment <= at_or_before):
                dated.append((moment, found.offset, found))
    for _, _, found in sorted(dated, key=lambda item: item[:2], reverse=True):
        for loaded in day_file.load(found):
            if isinstance(loaded, StoredSnapshot) and (at_or_before is None or loaded.snapshot_at <= at_or_before):
                yield loaded


def _parse_raw_path(raw_path: str) -> tuple[date, str]:
    day_text, _, name = raw_path.partition("/")
    file_key = name.removesuffix(".jsonl")
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        day = None
    if day is None or not name.endswith(".jsonl") or not is_file_key(file_key):
        raise RawStoreError("raw path was {raw_path!r}; write it as 2024-10-25/bybit.USDT-RUB.jsonl", raw_path=raw_path)
    return day, file_key
