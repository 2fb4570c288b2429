"""One market's day opened for reading: the packed file and the growing one as one sequence of snapshots."""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import BinaryIO

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.p2p.raw.capture import Capture, LineError, from_line
from p2p_pipeline.p2p.raw.day_index import DamagedPart, DayIndex, Entry, Place, Tail
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import MemberError, decode_member, parse_header
from p2p_pipeline.p2p.raw.packed_day import PackedReader
from p2p_pipeline.p2p.raw.plain_member import ForwardReader, PlainMember
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.raw.whole_frames import WholeFrames

_REMEMBERED_DAYS = 3
"""Today, yesterday around midnight, and one that is looked back at; all markets of each."""
_REMEMBERED_ENTRIES = 500_000
"""Over all files, about 190 MB: a whole venue of 850 files, both sides every five minutes for a day."""
_NEWLINE = 0x0A

ReadLine = Callable[[bytes, int, int], Capture]
"""Reads the line between two places, without its end; raises LineError."""


def _read_line(lines: bytes, start: int, end: int) -> Capture:
    return from_line(lines[start:end])


class IndexMemory:
    """The indexes of the days used last, so that reading or appending on costs only what was added.

    Counted in days, not in files: all markets are used in turn, so a memory one file too small would never help.
    """

    def __init__(self) -> None:
        self._indexes: OrderedDict[tuple[date, str], DayIndex] = OrderedDict()
        self._mutex = threading.Lock()

    @contextmanager
    def borrow(self, day: date, file_key: str) -> Iterator[DayIndex]:
        """The index of a file, for one thread at a time."""
        with self._mutex:
            index = self._indexes.setdefault((day, file_key), DayIndex())
            self._indexes.move_to_end((day, file_key))
            self._forget_what_is_too_much()
        with index.mutex:
            yield index

    def _forget_what_is_too_much(self) -> None:
        newest_use = list(dict.fromkeys(day for day, _ in reversed(self._indexes)))
        for key in [key for key in self._indexes if key[0] in newest_use[_REMEMBERED_DAYS:]]:
            del self._indexes[key]
        entries = sum(len(index.entries) for index in self._indexes.values())
        while entries > _REMEMBERED_ENTRIES and len(self._indexes) > 1:
            _, forgotten = self._indexes.popitem(last=False)
            entries -= len(forgotten.entries)


@contextmanager
def open_both(folder: RawFolder, day: date, file_key: str) -> Iterator[tuple[BinaryIO | None, BinaryIO | None]]:
    """The growing and the packed file of a market's day, as they are now."""
    with ExitStack() as opened:
        # In this order: a repack between the two shows a snapshot twice (it is dropped), never not at all.
        growing = folder.files.open(folder.growing(day, file_key))
        if growing is not None:
            opened.callback(growing.close)
        packed = folder.files.open(folder.packed(day, file_key))
        if packed is not None:
            opened.callback(packed.close)
        yield growing, packed


class DayFile:
    """A market's day as it was when it was opened, whatever is appended, repacked or dropped meanwhile."""

    def __init__(self, folder: RawFolder, memory: IndexMemory, day: date, file_key: str) -> None:
        self.raw_path = f"{day.isoformat()}/{file_key}.jsonl"
        self._opened = ExitStack()
        self._growing, self._packed = self._opened.enter_context(open_both(folder, day, file_key))
        self._stream: ForwardReader | PackedReader | None = None
        self._stream_place: tuple[Place, int] | None = None
        with memory.borrow(day, file_key) as index:
            index.update(self._growing, self._packed)
            self.entries: list[Entry | DamagedPart] = list(index.entries)
            self.stored_again = dict(index.stored_again)
            self.end_offset = index.end_offset
            self.packed_length = index.packed_length
            self.tail: Tail | None = index.tail
            self.growing_size = index.scanned_to + (0 if index.tail is None else index.tail.length)

    def __enter__(self) -> DayFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; without a `with`, for who keeps a day open between two calls."""
        self._opened.close()

    def load(self, found: Entry | DamagedPart, read_line: ReadLine = _read_line) -> Iterator[StoredSnapshot | Damage]:
        """A snapshot, or what is wrong with it."""
        if isinstance(found, DamagedPart):
            yield Damage(self._file_name(found.place), found.position, found.length, found.reason)
            return
        try:
            lines = self.lines(found)
        except MemberError as error:
            yield Damage(self._file_name(found.place), found.position, found.stored_length, str(error))
            return
        yield from read_lines(found.snapshot_id, self.raw_path, found.offset, lines, read_line)

    def lines(self, entry: Entry) -> bytes:
        """A snapshot's lines as they were written; raises MemberError when they can't be had.

        Where they are damaged and were stored again since, those are given.
        """
        try:
            return self._lines_of(entry)
        except MemberError:
            again = self.stored_again.get(entry.snapshot_id or "")
            if again is None:
                raise
            return self._lines_of(again)

    def whole_frame(self, entry: Entry, frames: WholeFrames) -> memoryview | None:
        """What the packed frame with a snapshot holds, all of it; None where that can't be had."""
        return frames.content(_opened(self._packed), entry.position, entry.stored_length)

    def _lines_of(self, entry: Entry) -> bytes:
        if entry.place is Place.FRAMED:
            data = read_at(_opened(self._growing), entry.position, entry.stored_length)
            header = parse_header(data)
            if header is None:
                raise MemberError("the member's header is damaged")
            return decode_member(data, header)
        try:
            lines = self._forward_reader(entry).take(entry.inner, entry.length)
        except MemberError:
            # A stream that met damage gives nothing more; what lies before it in the frame still can be had.
            self._stream = None
            raise
        if zlib.crc32(lines) != entry.checksum:
            raise MemberError("the snapshot's checksum does not match its content")
        return lines

    def tail_damage(self) -> Damage | None:
        """Bytes at the end that are no snapshot and not one being written either."""
        if self.tail is None or self.tail.may_be_in_flight:
            return None
        return Damage(self._file_name(Place.FRAMED), self.tail.position, self.tail.length, self.tail.reason)

    def _forward_reader(self, entry: Entry) -> ForwardReader | PackedReader:
        place = (entry.place, entry.position)
        if self._stream is None or self._stream_place != place or self._stream.at > entry.inner:
            # One at a time: a stream holds its window, and streams are read one after the other.
            if entry.place is Place.PACKED:
                self._stream = PackedReader(_opened(self._packed), entry.position, entry.stored_length)
            else:
                self._stream = ForwardReader(PlainMember(_opened(self._growing), entry.position))
            self._stream_place = place
        return self._stream

    def _file_name(self, place: Place) -> str:
        return f"{self.raw_path}.{'zst' if place is Place.PACKED else 'gz'}"


def read_lines(
    snapshot_id: str | None, raw_path: str, offset: int, lines: bytes, read_line: ReadLine = _read_line
) -> Iterator[StoredSnapshot | Damage]:
    """A snapshot from its lines, which begin at an uncompressed offset of its file, and what can't be read of them."""
    captures = []
    damages = []
    at = 0
    while at < len(lines):
        end = lines.find(b"\n", at) + 1 or len(lines)
        try:
            capture = read_line(lines, at, end - 1 if lines[end - 1] == _NEWLINE else end)
            if capture.snapshot_id == snapshot_id:
                captures.append((capture, offset + at))
            else:
                reason = f"the line belongs to {capture.snapshot_id}, not to {snapshot_id}"
                damages.append(Damage(raw_path, offset + at, end - at, reason))
        except LineError as error:
            damages.append(Damage(raw_path, offset + at, end - at, str(error)))
        at = end
    if captures and snapshot_id is not None:
        yield StoredSnapshot(snapshot_id, tuple(captures), raw_path, offset, len(lines))
    yield from damages


def _opened(file: BinaryIO | None) -> BinaryIO:
    if file is None:
        raise MemberError("the file is gone")
    return file
