"""What a damaged disk costs of a packed day: one frame at most, and that only until it is stored again."""

from __future__ import annotations

import json
import zlib
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.raw.packed_day import PackedReader, pack, packed_index
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_closed_days, repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored, Damage
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, MARKET, contents, example_snapshot, only_snapshots

SNAPSHOTS, IN_A_FRAME = 24, 4
FRAME = 8_500


def body(number: int) -> bytes:
    return b'"%s"' % Random(number).randbytes(300).hex().encode()


def packed_store(folder: Path) -> tuple[RawStore, Path]:
    store = RawStore(folder)
    for number in range(SNAPSHOTS):
        store.append(example_snapshot(number, body=body(number)))
    repack_day(store, DAY, FRAME)
    return store, folder / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("packed")
    _, path = packed_store(folder)
    return folder, path.read_bytes()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_flipped_bit_costs_the_snapshots_of_one_frame_at_most_and_the_rest_is_as_it_was(
    packed: tuple[Path, bytes], data: st.DataObject
) -> None:
    folder, content = packed
    path = folder / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"
    path.write_bytes(content)
    whole = {found.snapshot_id: found for found in only_snapshots(RawReader(folder).read(DAY, KEY))}
    assert len(whole) == SNAPSHOTS
    place = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(flipped)
    found = list(RawReader(folder).read(DAY, KEY))
    kept = {snapshot.snapshot_id: snapshot for snapshot in only_snapshots(found)}
    assert kept.items() <= whole.items(), "nothing is read that was not stored"
    lost = SNAPSHOTS - len(kept)
    assert lost <= IN_A_FRAME
    assert lost == sum(isinstance(each, Damage) for each in found), "each lost snapshot is told"


def test_a_flipped_bit_in_an_index_costs_nothing(packed: tuple[Path, bytes]) -> None:
    folder, content = packed
    path = folder / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"
    for from_end in (1, 6, 10, 100, 700):
        flipped = bytearray(content)
        flipped[-from_end] ^= 4
        path.write_bytes(flipped)
        assert len(only_snapshots(RawReader(folder).read(DAY, KEY))) == SNAPSHOTS


@pytest.mark.parametrize("damaged", [0, 2, SNAPSHOTS // IN_A_FRAME - 1])
def test_without_any_index_all_frames_but_a_damaged_one_are_found(packed: tuple[Path, bytes], damaged: int) -> None:
    folder, content = packed
    path = folder / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"
    path.write_bytes(content)
    with path.open("rb") as file:
        frames = packed_index(file)
    assert frames is not None
    end = frames[-1].position + frames[-1].stored_length
    broken = bytearray(content[:end])
    broken[frames[damaged].position + 3] ^= 0xFF
    path.write_bytes(broken)
    found = list(RawReader(folder).read(DAY, KEY))
    kept = [snapshot.snapshot_id for snapshot in only_snapshots(found)]
    assert kept == [run.snapshot_id for n, frame in enumerate(frames) if n != damaged for run in frame.runs]
    assert [each.reason for each in found if isinstance(each, Damage)] == [
        "the index at the packed file's end is missing or damaged, both times"
    ]


def test_behind_a_large_damaged_member_the_next_whole_one_is_found(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    # Larger, compressed, than the piece of a file that is searched at a time, and with the beginnings of members in it.
    junk = Random(3).randbytes(1_700_000).hex().encode()
    store.append(example_snapshot(0, body=b'"%s"' % junk, pages=1))
    store.append(example_snapshot(1))
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"
    content = bytearray(path.read_bytes())
    content[2] ^= 0xFF
    for place in (1000, 1 << 20, (1 << 20) - 1):
        content[place : place + 3] = b"\x1f\x8b\x08"
    path.write_bytes(content)
    damage, found = RawReader(tmp_path).read(DAY, KEY)
    assert isinstance(damage, Damage)
    assert only_snapshots([found])[0].snapshot_id == example_snapshot(1)[0].snapshot_id


def damaged_frame(path: Path) -> list[str]:
    """Damage the second frame; says whose snapshots it held."""
    with path.open("rb") as file:
        frames = packed_index(file)
    assert frames is not None
    assert len(frames) == SNAPSHOTS // IN_A_FRAME
    content = bytearray(path.read_bytes())
    content[frames[1].position + 6] ^= 0xFF
    path.write_bytes(content)
    return [str(run.snapshot_id) for run in frames[1].runs]


def test_damaged_snapshots_can_be_stored_again_and_the_next_repack_has_them_in_their_old_places(tmp_path: Path) -> None:
    store, path = packed_store(tmp_path)
    before = list(store.reader.read(DAY, KEY))
    lost = damaged_frame(path)
    store = RawStore(tmp_path)
    lineage = store.reader.lineage(DAY, KEY, store.reader.end_offset(DAY, KEY))
    assert len(only_snapshots(store.reader.read(DAY, KEY))) == SNAPSHOTS - len(lost)
    for number in range(SNAPSHOTS):
        capture_id = example_snapshot(number)[0].snapshot_id
        if capture_id in lost:
            store.append(example_snapshot(number, body=body(number)))
        else:
            with pytest.raises(AlreadyStored):
                store.append(example_snapshot(number, body=body(number)))
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before
    assert store.reader.lineage(DAY, KEY, store.reader.end_offset(DAY, KEY)) != lineage, "who passed over them reads on"
    (report,) = repack_day(RawStore(tmp_path), DAY, FRAME)
    assert report.kept_because is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before


def test_other_bytes_than_those_that_were_stored_never_take_their_place(tmp_path: Path) -> None:
    store, path = packed_store(tmp_path)
    lost = damaged_frame(path)
    store = RawStore(tmp_path)
    number = next(n for n in range(SNAPSHOTS) if example_snapshot(n)[0].snapshot_id == lost[0])
    with pytest.raises(AlreadyStored):
        store.append(example_snapshot(number, body=body(number + 1000)))


def test_a_repack_keeps_what_was_stored_again_while_others_are_still_damaged(tmp_path: Path) -> None:
    _, path = packed_store(tmp_path)
    lost = damaged_frame(path)
    store = RawStore(tmp_path)
    number = next(n for n in range(SNAPSHOTS) if example_snapshot(n)[0].snapshot_id == lost[-1])
    store.append(example_snapshot(number, body=body(number)))
    (report,) = repack_day(store, DAY)
    assert report.kept_because is not None
    snapshots, _, damages = contents(RawReader(tmp_path))
    assert lost[-1] in snapshots
    assert len(damages) == len(lost) - 1


def one_frame(path: Path, store: RawStore) -> None:
    """The day as the release before packed it: one frame, one index."""
    snapshots = only_snapshots(store.reader.read(DAY, KEY))
    with zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True) as stream:
        lines = stream.read()
    rows = [
        [s.snapshot_id, s.source, s.length, zlib.crc32(lines[s.offset : s.end_offset])]
        for s in sorted(snapshots, key=lambda s: s.offset)
    ]
    index = zlib.compress(json.dumps({"version": 1, "snapshots": rows}).encode())
    content = index + zlib.crc32(index).to_bytes(4, "little") + len(index).to_bytes(4, "little") + b"P2IX"
    head = (0x184D2A50).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    path.write_bytes(zstandard.ZstdCompressor(level=9).compress(lines) + head + content)


def test_a_day_packed_by_the_release_before_is_read_and_gets_its_frames_with_the_next_repack(tmp_path: Path) -> None:
    store, path = packed_store(tmp_path)
    before = list(store.reader.read(DAY, KEY))
    one_frame(path, store)
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before
    (report,) = repack_closed_days(RawStore(tmp_path), DAY + timedelta(days=1))
    assert report.kept_because is None
    assert repack_closed_days(RawStore(tmp_path), DAY + timedelta(days=1)) == []
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before
    with path.open("rb") as file:
        frames = packed_index(file)
    assert frames is not None
    assert frames[0].stored_length < path.stat().st_size - 2 * 300


def test_a_repack_gives_only_some_days_of_the_release_before_their_frames_the_newest_first(tmp_path: Path) -> None:
    store, path = packed_store(tmp_path)
    one_frame(path, store)
    days = [DAY - timedelta(days=back) for back in range(4)]
    for day in days[1:]:
        folder = path.parent.with_name(day.isoformat())
        folder.mkdir()
        (folder / path.name).write_bytes(path.read_bytes())
    # Not even read back as they should be: they must not keep the others waiting each night.
    damaged = path.parent.with_name(days[1].isoformat()) / path.name
    content = bytearray(damaged.read_bytes())
    content[10] ^= 0xFF
    damaged.write_bytes(content)
    growing = days[-1] - timedelta(days=1)
    store.append(example_snapshot(0, day=growing))

    def repacked(upgraded_days: int) -> list[tuple[date, bool]]:
        reports = repack_closed_days(RawStore(tmp_path), DAY + timedelta(days=1), upgraded_days)
        return [(report.day, report.kept_because is None) for report in reports]

    assert repacked(0) == [(growing, True)]
    assert repacked(1) == [(days[0], True)]
    assert repacked(1) == [(days[1], False), (days[2], True)]
    assert repacked(7) == [(days[1], False), (days[3], True)]


def test_a_frame_is_read_piece_by_piece_however_large_it_is(tmp_path: Path) -> None:
    lines = Random(5).randbytes(4_000_000)
    path = tmp_path / "packed"
    pieces: list[bytes] = []
    (frame, _) = pack([("a", None, lines), ("b", None, b"other")], pieces.append, len(lines))
    path.write_bytes(b"".join(pieces))
    largest = 0

    class Told:
        def __init__(self, file: BinaryIO) -> None:
            self.file = file

        def seek(self, position: int) -> int:
            return self.file.seek(position)

        def read(self, length: int) -> bytes:
            nonlocal largest
            largest = max(largest, length)
            return self.file.read(length)

    with path.open("rb") as file:
        told: Any = Told(file)
        reader = PackedReader(told, frame.position, frame.stored_length)
        assert reader.take(1_000_000, 100) == lines[1_000_000:1_000_100]
        file.seek(0)
        assert b"".join(reader.rest()) == lines[1_000_100:], "no more than its own"
    assert largest <= 1 << 20


def test_a_snapshot_in_the_middle_of_a_packed_day_is_had_from_its_frame_alone(tmp_path: Path) -> None:
    _, path = packed_store(tmp_path)
    with path.open("rb") as file:
        frames = packed_index(file)
    assert frames is not None
    content = bytearray(path.read_bytes())
    for frame in frames[:3]:
        content[frame.position : frame.position + frame.stored_length] = bytes(frame.stored_length)
    path.write_bytes(content)
    wanted = example_snapshot(14)[0]
    found = RawReader(tmp_path).latest(wanted.market_side, wanted.received_at)  # type: ignore[arg-type]
    assert found is not None
    assert (found.snapshot_id, MARKET.key, wanted.side) == (wanted.snapshot_id, KEY, Side.BUY)
