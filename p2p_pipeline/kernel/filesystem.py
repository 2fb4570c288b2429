"""The few file operations that stores are made of, behind a protocol.

A store's promises are about what survives a crash, so a test must be able to lose or garble everything that was
written but not synced. That is only possible when every operation passes through here.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from pathlib import Path
from typing import BinaryIO, Protocol

# macOS's fsync stops at the drive's cache; only this goes through it. No other system has the constant.
_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)


class FileSystem(Protocol):
    """What a store asks of a disk. Each raises OSError as the real call would."""

    def size(self, path: Path) -> int:
        """Bytes in a file; 0 when there is none."""

    def read(self, path: Path, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes from an offset on; empty when there is no file."""

    def open(self, path: Path) -> BinaryIO | None:
        """A file for reading, or None when there is none. It stays the same file when it is replaced or removed."""

    def entries(self, path: Path) -> list[str]:
        """The names in a folder, in no order; empty when there is none."""

    def append(self, path: Path, data: bytes) -> None:
        """Write at a file's end, making the file if needed. Not yet durable. May raise with a part written."""

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file to a size. Not yet durable."""

    def sync(self, path: Path) -> None:
        """Make a file's content durable."""

    def sync_folder(self, path: Path) -> None:
        """Make a folder's entries (new, renamed and removed files) durable."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and its parents, durably."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over the target in one step. Durable after `sync_folder`."""

    def remove(self, path: Path) -> None:
        """Remove a file if it is there. Durable after `sync_folder`."""

    def remove_folder(self, path: Path) -> None:
        """Remove a folder if it is there and empty. Durable after `sync_folder` of its parent."""

    def free_bytes(self, path: Path) -> int:
        """Room left on the disk that holds a path."""


class RealFileSystem:
    """The operating system's files."""

    def size(self, path: Path) -> int:
        """See FileSystem."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0

    def read(self, path: Path, offset: int = 0, length: int | None = None) -> bytes:
        """See FileSystem."""
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read() if length is None else file.read(length)
        except FileNotFoundError:
            return b""

    def open(self, path: Path) -> BinaryIO | None:
        """See FileSystem."""
        try:
            return path.open("rb")
        except FileNotFoundError:
            return None

    def entries(self, path: Path) -> list[str]:
        """See FileSystem."""
        try:
            return [entry.name for entry in path.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def append(self, path: Path, data: bytes) -> None:
        """See FileSystem."""
        with path.open("ab", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]

    def truncate(self, path: Path, size: int) -> None:
        """See FileSystem."""
        os.truncate(path, size)

    def sync(self, path: Path) -> None:
        """See FileSystem."""
        with path.open("rb") as file:
            _sync_descriptor(file.fileno())

    def sync_folder(self, path: Path) -> None:
        """See FileSystem."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _sync_descriptor(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """See FileSystem."""
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            self.sync_folder(folder.parent)

    def replace(self, source: Path, target: Path) -> None:
        """See FileSystem."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """See FileSystem."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """See FileSystem."""
        with contextlib.suppress(FileNotFoundError):
            try:
                path.rmdir()
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise

    def free_bytes(self, path: Path) -> int:
        """See FileSystem."""
        existing = next(folder for folder in (path, *path.parents) if folder.exists())
        return shutil.disk_usage(existing).free


def _sync_descriptor(descriptor: int) -> None:
    if _FULL_SYNC is not None:
        # Network and some foreign disks refuse it; there plain fsync is the best to be had.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, _FULL_SYNC)
            return
    os.fsync(descriptor)


def read_at(file: BinaryIO, position: int, length: int) -> bytes:
    """Bytes at a place in a file."""
    file.seek(position)
    return file.read(length)
