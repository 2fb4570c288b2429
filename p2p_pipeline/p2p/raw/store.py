"""Append snapshots so that what was acknowledged is never lost and never doubled.

The public surface of the raw store:

    store = RawStore(data_folder)                       # writes `<data>/raw/`; many processes may
    done = store.append(captures)                       # -> Appended: only now is the snapshot acknowledged
    store.recover(day)                                  # -> [TornTail]: cut off what a crash left half written

    reader = store.reader                               # or RawReader(data_folder)
    reader.days(); reader.file_keys(day)                # what there is
    reader.read(day, file_key, from_offset=0)           # -> StoredSnapshot | Damage, in stored order
    reader.end_offset(day, file_key)                    # where to go on next time
    reader.snapshot_ids(day, file_key)                  # without decompressing
    reader.newest_first(market_side, at_or_before, days_back=1)     # -> StoredSnapshots; take the first that suits
    reader.capture_at(raw_path, offset)                 # -> Capture: the way back to the bytes

    repack_closed_days(store, today)                    # repack.py -> [RepackReport]: closed days become `.jsonl.zst`
    days_to_drop(data_folder, today, keep_days, max_total_bytes); drop_days(...); file_sizes(...)   # retention.py
    import_recording(path, store)                       # recordings.py -> ImportReport

Errors are RawStoreError (stored.py): AlreadyStored, DiskFull, WriteFailed, LayoutMismatch, RealmMismatch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import Capture, to_line
from p2p_pipeline.p2p.raw.day_file import IndexMemory, open_both
from p2p_pipeline.p2p.raw.day_index import DayIndex
from p2p_pipeline.p2p.raw.duplicates import Duplicates
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import encode_member
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import (
    AlreadyStored,
    Appended,
    DiskFull,
    RealmMismatch,
    TornTail,
    check_one_snapshot,
    day_of,
    file_key_of,
    typed_write_error,
)
from p2p_pipeline.p2p.raw.torn_tails import cut_off, find_torn_tail

_MIB = 1024 * 1024
DEFAULT_MIN_FREE_BYTES = 256 * _MIB
"""Room left for the rest of the program (the Dagster instance's database breaks on a full disk)."""


class RawStore:
    """The raw store of a data folder, for writing. Threads and processes may append at the same time."""

    def __init__(
        self,
        data_folder: Path,
        *,
        files: FileSystem | None = None,
        min_free_bytes: int = DEFAULT_MIN_FREE_BYTES,
        checkpoint: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open a data folder; nothing is made or changed before the first append.

        `checkpoint` is told each step of an append by name (`before_write`, `after_write`, `after_fsync`), so that a
        crash test can end the process exactly there.
        """
        self._files: FileSystem = RealFileSystem() if files is None else files
        self.folder = RawFolder(data_folder, self._files)
        self._memory = IndexMemory()
        self._duplicates = Duplicates(self.folder, self._memory)
        weakref.finalize(self, self._duplicates.let_go)
        self.min_free_bytes = min_free_bytes
        self._checkpoint = checkpoint
        self.reader = RawReader(data_folder, files=self._files)

    def append(self, captures: Sequence[Capture]) -> Appended:
        """Store one snapshot; when this returns it is safe on disk.

        One that is there but can't be read any more is stored again, and read from there from then on. Raises
        AlreadyStored when it is there (nothing is lost, nothing written), DiskFull or WriteFailed when the
        disk refuses (what was stored before is intact), RealmMismatch when its source may not be in this folder.
        """
        first = check_one_snapshot(captures)
        day, file_key = day_of(first), file_key_of(first)
        lines = b"".join(to_line(capture) + b"\n" for capture in captures)
        try:
            with self.folder.lock(file_key):
                self._require_room(len(lines))
                self.folder.admit(first.source, has_answers=any(c.status is not None for c in captures))
                return self._append_locked(day, file_key, first, lines)
        except OSError as error:
            raise typed_write_error(self.folder.root, error) from error

    def recover(self, day: date) -> list[TornTail]:
        """Cut off and keep aside what a crash left half written in a day's files; what it finds is worth a log line."""
        torn: list[TornTail] = []
        try:
            for file_key in self.folder.file_keys(day):
                with self.folder.lock(file_key), self._memory.borrow(day, file_key) as index:
                    torn.extend(self._bring_up_to_date(index, day, file_key))
        except OSError as error:
            raise typed_write_error(self.folder.root, error) from error
        return torn

    def _append_locked(self, day: date, file_key: str, first: Capture, lines: bytes) -> Appended:
        path = self.folder.growing(day, file_key)
        with self._memory.borrow(day, file_key) as index:
            recovered = self._bring_up_to_date(index, day, file_key)
            if first.snapshot_id in index.snapshot_ids and not self._duplicates.is_damaged(
                index, day, file_key, first.snapshot_id, lines
            ):
                raise AlreadyStored(first.snapshot_id, tuple(recovered))
            self._duplicates.let_go(other_than=(day, file_key))
            _check_sources(index.sources | {first.source}, path)
            offset = index.end_offset
            member = encode_member(lines, first.snapshot_id, first.source, offset)
            self._files.make_folder(path.parent)
            self._checkpoint("before_write")
            self._write(path, member, index)
        self._checkpoint("after_fsync")
        raw_path = f"{day.isoformat()}/{file_key}.jsonl"
        return Appended(first.snapshot_id, raw_path, offset, len(lines), tuple(recovered))

    def _write(self, path: Path, member: bytes, index: DayIndex) -> None:
        size = self._files.size(path)
        try:
            self._files.append(path, member)
            self._checkpoint("after_write")
            self._make_durable(path, index)
        except OSError:
            # If even this fails, the next append finds the torn end and cuts it off then.
            with suppress(OSError):
                self._files.truncate(path, size)
                self._files.sync(path)
            raise

    def _bring_up_to_date(self, index: DayIndex, day: date, file_key: str) -> list[TornTail]:
        path = self.folder.growing(day, file_key)
        with open_both(self.folder, day, file_key) as (growing, packed):
            index.update(growing, packed)
            if growing is None:
                return []
            if index.tail is None and index.scanned_to == index.synced_to:
                return []
            tail = find_torn_tail(growing, index)
        torn = [] if tail is None else [cut_off(self.folder, path, tail)]
        if torn:
            index.forget()
            with open_both(self.folder, day, file_key) as (growing, packed):
                index.update(growing, packed)
        # Another process may have written the last member and died before its sync: present is not yet durable.
        self._make_durable(path, index)
        return torn

    def _make_durable(self, path: Path, index: DayIndex) -> None:
        self._files.sync(path)
        if index.synced_to is None:
            self._files.sync_folder(path.parent)
            self._files.sync_folder(path.parent.parent)
        index.synced_to = self._files.size(path)

    def _require_room(self, length: int) -> None:
        free = self._files.free_bytes(self.folder.root)
        if free < self.min_free_bytes + length:
            raise DiskFull(
                self.folder.root,
                Told(
                    "{free} MiB are free and {least} MiB are kept for all else",
                    free=free // _MIB,
                    least=self.min_free_bytes // _MIB,
                ),
            )


def _check_sources(sources: set[Source], path: Path) -> None:
    if {Source.IMPORTED, Source.SIMULATED} <= sources:
        raise RealmMismatch(
            "{path} would hold imported and simulated snapshots of one market: use another --data-dir for one",
            path=path,
        )
