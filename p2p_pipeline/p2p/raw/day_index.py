"""Where each snapshot of a market's day lies, over the packed file and the growing one together.

Kept between calls: an append or a read after the first costs only what was added since.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import BinaryIO

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.members import HEADER_READ_BYTES, MemberError, is_header_start, parse_header
from p2p_pipeline.p2p.raw.packed_day import PackedFrame, frames_without_index, packed_index
from p2p_pipeline.p2p.raw.plain_member import PlainMember
from p2p_pipeline.p2p.raw.runs import Run, runs_of

_SEARCH_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b\x08"
_ANCHOR_BYTES = 64


class Place(Enum):
    """What kind of storage holds a snapshot."""

    FRAMED = "a gzip member with our header"
    PLAIN = "a gzip member without it"
    PACKED = "the packed file"


@dataclass(frozen=True, slots=True)
class Entry:
    """One snapshot's place. `offset` and `length` count uncompressed bytes of the day, the same after repacking."""

    place: Place
    snapshot_id: str | None
    source: Source | None
    offset: int
    length: int
    position: int = 0
    """The member's first byte in the file."""
    stored_length: int = 0
    """The member's bytes in the file."""
    inner: int = 0
    """Where the snapshot begins in the member's uncompressed content."""
    checksum: int | None = None


@dataclass(frozen=True, slots=True)
class DamagedPart:
    """Bytes of a file between members that are whole."""

    place: Place
    position: int
    length: int
    reason: str
    offset: int = 0
    """How many uncompressed bytes come before it."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Bytes at a file's end that are no whole member."""

    position: int
    length: int
    reason: str
    may_be_in_flight: bool
    """Whether it is how a member looks while another process writes it."""


class DayIndex:
    """The snapshots of one market's day, each once."""

    def __init__(self) -> None:
        self.mutex = threading.RLock()
        self._reset(None)

    def _reset(self, packed_mark: bytes | None) -> None:
        self.begun = object()
        """Another one after each time it started over: the files are no longer those they were."""
        self.entries: list[Entry | DamagedPart] = []
        self.snapshot_ids: set[str] = set()
        self.stored_again: dict[str, Entry] = {}
        """A second time that the same lines were stored, for when the first is damaged."""
        self.sources: set[Source] = set()
        self.packed_length = 0
        """How many uncompressed bytes the packed file holds."""
        self.end_offset = 0
        self.scanned_to = 0
        self.synced_to: int | None = None
        """Up to where a writer has made the growing file durable; None: not even its name."""
        self.last_member: Entry | None = None
        self.tail: Tail | None = None
        self._packed_mark = packed_mark
        self._anchor = (0, b"")

    def update(self, growing: BinaryIO | None, packed: BinaryIO | None) -> None:
        """Take in what was added since the last time; start over when a file is no longer the one it was."""
        mark = None if packed is None else _mark(packed)
        size = 0 if growing is None else growing.seek(0, 2)
        if mark != self._packed_mark or size < self.scanned_to or not self._is_same_file(growing):
            self._reset(mark)
        if packed is not None and not self.entries:
            self._add_packed(packed)
        self.tail = None
        if growing is None:
            return
        newest = None
        for found in scan(growing, self.scanned_to, size):
            if isinstance(found, Tail):
                self.tail = found
                break
            newest = found
            self._add(found)
            self.scanned_to = found.position + (found.stored_length if isinstance(found, Entry) else found.length)
        if newest is not None:
            self._anchor = (newest.position, read_at(growing, newest.position, _ANCHOR_BYTES))

    def forget(self) -> None:
        """Start over with the next update."""
        self._reset(None)

    def _is_same_file(self, growing: BinaryIO | None) -> bool:
        position, data = self._anchor
        return not data or (growing is not None and read_at(growing, position, len(data)) == data)

    def _add(self, found: Entry | DamagedPart) -> None:
        if isinstance(found, DamagedPart):
            self.entries.append(replace(found, offset=self.end_offset))
            return
        self.last_member = found
        if found.source is not None:
            self.sources.add(found.source)
        if found.snapshot_id is not None:
            if found.snapshot_id in self.snapshot_ids:
                self.stored_again[found.snapshot_id] = found
                return
            self.snapshot_ids.add(found.snapshot_id)
        # What has no place of its own in the day follows what was there before.
        is_placed = found.place is Place.FRAMED or found.offset == self.end_offset
        entry = found if is_placed else replace(found, offset=self.end_offset)
        self.entries.append(entry)
        self.end_offset = max(self.end_offset, entry.offset + entry.length)

    def _add_packed(self, packed: BinaryIO) -> None:
        frames = packed_index(packed)
        for frame in frames_without_index(packed) if frames is None else frames:
            for run in frame.runs:
                self._add(_packed_entry(frame, run, self.end_offset))
        if frames is None:
            reason = "the index at the packed file's end is missing or damaged, both times"
            self._add(DamagedPart(Place.PACKED, 0, packed.seek(0, 2), reason))
        self.packed_length = self.end_offset
        self.last_member = None


def scan(file: BinaryIO, start: int, size: int) -> Iterator[Entry | DamagedPart | Tail]:
    """Hop from member to member; a tail comes last, if there is one. Framed members' contents aren't looked at."""
    position = start
    while position < size:
        head = read_at(file, position, HEADER_READ_BYTES)
        header = parse_header(head)
        if header is not None and position + header.stored_length <= size:
            yield Entry(
                Place.FRAMED, header.snapshot_id, header.source, header.offset, header.length, position,
                header.stored_length,
            )  # fmt: skip
            position += header.stored_length
            continue
        plain = None if header is not None else _scan_plain(file, position)
        if plain is not None:
            yield from plain[0]
            position = plain[1]
            continue
        reason = "the last member is incomplete" if header is not None else "no member begins here"
        following = _next_member(file, position + 1, size)
        if following is None:
            in_flight = header is not None or (is_header_start(head) and size - position < HEADER_READ_BYTES)
            yield Tail(position, size - position, reason, in_flight)
            return
        yield DamagedPart(Place.FRAMED, position, following - position, reason)
        position = following


def _scan_plain(file: BinaryIO, position: int) -> tuple[list[Entry], int] | None:
    if read_at(file, position, len(_GZIP_MAGIC)) != _GZIP_MAGIC:
        return None
    member = PlainMember(file, position)
    try:
        runs = list(runs_of(member))
    except MemberError:
        return None
    stored = member.end - position
    return [
        Entry(Place.PLAIN, run.snapshot_id, run.source, 0, run.length, position, stored, run.start, run.checksum)
        for run in runs
    ], member.end


def _next_member(file: BinaryIO, start: int, size: int) -> int | None:
    position = start
    while position < size:
        window = read_at(file, position, _SEARCH_BYTES)
        found = window.find(_GZIP_MAGIC)
        while found != -1:
            candidate = position + found
            if parse_header(read_at(file, candidate, HEADER_READ_BYTES)) is not None:
                return candidate
            if _scan_plain(file, candidate) is not None:
                return candidate
            found = window.find(_GZIP_MAGIC, found + 1)
        if len(window) < _SEARCH_BYTES:
            return None
        position += len(window) - len(_GZIP_MAGIC) + 1
    return None


def _packed_entry(frame: PackedFrame, run: Run, offset: int) -> Entry:
    return Entry(
        Place.PACKED, run.snapshot_id, run.source, offset, run.length, frame.position, frame.stored_length, run.start,
        run.checksum,
    )  # fmt: skip


def _mark(packed: BinaryIO) -> bytes:
    size = packed.seek(0, 2)
    tail = read_at(packed, max(0, size - _ANCHOR_BYTES), _ANCHOR_BYTES)
    return b"%d:%d" % (size, zlib.crc32(tail))
