"""A gzip member without our header, as a person's own gzip writes it: readable only forward."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.p2p.raw.members import MemberError

_CHUNK_BYTES = 1 << 20


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
