"""Closed days become one `.jsonl.zst` a market: many times smaller, faster to read, the same bytes and offsets.

The new file is written aside, made durable, read back and compared byte for byte with what it replaces; only then is
it renamed into place and the `.jsonl.gz` removed. A crash at any point leaves every snapshot readable exactly once.
Snapshots that arrive later for a repacked day go to a new `.jsonl.gz` beside it; the next repack merges them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.day_file import DayFile, IndexMemory
from p2p_pipeline.p2p.raw.day_index import DamagedPart, Entry, Place
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import MemberError
from p2p_pipeline.p2p.raw.packed_day import (
    FRAME_BYTES,
    PackedFrame,
    PackedReader,
    ends_with_index,
    is_of_one_frame,
    pack,
)
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import typed_write_error

UPGRADED_DAYS = 7
"""How many days of the earlier layout one call of `repack_closed_days` packs anew."""
_WRITE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class RepackReport:
    """What became of one file. `kept_because` says why the `.jsonl.gz` stayed, when it did."""

    day: date
    file_key: str
    snapshots: int
    lines_bytes: int
    """Uncompressed."""
    bytes_before: int
    bytes_after: int
    kept_because: str | None = None


class _NotIdentical(Exception):
    """What was read back is not what was to be written."""


def repack_closed_days(store: RawStore, today: date, upgraded_days: int = UPGRADED_DAYS) -> list[RepackReport]:
    """Repack every day before today (UTC) that snapshots were appended to; damaged files stay as they are, and say so.

    Days of an earlier release's layout (one frame) are packed anew, `upgraded_days` of them in one call and the newest
    first: years of them would take hours and hold up what else is done then. One that can't be is not counted, so that
    it keeps no other waiting.
    """
    closed = [day for day in store.reader.days() if day < today]
    grown = [day for day in closed if _has_grown(store.folder, day)]
    reports = [report for day in grown for report in repack_day(store, day)]
    for day in reversed([day for day in closed if day not in grown]):
        if upgraded_days <= 0:
            break
        made = repack_day(store, day)
        upgraded_days -= any(report.kept_because is None for report in made)
        reports += made
    return reports


def repack_day(store: RawStore, day: date, frame_bytes: int = FRAME_BYTES) -> list[RepackReport]:
    """Repack a closed day's files. Running it again, also after a crash, finishes or changes nothing."""
    folder = store.folder
    try:
        with folder.lock("repack"):
            store.recover(day)
            keys = [key for key in folder.file_keys(day) if _has_work(folder, day, key)]
            return [_repack_file(folder, store.min_free_bytes, day, key, frame_bytes) for key in keys]
    except OSError as error:
        raise typed_write_error(folder.root, error) from error


def _repack_file(folder: RawFolder, min_free_bytes: int, day: date, file_key: str, frame_bytes: int) -> RepackReport:
    files = folder.files
    growing, packed = folder.growing(day, file_key), folder.packed(day, file_key)
    aside = packed.with_name(f".{packed.name}.new")
    before = files.size(growing) + files.size(packed)
    files.remove(aside)
    with DayFile(folder, IndexMemory(), day, file_key) as source:
        entries = [entry for entry in source.entries if isinstance(entry, Entry)]

        def report(kept_because: str | None = None) -> RepackReport:
            after = files.size(growing) + files.size(packed)
            return RepackReport(day, file_key, len(entries), source.end_offset, before, after, kept_because)

        reason = _why_not(source, files.free_bytes(folder.root) - min_free_bytes - before)
        if reason is not None:
            return report(reason)
        # Where a damaged snapshot was stored again, the new file has it in its old place.
        has_more = any(entry.place is not Place.PACKED for entry in entries) or bool(source.stored_again)
        has_more = has_more or _is_of_one_frame(files, packed)
        if has_more:
            try:
                frames = _write_aside(files, aside, source, entries, frame_bytes)
                _verify(files, aside, source, entries, frames)
            except (MemberError, _NotIdentical) as error:
                files.remove(aside)
                return report(str(error))
        with folder.lock(file_key):
            if files.size(growing) != source.growing_size:
                files.remove(aside)
                return report("snapshots arrived while it was repacked; the next repack takes it")
            _swap(files, aside if has_more else None, packed, growing)
        return report()


def _has_grown(folder: RawFolder, day: date) -> bool:
    return any(folder.files.size(folder.growing(day, key)) > 0 for key in folder.file_keys(day))


def _has_work(folder: RawFolder, day: date, file_key: str) -> bool:
    return folder.files.size(folder.growing(day, file_key)) > 0 or _is_of_one_frame(
        folder.files, folder.packed(day, file_key)
    )


def _is_of_one_frame(files: FileSystem, packed: Path) -> bool:
    file = files.open(packed)
    if file is None:
        return False
    with file:
        return is_of_one_frame(file)


def _why_not(source: DayFile, room_bytes: int) -> str | None:
    if source.tail is not None or any(isinstance(found, DamagedPart) for found in source.entries):
        return "the file is damaged; it stays as it is, so that nothing is lost"
    offset = 0
    for entry in source.entries:
        if entry.offset != offset:
            return f"its snapshots are not contiguous at byte {offset}; it stays as it is"
        offset += entry.length
    return "there is too little room on the disk to write the packed file beside it" if room_bytes < 0 else None


def _write_aside(
    files: FileSystem, aside: Path, source: DayFile, entries: list[Entry], frame_bytes: int
) -> list[PackedFrame]:
    buffer = bytearray()

    def write(data: bytes) -> None:
        buffer.extend(data)
        if len(buffer) >= _WRITE_BYTES:
            files.append(aside, bytes(buffer))
            buffer.clear()

    def pieces() -> Iterator[tuple[str | None, Source | None, bytes]]:
        for entry in entries:
            yield entry.snapshot_id, entry.source, source.lines(entry)

    try:
        frames = pack(pieces(), write, frame_bytes)
        files.append(aside, bytes(buffer))
        files.sync(aside)
    except OSError:
        files.remove(aside)
        raise
    return frames


def _verify(files: FileSystem, aside: Path, source: DayFile, entries: list[Entry], frames: list[PackedFrame]) -> None:
    written = files.open(aside)
    if written is None:
        raise _NotIdentical("the packed file vanished while it was written; the .jsonl.gz stays")
    with written:
        left = iter(entries)
        for frame in frames:
            stream = PackedReader(written, frame.position, frame.stored_length)
            for run, entry in zip(frame.runs, left, strict=False):
                lines = stream.take(run.start, run.length)
                if lines != source.lines(entry) or zlib.crc32(lines) != run.checksum:
                    raise _NotIdentical(f"{entry.snapshot_id} read back differently; the .jsonl.gz stays")
            if any(stream.rest()):
                raise _NotIdentical("a packed frame holds more than was written; the .jsonl.gz stays")
        if next(left, None) is not None or not ends_with_index(written, frames):
            raise _NotIdentical("the packed file holds something else than was written; the .jsonl.gz stays")


def _swap(files: FileSystem, aside: Path | None, packed: Path, growing: Path) -> None:
    if aside is not None:
        files.replace(aside, packed)
    # The rename must be durable before the removal may be: else a power loss could keep only the removal.
    files.sync_folder(packed.parent)
    files.remove(growing)
    files.sync_folder(packed.parent)
