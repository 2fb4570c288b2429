"""How every Parquet file of the lake is found and written: aside, synced, renamed; and what its metadata says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROW_GROUP_ROWS = 131_072
WRITING: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
_OURS = b"p2p."


def files_in(table_folder: Path, partitions: str, name: str = "*.parquet") -> Iterator[Path]:
    """The files of a table's folder by the pattern of their partition's folder (`date=*`) and of their name.

    Folders may come and go meanwhile: compaction removes those it has emptied, which `Path.glob` of Python 3.11 and
    3.12 takes for an error, while that of 3.13 takes every error for an empty folder. Files that are being written,
    whose names begin with a dot, are left out.
    """
    for folder in entries(table_folder, partitions):
        yield from entries(folder, name)


def entries(folder: Path, name: str) -> Iterator[Path]:
    """What a folder holds by a pattern of names; nothing where it is gone. Any other error of the disk is raised."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for found in folder.iterdir():
            if fnmatchcase(found.name, name) and not found.name.startswith("."):
                yield found


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a hidden path to write to; after the block it is the target, durably. A reader sees the old or the new."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.new")
    is_new_folder = not target.parent.exists()
    try:
        _make_aside(aside)
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(target.parent)
    if is_new_folder:
        sync_folder(target.parent.parent)


def _make_aside(aside: Path) -> None:
    for _ in range(100):
        aside.parent.mkdir(parents=True, exist_ok=True)
        # Compaction removes folders that it has emptied; one that holds this file is no longer empty.
        with suppress(FileNotFoundError):
            return aside.touch()
    raise FileNotFoundError(f"the folder {aside.parent} is removed again and again; stop what does it")


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_facts(facts: Mapping[str, str] | None) -> dict[bytes, bytes]:
    """Facts as a file's metadata keeps them."""
    return {_OURS + name.encode(): value.encode() for name, value in (facts or {}).items()}


def facts_of(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    """The facts in a file's metadata."""
    return {
        name.removeprefix(_OURS).decode(): value.decode()
        for name, value in (metadata or {}).items()
        if name.startswith(_OURS)
    }
