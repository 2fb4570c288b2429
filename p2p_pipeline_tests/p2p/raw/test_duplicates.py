"""What comes a second time costs a look at what is stored, and is stored again only where that can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from p2p_pipeline.p2p.raw import day_file
from p2p_pipeline.p2p.raw.packed_day import PackedReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, example_snapshot, only_snapshots
from p2p_pipeline_tests.p2p.raw.test_damaged_days import IN_A_FRAME, SNAPSHOTS, body, damaged_frame, packed_store


def test_what_was_stored_again_is_not_stored_a_third_time(tmp_path: Path) -> None:
    _, path = packed_store(tmp_path)
    lost = damaged_frame(path)
    store = RawStore(tmp_path)
    numbers = [n for n in range(SNAPSHOTS) if example_snapshot(n)[0].snapshot_id in lost]
    for number in numbers:
        store.append(example_snapshot(number, body=body(number)))
    for number in numbers:
        with pytest.raises(AlreadyStored):
            store.append(example_snapshot(number, body=body(number)))


def test_storing_a_packed_day_again_decompresses_each_frame_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed_store(tmp_path)
    begun = []

    def counted(file: BinaryIO, position: int, stored_length: int) -> PackedReader:
        begun.append(position)
        return PackedReader(file, position, stored_length)

    monkeypatch.setattr(day_file, "PackedReader", counted)
    store = RawStore(tmp_path)
    for number in range(SNAPSHOTS):
        with pytest.raises(AlreadyStored):
            store.append(example_snapshot(number, body=body(number)))
    assert len(begun) == len(set(begun)) == SNAPSHOTS // IN_A_FRAME


@pytest.mark.parametrize("from_end", [5, 8, 40])
def test_a_damaged_snapshot_of_a_growing_file_is_stored_again_whichever_of_its_bytes_flipped(
    tmp_path: Path, from_end: int
) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0, body=body(0)))
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"
    end = path.stat().st_size
    store.append(example_snapshot(1, body=body(1)))
    before = list(store.reader.read(DAY, KEY))
    content = bytearray(path.read_bytes())
    content[end - from_end] ^= 0x10
    path.write_bytes(content)
    store = RawStore(tmp_path)
    assert len(only_snapshots(store.reader.read(DAY, KEY))) == 1
    with pytest.raises(AlreadyStored):
        store.append(example_snapshot(0, body=body(0)[:-20]))
    store.append(example_snapshot(0, body=body(0)))
    assert list(RawStore(tmp_path).reader.read(DAY, KEY)) == before
