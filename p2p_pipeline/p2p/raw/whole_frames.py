"""The frames of a packed day one after the other, each decompressed whole and compared with its checksum."""

from __future__ import annotations

from typing import BinaryIO

import zstandard

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.p2p.raw.packed_day import FRAME_BYTES, MAX_WINDOW_BYTES

_MOST_HELD_BYTES = 2 * FRAME_BYTES
_GROWN_BY_BYTES = 8 << 20
"""Frames are a little longer or shorter than each other: a new piece of memory for each that is longer is spared."""


class WholeFrames:
    """Decompresses frame after frame, each whole, into the same memory: fresh memory for each costs as much again."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)

    def content(self, file: BinaryIO, position: int, stored_length: int) -> memoryview | None:
        """What a frame holds, until the next is asked for; by zstd's own checksum it is what was written.

        None when that can't be had: then `PackedReader` says whose bytes are damaged.
        """
        stored = read_at(file, position, stored_length)
        try:
            frame = zstandard.get_frame_parameters(stored)
            # An earlier release made one frame a day, which memory may not hold.
            if not frame.has_checksum or not 0 < frame.content_size <= _MOST_HELD_BYTES:
                return None
            if len(self._content) < frame.content_size:
                self._content = bytearray(-(-frame.content_size // _GROWN_BY_BYTES) * _GROWN_BY_BYTES)
            content = memoryview(self._content)[: frame.content_size]
            filled = 0
            with self._decompressor.stream_reader(stored) as stream:
                while filled < len(content) and (more := stream.readinto(content[filled:])):
                    filled += more
                # Only at its end the checksum is compared.
                is_whole = filled == len(content) and not stream.read(1)
        except zstandard.ZstdError:
            return None
        return content if is_whole else None
