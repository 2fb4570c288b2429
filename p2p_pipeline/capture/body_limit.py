"""Take in a body piece by piece, unpacked, and stop at a limit: a small answer can unpack to gigabytes."""

from __future__ import annotations

import zlib

_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class TooLargeError(Exception):
    """The body is larger than the limit, as sent or unpacked."""


class DamagedError(Exception):
    """The packed body can't be unpacked, or ends too early."""


class BoundedBody:
    """A body of at most `limit` bytes, as sent and unpacked.

    What was received before trouble stays in `content`. An encoding that nobody asked for is kept packed, as it came.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self.content = bytearray()
        self._limit = limit
        self._received = 0
        bits = _WINDOW_BITS.get(encoding.strip().lower())
        self._unpacker = None if bits is None else zlib.decompressobj(bits)

    def feed(self, piece: bytes) -> None:
        """Take in the next piece; raises TooLargeError or DamagedError."""
        self._received += len(piece)
        if self._received > self._limit:
            raise TooLargeError
        if self._unpacker is None:
            self.content += piece
            return
        try:
            # One byte of room above the limit tells "exactly full" from "more to come".
            self.content += self._unpacker.decompress(piece, self._limit + 1 - len(self.content))
        except zlib.error as error:
            raise DamagedError(str(error)) from None
        if len(self.content) > self._limit:
            raise TooLargeError

    def finish(self) -> None:
        """Say that nothing more comes; raises DamagedError when the packed body is not at its end."""
        if self._unpacker is not None and self._received and not self._unpacker.eof:
            raise DamagedError("the packed body ends too early")
