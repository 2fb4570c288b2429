from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from p2p_pipeline.kernel import filesystem
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.raw.example_snapshots import example_snapshot

FILES = RealFileSystem()


def test_a_missing_file_is_empty_and_a_missing_folder_has_no_entries(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert (FILES.size(missing), FILES.read(missing), FILES.open(missing), FILES.entries(missing)) == (0, b"", None, [])
    FILES.remove(missing)
    FILES.remove_folder(missing)


def test_files_grow_shrink_and_are_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "file"
    FILES.append(path, b"hello ")
    FILES.append(path, b"world")
    assert FILES.read(path, 6) == b"world"
    assert FILES.read(path, 0, 5) == b"hello"
    FILES.truncate(path, 5)
    assert (FILES.size(path), FILES.entries(tmp_path)) == (5, ["file"])


def test_an_open_file_stays_the_same_when_it_is_replaced_or_removed(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    FILES.append(old, b"old")
    FILES.append(new, b"new")
    file = FILES.open(old)
    assert file is not None
    with file:
        FILES.replace(new, old)
        FILES.remove(old)
        assert file.read() == b"old"


def test_a_folder_with_something_in_it_is_not_removed(tmp_path: Path) -> None:
    FILES.make_folder(tmp_path / "a" / "b")
    FILES.remove_folder(tmp_path / "a")
    assert (tmp_path / "a" / "b").is_dir()
    FILES.remove_folder(tmp_path / "a" / "b")
    assert FILES.entries(tmp_path / "a") == []


def test_room_is_known_for_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert FILES.free_bytes(tmp_path / "not" / "yet") > 0


def test_an_append_syncs_the_file_and_every_folder_that_got_a_new_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, int]] = []

    def remember(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append((stat.S_ISDIR(status.st_mode), status.st_ino))

    monkeypatch.setattr(filesystem, "_sync_descriptor", remember)
    store = RawStore(tmp_path)
    place = store.append(example_snapshot(0))
    day_folder = (tmp_path / "raw" / place.raw_path).parent
    for path in (tmp_path, tmp_path / "raw", day_folder, day_folder / f"{Path(place.raw_path).name}.gz"):
        assert (path.is_dir(), path.stat().st_ino) in synced, path
    synced.clear()
    store.append(example_snapshot(1))
    assert [is_folder for is_folder, _ in synced] == [False]
