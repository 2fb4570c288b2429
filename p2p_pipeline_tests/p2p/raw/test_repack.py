from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import zstandard

from p2p_pipeline.p2p.raw import packed_day
from p2p_pipeline.p2p.raw.packed_day import FRAME_BYTES
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.repack import repack_closed_days, repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Damage, DiskFull
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, contents, example_snapshot, only_snapshots
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles


def filled(tmp_path: Path, count: int = 5) -> RawStore:
    store = RawStore(tmp_path)
    for number in range(count):
        store.append(
            example_snapshot(number, body=b'{"filler":"%s"}' % Random(number % 2).randbytes(3000).hex().encode())
        )
    return store


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "raw" / DAY.isoformat()).iterdir())


def test_a_closed_day_becomes_one_small_file_with_the_same_captures_at_the_same_offsets(tmp_path: Path) -> None:
    store = filled(tmp_path)
    before = list(store.reader.read(DAY, KEY))
    (report,) = repack_closed_days(store, DAY + timedelta(days=1))
    assert names(tmp_path) == [f"{KEY}.jsonl.zst"]
    assert list(store.reader.read(DAY, KEY)) == before
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before
    assert report.kept_because is None
    assert report.snapshots == 5
    assert report.bytes_after < report.bytes_before / 2


@pytest.mark.parametrize("frame_bytes", [1, 20_000, FRAME_BYTES])
def test_any_zstd_reader_can_read_a_packed_day(tmp_path: Path, frame_bytes: int) -> None:
    store = filled(tmp_path)
    repack_day(store, DAY, frame_bytes)
    content = (tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst").read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as stream:
        assert len(stream.read()) == store.reader.end_offset(DAY, KEY)


def test_today_is_left_alone(tmp_path: Path) -> None:
    store = filled(tmp_path)
    assert repack_closed_days(store, DAY) == []
    assert names(tmp_path) == [f"{KEY}.jsonl.gz"]


def test_late_snapshots_of_a_packed_day_stand_beside_it_and_are_merged_by_the_next_repack(tmp_path: Path) -> None:
    store = filled(tmp_path)
    repack_day(store, DAY)
    packed_end = store.reader.end_offset(DAY, KEY)
    late = store.append(example_snapshot(9))
    assert late.offset == packed_end
    assert names(tmp_path) == [f"{KEY}.jsonl.gz", f"{KEY}.jsonl.zst"]
    before = list(RawReader(tmp_path).read(DAY, KEY))
    assert len(before) == 6
    repack_day(RawStore(tmp_path), DAY)
    assert names(tmp_path) == [f"{KEY}.jsonl.zst"]
    assert list(store.reader.read(DAY, KEY)) == before
    assert len(only_snapshots(store.reader.read(DAY, KEY, packed_end))) == 1


def test_an_interrupted_repack_is_read_once_and_finished_by_the_next(tmp_path: Path) -> None:
    store = filled(tmp_path)
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"
    content, before = path.read_bytes(), list(store.reader.read(DAY, KEY))
    repack_day(store, DAY)
    path.write_bytes(content)
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before
    late = RawStore(tmp_path).append(example_snapshot(9))
    assert late.offset == before[-1].end_offset  # type: ignore[union-attr]
    (report,) = repack_day(RawStore(tmp_path), DAY)
    assert report.snapshots == 6
    assert names(tmp_path) == [f"{KEY}.jsonl.zst"]
    assert list(RawReader(tmp_path).read(DAY, KEY))[:5] == before


def test_repacking_again_changes_nothing(tmp_path: Path) -> None:
    store = filled(tmp_path)
    repack_day(store, DAY)
    content = (tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst").read_bytes()
    assert repack_day(store, DAY) == []
    assert (tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst").read_bytes() == content


@pytest.mark.parametrize("place", [10, 2000])
def test_a_damaged_file_stays_as_it_is_and_the_report_says_so(tmp_path: Path, place: int) -> None:
    store = filled(tmp_path)
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"
    content = bytearray(path.read_bytes())
    content[place : place + 20] = bytes(20)
    path.write_bytes(content)
    (report,) = repack_day(RawStore(tmp_path), DAY)
    assert report.kept_because is not None
    assert names(tmp_path) == [f"{KEY}.jsonl.gz"]
    assert path.read_bytes() == content
    assert len(contents(store.reader)[0]) == 4


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.8, 0.99])
def test_a_packed_file_that_reads_back_differently_never_replaces_anything(tmp_path: Path, share: float) -> None:
    class Garbling(PowerLossFiles):
        def append(self, path: Path, data: bytes) -> None:
            at = int(len(data) * share)
            is_aside = path.name.endswith(".new") and "jsonl" in path.name
            super().append(path, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if is_aside else data)

    store = RawStore(tmp_path, files=Garbling(Random(1)))
    for number in range(3):
        store.append(example_snapshot(number))
    (report,) = repack_day(store, DAY)
    assert report.kept_because is not None
    assert store.folder.files.entries(tmp_path / "raw" / DAY.isoformat()) == [f"{KEY}.jsonl.gz"]


def test_a_packed_file_of_other_lines_never_replaces_anything_even_where_zstd_is_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed = packed_day._compressed
    monkeypatch.setattr(packed_day, "_compressed", lambda lines: compressed(lines.replace(b"81.50", b"81.51")))
    store = RawStore(tmp_path)
    for number in range(3):
        store.append(example_snapshot(number))
    before = list(store.reader.read(DAY, KEY))
    (report,) = repack_day(store, DAY)
    assert report.kept_because is not None
    assert "read back differently" in report.kept_because
    assert names(tmp_path) == [f"{KEY}.jsonl.gz"]
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before


def test_a_full_disk_stops_a_repack_and_leaves_the_day_as_it_was(tmp_path: Path) -> None:
    files = PowerLossFiles(Random(1))
    store = RawStore(tmp_path, files=files)
    for number in range(3):
        store.append(example_snapshot(number))
    before = list(store.reader.read(DAY, KEY))
    files.room_bytes = 20
    with pytest.raises(DiskFull):
        repack_day(store, DAY)
    assert files.entries(tmp_path / "raw" / DAY.isoformat()) == [f"{KEY}.jsonl.gz"]
    files.room_bytes = None
    assert [report.kept_because for report in repack_day(store, DAY)] == [None]
    assert list(store.reader.read(DAY, KEY)) == before


def test_snapshots_that_arrive_while_a_day_is_repacked_are_not_lost(tmp_path: Path) -> None:
    class AppendsMeanwhile(PowerLossFiles):
        late: RawStore | None = None

        def sync(self, path: Path) -> None:
            super().sync(path)
            if path.name.endswith(".zst.new") and self.late is not None:
                late, self.late = self.late, None
                late.append(example_snapshot(7))

    files = AppendsMeanwhile(Random(1))
    store = RawStore(tmp_path, files=files)
    store.append(example_snapshot(0))
    files.late = RawStore(tmp_path, files=files)
    (report,) = repack_day(store, DAY)
    assert report.kept_because is not None
    assert "arrived while" in report.kept_because
    assert len(contents(store.reader)[0]) == 2
    assert [again.kept_because for again in repack_day(store, DAY)] == [None]
    assert len(contents(store.reader)[0]) == 2


def test_a_damaged_byte_in_a_packed_day_is_told_and_what_comes_before_is_read(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for number in range(400):
        store.append(example_snapshot(number, body=b'"%s"' % Random(number).randbytes(600).hex().encode()))
    repack_day(store, DAY)
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"
    content = bytearray(path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    path.write_bytes(content)
    found = list(RawReader(tmp_path).read(DAY, KEY))
    assert len(only_snapshots(found)) > 200
    assert any(isinstance(each, Damage) and each.path.endswith(".zst") for each in found)


def test_a_packed_day_without_its_index_is_still_read(tmp_path: Path) -> None:
    store = filled(tmp_path)
    before = list(store.reader.read(DAY, KEY))
    repack_day(store, DAY)
    path = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.zst"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert list(RawReader(tmp_path).read(DAY, KEY)) == before, "the other copy of the index is enough"
    path.write_bytes(content[: len(content) - content[::-1].index(b"XI2P", 4) - 1])
    *found, damage = RawReader(tmp_path).read(DAY, KEY)
    assert found == before
    assert isinstance(damage, Damage)
    assert "index" in damage.reason
