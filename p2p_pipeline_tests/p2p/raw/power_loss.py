"""A file system in memory that can lose power: whatever was not synced may then be gone, cut short or garbled."""

from __future__ import annotations

import errno
import io
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import BinaryIO

_PAGE_BYTES = 512


class PowerLost(BaseException):
    """The machine went off in the middle of an operation. No `except Exception` may survive it."""


@dataclass
class _File:
    content: bytes = b""
    durable: bytes = b""


class PowerLossFiles:
    """See p2p_pipeline.kernel.filesystem.FileSystem. `stop_after` operations the power goes; `crash` brings it back.

    What a disk may do is modelled at its worst: a file's sync says nothing about its name in the folder, unsynced
    names are kept or lost each by itself, and an unsynced end may keep its length while its content is zeros or junk.
    """

    def __init__(self, random: Random) -> None:
        self.operations = 0
        self.stop_after: int | None = None
        self.room_bytes: int | None = None
        self.failing_sync = False
        self._random = random
        self._names: dict[Path, _File] = {}
        self._durable_names: dict[Path, _File] = {}
        self._changed_names: dict[Path, list[tuple[Path, _File | None]]] = {}
        self._folders: set[Path] = set()

    def crash(self) -> None:
        """Lose what was not durable, as the seed decides, and start again."""
        names = dict(self._durable_names)
        for changes in self._changed_names.values():
            keep_all = self._random.random() < 0.3
            for path, file in changes:
                if keep_all or self._random.random() < 0.5:
                    _set_name(names, path, file)
        for file in {id(f): f for f in (*names.values(), *self._names.values())}.values():
            file.content = file.durable = self._after_power_loss(file)
        self._names, self._durable_names, self._changed_names = dict(names), names, {}
        self.stop_after = None

    def _after_power_loss(self, file: _File) -> bytes:
        if file.content == file.durable:
            return file.durable
        fate = self._random.choice(("lost", "kept", "short", "zeros", "junk"))
        if fate == "lost":
            return file.durable
        if fate == "kept":
            return file.content
        same = _common_length(file.content, file.durable)
        added = bytearray(file.content[same:])
        if fate == "short":
            return file.content[: same + self._random.randrange(len(added) + 1)]
        for start in range(0, len(added), _PAGE_BYTES):
            if self._random.random() < 0.6 or len(added) <= _PAGE_BYTES:
                length = len(added[start : start + _PAGE_BYTES])
                junk = bytes(length) if fate == "zeros" else self._random.randbytes(length)
                added[start : start + length] = junk
        return file.content[:same] + bytes(added)

    def _step(self) -> None:
        self.operations += 1
        if self.stop_after is not None and self.operations > self.stop_after:
            raise PowerLost

    def _last_step(self) -> bool:
        return self.stop_after is not None and self.operations == self.stop_after

    def size(self, path: Path) -> int:
        return len(self.read(path))

    def read(self, path: Path, offset: int = 0, length: int | None = None) -> bytes:
        content = self._names[path].content if path in self._names else b""
        return content[offset:] if length is None else content[offset : offset + length]

    def open(self, path: Path) -> BinaryIO | None:
        return io.BytesIO(self._names[path].content) if path in self._names else None

    def entries(self, path: Path) -> list[str]:
        return sorted({other.name for other in (*self._names, *self._folders) if other.parent == path})

    def append(self, path: Path, data: bytes) -> None:
        self._step()
        assert path.parent in self._folders, f"{path.parent} was not made"
        if path not in self._names:
            self._change_name(path, _File())
        written = data
        if self._last_step():
            written = data[: self._random.randrange(len(data) + 1)]
        if self.room_bytes is not None:
            written = data[: self.room_bytes]
            self.room_bytes -= len(written)
        self._names[path].content += written
        if self._last_step():
            raise PowerLost
        if len(written) < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def truncate(self, path: Path, size: int) -> None:
        self._step()
        if self.room_bytes is not None:
            self.room_bytes += len(self._names[path].content) - size
        self._names[path].content = self._names[path].content[:size]

    def sync(self, path: Path) -> None:
        self._step()
        if self.failing_sync:
            raise OSError(errno.EIO, "Input/output error")
        self._names[path].durable = self._names[path].content

    def sync_folder(self, path: Path) -> None:
        self._step()
        for changed, file in self._changed_names.pop(path, []):
            _set_name(self._durable_names, changed, file)

    def make_folder(self, path: Path) -> None:
        self._folders.update((path, *path.parents))

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        self._change_name(target, self._names[source])
        self._change_name(source, None)

    def remove(self, path: Path) -> None:
        self._step()
        if path in self._names:
            self._change_name(path, None)

    def remove_folder(self, path: Path) -> None:
        self._step()
        if not self.entries(path):
            self._folders.discard(path)

    def free_bytes(self, path: Path) -> int:
        return 1 << 40

    def _change_name(self, path: Path, file: _File | None) -> None:
        _set_name(self._names, path, file)
        self._changed_names.setdefault(path.parent, []).append((path, file))


def _set_name(names: dict[Path, _File], path: Path, file: _File | None) -> None:
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file


def _common_length(left: bytes, right: bytes) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
