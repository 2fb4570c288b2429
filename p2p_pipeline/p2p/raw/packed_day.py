"""A closed day as a row of zstd frames, and the index at its end, twice.

Neighbouring snapshots are nearly the same, so a frame of many of them with a long window stores a day many times
smaller than separate members. One frame for all would be smallest, but a flipped bit in it lost everything behind it:
with frames of 32 MiB one of them is lost at most, and a snapshot in the middle of a day is had without decompressing
the day.

The frames are followed by two copies of a skippable one (every zstd reader passes over it) that lists the frames and
their snapshots with lengths and checksums: which snapshots a day has is known without decompressing anything.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import zstandard

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.members import MemberError
from p2p_pipeline.p2p.raw.runs import Run, runs_of

LEVEL = 9
WINDOW_LOG = 27
MAX_WINDOW_BYTES = 1 << WINDOW_LOG
FRAME_BYTES = 32 << 20
"""Uncompressed bytes after which a frame ends, at the end of the snapshot that reaches them."""

_CHUNK_BYTES = 1 << 20
_STORED_CHUNK_BYTES = 1 << 16
_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_MAGIC = 0x184D2A50
_SKIPPABLE_HEAD = struct.Struct("<II")
_FOOTER = struct.Struct("<II4s")
_FOOTER_MAGIC = b"P2IX"
_INDEX_VERSION = 2
_INDEX_COPIES = 2
_ONE_FRAME_VERSION = 1
"""The layout before there were several frames: one, with `snapshots` and no `frames` in its only index."""
_INDEX_SEARCH_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class PackedFrame:
    """One zstd frame: its bytes in the file, and the snapshots in it with their places in its uncompressed content."""

    position: int
    stored_length: int
    runs: tuple[Run, ...]


class _OwnBytes:
    """A frame's bytes as a file that ends with them, read as they are needed: an old day is one frame, however large.

    A decompressor that is given the day's file itself would go on into the next frame.
    """

    def __init__(self, file: BinaryIO, position: int, stored_length: int) -> None:
        self._file = file
        self._position = position
        self._end = position + stored_length

    def read(self, length: int) -> bytes:
        data = read_at(self._file, self._position, min(length, self._end - self._position))
        self._position += len(data)
        return data


class PackedReader:
    """Takes ranges out of one frame, forward only. Raises MemberError where it can't be read."""

    def __init__(self, file: BinaryIO, position: int, stored_length: int) -> None:
        self.at = 0
        # Only `read` is asked of it.
        stored = cast("BinaryIO", _OwnBytes(file, position, stored_length))
        self._stream = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).stream_reader(stored)

    def take(self, start: int, length: int) -> bytes:
        """The bytes from `start`, which is never before an earlier range's end."""
        while self.at < start:
            self._read(min(_CHUNK_BYTES, start - self.at))
        return self._read(length)

    def rest(self) -> Iterator[bytes]:
        """Everything that follows, piece by piece, to the end: only there zstd compares the checksum of the whole."""
        while piece := self._read_some(_CHUNK_BYTES):
            yield piece

    def _read(self, length: int) -> bytes:
        data = self._read_some(length)
        if len(data) < length:
            raise MemberError("the packed frame ends before this snapshot")
        return data

    def _read_some(self, length: int) -> bytes:
        try:
            data = self._stream.read(length)
        except zstandard.ZstdError as error:
            raise MemberError(f"the packed frame can't be decompressed: {error}") from None
        self.at += len(data)
        return data


def pack(
    pieces: Iterable[tuple[str | None, Source | None, bytes]],
    write: Callable[[bytes], None],
    frame_bytes: int,
) -> list[PackedFrame]:
    """Write snapshots as one packed day with its index, and say what was written. Memory holds one frame."""
    frames: list[PackedFrame] = []
    lines_of_frame, runs = bytearray(), list[Run]()
    position = 0

    def end_frame() -> None:
        nonlocal position
        stored = _compressed(bytes(lines_of_frame))
        write(stored)
        frames.append(PackedFrame(position, len(stored), tuple(runs)))
        position += len(stored)
        lines_of_frame.clear()
        runs.clear()

    for name, source, lines in pieces:
        runs.append(Run(name, source, len(lines_of_frame), len(lines), zlib.crc32(lines)))
        lines_of_frame.extend(lines)
        if len(lines_of_frame) >= frame_bytes:
            end_frame()
    if runs:
        end_frame()
    index = _index_bytes(frames)
    for _ in range(_INDEX_COPIES):
        write(index)
    return frames


def _compressed(lines: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(lines), window_log=WINDOW_LOG, enable_ldm=True, write_checksum=True
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compress(lines)


def _index_bytes(frames: Iterable[PackedFrame]) -> bytes:
    rows = [
        [frame.stored_length, [[run.snapshot_id, run.source, run.length, run.checksum] for run in frame.runs]]
        for frame in frames
    ]
    index = zlib.compress(json.dumps({"version": _INDEX_VERSION, "frames": rows}).encode())
    content = index + _FOOTER.pack(zlib.crc32(index), len(index), _FOOTER_MAGIC)
    return _SKIPPABLE_HEAD.pack(_SKIPPABLE_MAGIC, len(content)) + content


def packed_index(file: BinaryIO) -> list[PackedFrame] | None:
    """The frames of a packed day by its index, the nearest to the end that is whole; None when there is none."""
    size = file.seek(0, 2)
    start = max(0, size - _INDEX_SEARCH_BYTES)
    # The last copy is nearly always whole: only without it a larger piece of the file is looked through.
    for begin in (max(0, size - _FOOTER.size), start):
        tail = read_at(file, begin, size - begin)
        end = len(tail)
        while (found := tail.rfind(_FOOTER_MAGIC, 0, end)) != -1:
            frames = _index_ending_at(file, begin + found + len(_FOOTER_MAGIC))
            if frames is not None:
                return frames
            end = found
    return None


def ends_with_index(file: BinaryIO, frames: Iterable[PackedFrame]) -> bool:
    """Whether a packed day ends with every copy of exactly this index."""
    index = _index_bytes(frames) * _INDEX_COPIES
    size = file.seek(0, 2)
    return size >= len(index) and read_at(file, size - len(index), len(index)) == index


def is_of_one_frame(file: BinaryIO) -> bool:
    """Whether a packed day has the earlier layout, in which one flipped bit loses all that follows."""
    document = _document_ending_at(file, file.seek(0, 2))
    return document is not None and document["version"] == _ONE_FRAME_VERSION


def _index_ending_at(file: BinaryIO, end: int) -> list[PackedFrame] | None:
    document = _document_ending_at(file, end)
    if document is None:
        return None
    if document["version"] == _ONE_FRAME_VERSION:
        return [PackedFrame(0, end, _runs_of_rows(document["snapshots"]))]
    if document["version"] != _INDEX_VERSION:
        return None
    frames = []
    position = 0
    for stored_length, rows in document["frames"]:
        frames.append(PackedFrame(position, stored_length, _runs_of_rows(rows)))
        position += stored_length
    return frames


def _document_ending_at(file: BinaryIO, end: int) -> Any:
    if end < _FOOTER.size:
        return None
    checksum, length, magic = _FOOTER.unpack(read_at(file, end - _FOOTER.size, _FOOTER.size))
    if magic != _FOOTER_MAGIC or length > end - _FOOTER.size:
        return None
    index = read_at(file, end - _FOOTER.size - length, length)
    return json.loads(zlib.decompress(index)) if zlib.crc32(index) == checksum else None


def _runs_of_rows(rows: Iterable[tuple[str | None, str | None, int, int]]) -> tuple[Run, ...]:
    runs = []
    start = 0
    for name, source, length, checksum in rows:
        runs.append(Run(name, None if source is None else Source(source), start, length, checksum))
        start += length
    return tuple(runs)


def frames_without_index(file: BinaryIO) -> Iterator[PackedFrame]:
    """The frames that can be read when no index is left, found by how a frame begins.

    A frame that breaks off gives the snapshots before the damage; what can't be read at all is passed over.
    """
    size = file.seek(0, 2)
    position = _next_frame(file, 0, size)
    while position < size:
        following = _next_frame(file, position + len(_FRAME_MAGIC), size)
        runs = tuple(_readable_runs(file, position))
        if runs:
            yield PackedFrame(position, following - position, runs)
        position = following


def _readable_runs(file: BinaryIO, position: int) -> Iterator[Run]:
    with suppress(MemberError):
        yield from (run for run in runs_of(_frame_content(file, position)) if run.snapshot_id is not None)


def _frame_content(file: BinaryIO, position: int) -> Iterator[bytes]:
    """One frame's content to its own end, wherever that is: what follows may be no frame at all."""
    inflate = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()
    while not inflate.eof:
        stored = read_at(file, position, _STORED_CHUNK_BYTES)
        if not stored:
            raise MemberError("the packed frame ends too early")
        position += len(stored)
        try:
            yield inflate.decompress(stored)
        except zstandard.ZstdError as error:
            raise MemberError(f"the packed frame can't be decompressed: {error}") from None


def _next_frame(file: BinaryIO, start: int, size: int) -> int:
    """Where the next frame's first bytes stand at or after a place; the file's size when nowhere."""
    while start < size:
        window = read_at(file, start, _CHUNK_BYTES + len(_FRAME_MAGIC) - 1)
        found = window.find(_FRAME_MAGIC)
        if found != -1:
            return start + found
        start += _CHUNK_BYTES
    return size
