"""Snapshots kept apart by batch on the disk, while a repacked day is read file after file."""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
import zstandard

from p2p_pipeline.p2p.raw.day_file import read_lines
from p2p_pipeline.p2p.raw.reader import StoredLines
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot, typed_write_error

_LENGTHS = struct.Struct("<II")
_LEVEL = 1


class BatchSpool:
    """A temporary folder with a file a batch. Raises the raw store's errors where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._parent = folder
        self._folder = folder
        self._damages: dict[int, list[Damage]] = defaultdict(list)
        self._deflate = zstandard.ZstdCompressor(level=_LEVEL)

    def __enter__(self) -> BatchSpool:
        try:
            self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="sweep-spool-", dir=self._parent))
        except OSError as error:
            raise typed_write_error(self._parent, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def keep(self, batch_id: int, where: StoredLines, lines: bytes | Damage) -> None:
        """Put a snapshot, or what is wrong with it, to the others of its batch."""
        if isinstance(lines, Damage):
            self._damages[batch_id].append(lines)
            return
        head = orjson.dumps([where.snapshot_id, where.raw_path, where.offset])
        packed = self._deflate.compress(lines)
        try:
            with self._path(batch_id).open("ab") as file:
                file.write(_LENGTHS.pack(len(head), len(packed)) + head + packed)
        except OSError as error:
            raise typed_write_error(self._folder, error) from error

    def take(self, batch_id: int) -> Iterator[StoredSnapshot | Damage]:
        """The batch's snapshots in the order they were kept; then they are gone from here."""
        yield from self._damages.pop(batch_id, ())
        path = self._path(batch_id)
        if not path.exists():
            return
        inflate = zstandard.ZstdDecompressor()
        with path.open("rb") as file:
            while lengths := file.read(_LENGTHS.size):
                head_length, packed_length = _LENGTHS.unpack(lengths)
                name, raw_path, offset = orjson.loads(file.read(head_length))
                yield from read_lines(name, raw_path, offset, inflate.decompress(file.read(packed_length)))
        path.unlink()

    def _path(self, batch_id: int) -> Path:
        return self._folder / str(batch_id)
