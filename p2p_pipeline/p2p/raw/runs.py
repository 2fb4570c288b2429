"""Which lines of a stream belong to which snapshot."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import LineError, from_line


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive lines of one snapshot in an uncompressed stream. `snapshot_id` is None for lines of no snapshot."""

    snapshot_id: str | None
    source: Source | None
    start: int
    length: int
    checksum: int


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
