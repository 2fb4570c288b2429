"""Take in a body piece by piece, unpacked, and stop at a limit: a small answer can unpack to gigabytes."""

from __future__ import annotations

import zlib

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}

_GZIP_FIRST_BYTE = b"\x1f"
_MOST_MEMBERS = 1000
"""Each costs a copy of what follows: a body of nothing but empty members would take minutes."""


_CRUMBS = 2_000
_LEAST_BYTES_A_PIECE = 64
"""On average, after that many pieces: each costs as much time as a large one."""


class TooLargeError(Exception):
    """The body is larger than the limit, as sent or unpacked."""


class DamagedError(Exception):
    """The body comes in crumbs, or is packed and can't be unpacked, or ends too early."""


class BoundedBody:
    """A body of at most `limit` bytes, as sent and unpacked.

    What was received before trouble stays in `content`. An encoding that nobody asked for is kept packed, as it came.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self.content = bytearray()
        self.pieces = 0
        self._limit = limit
        self._received = 0
        self._members = 1
        self._bits = _WINDOW_BITS.get(encoding.strip().lower())
        self._unpacker = None if self._bits is None else zlib.decompressobj(self._bits)

    def feed(self, piece: bytes) -> None:
        """Take in the next piece; raises TooLargeError or DamagedError."""
        is_first = self._received == 0
        self._received += len(piece)
        self.pieces += 1
        if self.pieces >= _CRUMBS and self._received < self.pieces * _LEAST_BYTES_A_PIECE:
            raise DamagedError(f"it came in {self.pieces} pieces of {self._received / self.pieces:.0f} bytes")
        if self._received > self._limit:
            raise TooLargeError
        if self._unpacker is None or self._bits is None:
            self.content += piece
            return
        if is_first and piece and self._bits == zlib.MAX_WBITS and piece[0] & 0x0F != zlib.DEFLATED:
            # "deflate" should be a zlib stream, but some servers leave out its header.
            self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        while piece:
            if self._unpacker.eof:
                if self._bits == zlib.MAX_WBITS or piece[:1] != _GZIP_FIRST_BYTE:
                    # What follows the end is padding.
                    return
                # A gzip body may have several members, one after the other.
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise DamagedError(f"it has more than {_MOST_MEMBERS} gzip members")
                self._unpacker = zlib.decompressobj(self._bits)
            try:
                # One byte of room above the limit tells "exactly full" from "more to come".
                self.content += self._unpacker.decompress(piece, self._limit + 1 - len(self.content))
            except zlib.error as error:
                raise DamagedError(f"it can't be unpacked: {error}") from None
            if len(self.content) > self._limit:
                raise TooLargeError
            piece = self._unpacker.unused_data

    def finish(self) -> None:
        """Say that nothing more comes; raises DamagedError when the packed body is not at its end."""
        if self._unpacker is not None and self._received and not self._unpacker.eof:
            raise DamagedError("the packed body ends too early")
