"""A closed day in one zstd frame, and the index at its end.

Neighbouring snapshots are nearly the same, so one frame with a window of 128 MiB stores a day many times smaller than
separate members. The frame is followed by a skippable one (every zstd reader passes over it) that lists the snapshots
with their lengths and checksums: which snapshots a day has is known without decompressing it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import LineError, from_line
from p2p_pipeline.p2p.raw.members import MemberError

LEVEL = 9
WINDOW_LOG = 27
MAX_WINDOW_BYTES = 1 << WINDOW_LOG

_CHUNK_BYTES = 1 << 20
_SKIPPABLE_MAGIC = 0x184D2A50
_FRAME = struct.Struct("<II")
_FOOTER = struct.Struct("<II4s")
_FOOTER_MAGIC = b"P2IX"
_INDEX_VERSION = 1


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive lines of one snapshot in an uncompressed stream. `snapshot_id` is None for lines of no snapshot."""

    snapshot_id: str | None
    source: Source | None
    start: int
    length: int
    checksum: int


def read_at(file: BinaryIO, position: int, length: int) -> bytes:
    """Bytes at a place in a file."""
    file.seek(position)
    return file.read(length)


class PackedReader:
    """Takes ranges out of a packed day, forward only. Raises MemberError where it can't be read."""

    def __init__(self, file: BinaryIO) -> None:
        self.at = 0
        file.seek(0)
        self._stream = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).stream_reader(file)

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
            raise MemberError("the packed day ends before this snapshot")
        return data

    def _read_some(self, length: int) -> bytes:
        try:
            data = self._stream.read(length)
        except zstandard.ZstdError as error:
            raise MemberError(f"the packed day can't be decompressed: {error}") from None
        self.at += len(data)
        return data


class PlainMember:
    """A gzip member without our header, read from one place in a file; `end` is known once all is read."""

    def __init__(self, file: BinaryIO, position: int) -> None:
        self.end = position
        self._file = file
        self._position = position

    def __iter__(self) -> Iterator[bytes]:
        """The uncompressed content, piece by piece; raises MemberError where it can't be read."""
        inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        data = b""
        while not inflate.eof:
            if not data:
                data = read_at(self._file, self._position, _CHUNK_BYTES // 8)
                self._position += len(data)
            if not data:
                raise MemberError("the gzip member ends too early")
            try:
                yield inflate.decompress(data, _CHUNK_BYTES)
            except zlib.error as error:
                raise MemberError(f"the gzip member can't be decompressed: {error}") from None
            data = inflate.unconsumed_tail
        self.end = self._position - len(inflate.unused_data)


class ForwardReader:
    """Takes ranges out of a stream that can only be read forward."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.at = 0
        self._chunks = iter(chunks)
        self._buffer = bytearray()

    def take(self, start: int, length: int) -> bytes:
        """The bytes from `start` (never before an earlier range's end); raises MemberError when they aren't there."""
        while self.at + len(self._buffer) < start + length:
            skipped = min(len(self._buffer), start - self.at)
            del self._buffer[:skipped]
            self.at += skipped
            try:
                self._buffer += next(self._chunks)
            except StopIteration:
                raise MemberError("the stream ends before this snapshot") from None
        begin = start - self.at
        taken = bytes(self._buffer[begin : begin + length])
        del self._buffer[: begin + length]
        self.at = start + length
        return taken


def runs_of(chunks: Iterable[bytes]) -> Iterator[Run]:
    """Group a stream's lines by snapshot; a line that is no capture stays with the snapshot before it."""
    name: str | None = None
    source: Source | None = None
    start = length = checksum = 0
    for line in _lines(chunks):
        try:
            capture = from_line(line)
        except LineError:
            capture = None
        if capture is not None and capture.snapshot_id != name:
            if length:
                yield Run(name, source, start, length, checksum)
            name, source = capture.snapshot_id, capture.source
            start, length, checksum = start + length, 0, 0
        length += len(line)
        checksum = zlib.crc32(line, checksum)
    if length:
        yield Run(name, source, start, length, checksum)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pending: list[bytes] = []
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield b"".join((*pending, line, b"\n"))
            pending.clear()
        if rest:
            pending.append(rest)
    if pending:
        yield b"".join(pending)


def pack(
    pieces: Iterable[tuple[str | None, Source | None, bytes]], total_length: int, write: Callable[[bytes], None]
) -> list[Run]:
    """Write snapshots as one packed day with its index, and say what was written. Memory stays bounded."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW_LOG, enable_ldm=True, write_checksum=True, write_content_size=False
    )
    deflate = zstandard.ZstdCompressor(compression_params=parameters).compressobj(size=total_length)
    runs: list[Run] = []
    length = 0
    for name, source, lines in pieces:
        write(deflate.compress(lines))
        runs.append(Run(name, source, length, len(lines), zlib.crc32(lines)))
        length += len(lines)
    write(deflate.flush())
    rows = [[run.snapshot_id, run.source, run.length, run.checksum] for run in runs]
    index = zlib.compress(json.dumps({"version": _INDEX_VERSION, "snapshots": rows}).encode())
    content = index + _FOOTER.pack(zlib.crc32(index), len(index), _FOOTER_MAGIC)
    write(_FRAME.pack(_SKIPPABLE_MAGIC, len(content)) + content)
    return runs


def packed_index(file: BinaryIO) -> list[Run] | None:
    """The index of a packed day; None when it is missing or damaged."""
    size = file.seek(0, 2)
    if size < _FOOTER.size:
        return None
    checksum, length, magic = _FOOTER.unpack(read_at(file, size - _FOOTER.size, _FOOTER.size))
    if magic != _FOOTER_MAGIC or length > size - _FOOTER.size:
        return None
    index = read_at(file, size - _FOOTER.size - length, length)
    if zlib.crc32(index) != checksum:
        return None
    document = json.loads(zlib.decompress(index))
    if document["version"] != _INDEX_VERSION:
        return None
    runs: list[Run] = []
    start = 0
    for name, source, run_length, run_checksum in document["snapshots"]:
        runs.append(Run(name, None if source is None else Source(source), start, run_length, run_checksum))
        start += run_length
    return runs
