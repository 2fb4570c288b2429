from __future__ import annotations

import gzip
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from p2p_pipeline.p2p.markets import Market, Side, Source
from p2p_pipeline.p2p.raw.capture import Outcome, from_line
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import (
    AlreadyStored,
    DiskFull,
    LayoutMismatch,
    RawStoreError,
    RealmMismatch,
    WriteFailed,
)
from p2p_pipeline_tests.p2p.raw.example_snapshots import (
    DAY,
    KEY,
    contents,
    example_snapshot,
    only_snapshots,
    payment_list,
)
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles


def growing(data_folder: Path, key: str = KEY) -> Path:
    return data_folder / "raw" / DAY.isoformat() / f"{key}.jsonl.gz"


def test_what_was_appended_is_on_disk_one_gzip_member_a_snapshot_one_line_a_capture(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    snapshots = [example_snapshot(n, pages=3) for n in range(4)]
    done = [store.append(snapshot) for snapshot in snapshots]
    content = gzip.decompress(growing(tmp_path).read_bytes())
    assert [from_line(line) for line in content.splitlines()] == [c for snapshot in snapshots for c in snapshot]
    assert growing(tmp_path).read_bytes().count(b"\x1f\x8b\x08\x04") == 4
    assert [content[d.offset : d.offset + d.length].count(b"\n") for d in done] == [3] * 4
    assert done[0].raw_path == f"{DAY.isoformat()}/{KEY}.jsonl"


def test_both_sides_share_their_markets_file_and_lists_have_the_venues_reference_file(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0, side=Side.BUY))
    store.append(example_snapshot(0, side=Side.SELL))
    store.append(payment_list(example_snapshot(0)[0].slot))
    assert store.reader.file_keys(DAY) == ["bybit.USDT-RUB", "bybit.reference"]
    assert len(store.reader.snapshot_ids(DAY, KEY)) == 2


def test_a_snapshot_stored_already_is_refused_and_not_doubled_also_by_another_process_or_after_repacking(
    tmp_path: Path,
) -> None:
    RawStore(tmp_path).append(example_snapshot(0))
    other = RawStore(tmp_path)
    with pytest.raises(AlreadyStored, match="2026-03-01T00:00:00Z"):
        other.append(example_snapshot(0))
    repack_day(other, DAY)
    with pytest.raises(AlreadyStored):
        other.append(example_snapshot(0))
    assert len(only_snapshots(other.reader.read(DAY, KEY))) == 1


def test_stores_of_several_threads_append_to_one_file_without_losing_or_doubling(tmp_path: Path) -> None:
    stores = [RawStore(tmp_path) for _ in range(3)]

    def append(job: int) -> int:
        try:
            stores[job % 3].append(example_snapshot(job // 2))
        except AlreadyStored:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        stored = sum(pool.map(append, range(60)))
    assert stored == 30
    found, doubled, damages = contents(stores[0].reader)
    assert (len(found), doubled, damages) == (30, [], [])


@pytest.mark.parametrize("step", ["before_write", "after_write", "after_fsync"])
def test_a_process_killed_at_any_step_leaves_a_store_that_goes_on(tmp_path: Path, step: str) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from p2p_pipeline.p2p.raw.store import RawStore\n"
        "from p2p_pipeline_tests.p2p.raw.example_snapshots import example_snapshot\n"
        "RawStore(Path(sys.argv[1])).append(example_snapshot(0))\n"
        "kill = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == sys.argv[2] else None\n"
        "RawStore(Path(sys.argv[1]), checkpoint=kill).append(example_snapshot(1))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), step], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    store = RawStore(tmp_path)
    written = step != "before_write"
    if written:
        with pytest.raises(AlreadyStored):
            store.append(example_snapshot(1))
    else:
        store.append(example_snapshot(1))
    found, doubled, damages = contents(store.reader)
    assert (len(found), doubled, damages) == (2, [], [])


@pytest.mark.parametrize(
    "torn", [b"\x1f\x8b\x08\x04\x00", bytes(3000), b"junk", b""], ids=["short", "zeros", "junk", "cut"]
)
def test_a_torn_end_is_cut_off_kept_aside_and_told(tmp_path: Path, torn: bytes) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    whole = growing(tmp_path).read_bytes()
    if not torn:
        store.append(example_snapshot(1))
        torn = growing(tmp_path).read_bytes()[len(whole) : -5]
    growing(tmp_path).write_bytes(whole + torn)

    done = RawStore(tmp_path).append(example_snapshot(2))

    (cut,) = done.recovered
    assert (cut.position, cut.length, cut.kept_at.read_bytes()) == (len(whole), len(torn), torn)
    assert f"{DAY.isoformat()}/{KEY}.jsonl.gz" in cut.kept_at.with_suffix(".json").read_text()
    found, doubled, damages = contents(store.reader)
    assert (len(found), doubled, damages) == (2, [], [])


def test_recover_cuts_torn_ends_before_anything_is_appended(tmp_path: Path) -> None:
    RawStore(tmp_path).append(example_snapshot(0))
    with growing(tmp_path).open("ab") as file:
        file.write(bytes(100))
    store = RawStore(tmp_path)
    assert [torn.length for torn in store.recover(DAY)] == [100]
    assert store.recover(DAY) == []


def test_a_last_member_with_the_right_length_but_the_wrong_content_is_torn_too(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(example_snapshot(0))
    store.append(example_snapshot(1))
    content = bytearray(growing(tmp_path).read_bytes())
    content[-60:-20] = bytes(40)
    growing(tmp_path).write_bytes(content)
    (cut,) = RawStore(tmp_path).recover(DAY)
    assert "checksum" in cut.reason or "decompressed" in cut.reason
    assert RawStore(tmp_path).append(example_snapshot(1)).recovered == ()


def test_a_full_disk_damages_nothing_says_what_to_do_and_appending_resumes_when_there_is_room(tmp_path: Path) -> None:
    files = PowerLossFiles(Random(1))
    store = RawStore(tmp_path, files=files)
    store.append(example_snapshot(0))
    path = store.folder.growing(DAY, KEY)
    before = files.read(path)
    files.room_bytes = 50
    for _ in range(2):
        with pytest.raises(DiskFull, match=r"no room to store a snapshot in .*raw.*Free space") as told:
            store.append(example_snapshot(1))
        assert told.value.folder == tmp_path / "raw"
        assert files.read(path) == before
    files.room_bytes = None
    store.append(example_snapshot(1))
    found, doubled, damages = contents(store.reader)
    assert (len(found), doubled, damages) == (2, [], [])


def test_the_reserve_refuses_before_the_disk_is_full(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="are kept for all else"):
        RawStore(tmp_path, min_free_bytes=1 << 62).append(example_snapshot(0))
    assert not (tmp_path / "raw").exists()


def test_a_write_that_fails_otherwise_is_taken_back_and_is_no_full_disk(tmp_path: Path) -> None:
    files = PowerLossFiles(Random(1))
    store = RawStore(tmp_path, files=files)
    store.append(example_snapshot(0))
    files.failing_sync = True
    with pytest.raises(WriteFailed, match="Input/output error"):
        store.append(example_snapshot(1))
    files.failing_sync = False
    assert len(store.reader.snapshot_ids(DAY, KEY)) == 1
    store.append(example_snapshot(1))
    assert len(only_snapshots(store.reader.read(DAY, KEY))) == 2


def test_a_folder_where_writing_is_forbidden_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file where the folder should be")
    with pytest.raises(WriteFailed, match="check the disk"):
        RawStore(tmp_path).append(example_snapshot(0))


def test_live_and_simulated_data_never_share_a_folder(tmp_path: Path) -> None:
    RawStore(tmp_path).append(example_snapshot(0, source=Source.SIMULATED))
    with pytest.raises(RealmMismatch, match="another --data-dir"):
        RawStore(tmp_path).append(example_snapshot(1, source=Source.LIVE))
    assert (tmp_path / "raw" / "realm").read_text() == "simulated\n"
    assert RawStore(tmp_path).folder.realm() is Source.SIMULATED


@pytest.mark.parametrize(("first", "second"), [("imported", "simulated"), ("simulated", "imported")])
def test_imported_and_simulated_data_never_share_a_folder(tmp_path: Path, first: str, second: str) -> None:
    RawStore(tmp_path).append(example_snapshot(0, source=Source(first), market=Market("binance", "USDT", "BOB")))
    with pytest.raises(RealmMismatch, match=f"holds {first} data and {second} data was"):
        RawStore(tmp_path).append(example_snapshot(1, source=Source(second)))
    assert RawStore(tmp_path).folder.realm() is Source(first)


def test_a_folder_that_an_older_version_imported_into_without_a_mark_mixes_in_no_market_file(tmp_path: Path) -> None:
    RawStore(tmp_path).append(example_snapshot(0, source=Source.IMPORTED))
    (tmp_path / "raw" / "realm").unlink()
    with pytest.raises(RealmMismatch, match="imported and simulated"):
        RawStore(tmp_path).append(example_snapshot(1, source=Source.SIMULATED))


def test_imported_and_live_data_are_both_real_and_share_a_folder(tmp_path: Path) -> None:
    RawStore(tmp_path).append(example_snapshot(0, source=Source.IMPORTED))
    assert RawStore(tmp_path).folder.realm() is Source.IMPORTED
    RawStore(tmp_path).append(example_snapshot(1, source=Source.LIVE))
    assert RawStore(tmp_path).folder.realm() is Source.LIVE
    RawStore(tmp_path).append(example_snapshot(2, source=Source.IMPORTED))


def test_live_venues_that_never_answered_leave_the_realm_open_and_a_simulated_folder_refuses_them(
    tmp_path: Path,
) -> None:
    unanswered = [
        replace(capture, status=None, body=b"") for capture in example_snapshot(0, outcome=Outcome.CONNECTION)
    ]
    store = RawStore(tmp_path)
    store.append(unanswered)
    assert store.folder.realm() is None
    store.append(example_snapshot(1, source=Source.SIMULATED))
    later = [replace(capture, snapshot_id=capture.snapshot_id + "x") for capture in unanswered]
    with pytest.raises(RealmMismatch, match="another --data-dir"):
        store.append(later)


@pytest.mark.parametrize("version", ["2", None])
def test_a_folder_of_an_unknown_layout_is_neither_read_nor_written(tmp_path: Path, version: str | None) -> None:
    RawStore(tmp_path).append(example_snapshot(0))
    marker = tmp_path / "raw" / "layout_version"
    marker.write_text(version) if version else marker.unlink()
    store = RawStore(tmp_path)
    for refused in (lambda: store.append(example_snapshot(1)), store.reader.days):
        with pytest.raises(LayoutMismatch, match="another --data-dir"):
            refused()


def test_captures_of_different_snapshots_are_not_appended_as_one(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    with pytest.raises(RawStoreError, match="must share"):
        store.append([*example_snapshot(0), *example_snapshot(1)])
    with pytest.raises(RawStoreError, match="at least one"):
        store.append([])


def test_a_capture_cannot_choose_a_path_outside_the_store(tmp_path: Path) -> None:
    capture = replace(example_snapshot(0)[0], venue="../../venue")
    with pytest.raises(RawStoreError, match="no market key"):
        RawStore(tmp_path).append([capture])


def test_a_second_append_costs_what_was_added_and_not_the_whole_file(tmp_path: Path) -> None:
    class CountingFiles(PowerLossFiles):
        opened = 0

        def open(self, path: Path):  # type: ignore[no-untyped-def]
            file = super().open(path)
            if file is None:
                return None
            outer = self

            class Counting:
                def __getattr__(self, name: str) -> object:
                    if name == "read":
                        outer.opened += 1
                    return getattr(file, name)

            return Counting()

    files = CountingFiles(Random(1))
    store = RawStore(tmp_path, files=files)
    for number in range(50):
        store.append(example_snapshot(number))
    files.opened = 0
    store.append(example_snapshot(50))
    assert files.opened < 8


def test_the_lock_is_given_back_by_a_process_that_dies_holding_it(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from p2p_pipeline.p2p.raw.store import RawStore\n"
        "with RawStore(Path(sys.argv[1])).folder.lock(sys.argv[2]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), KEY], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert RawStore(tmp_path).append(example_snapshot(0)).offset == 0


def test_a_held_lock_is_waited_for(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with store.folder.lock(KEY):
            appending = pool.submit(store.append, example_snapshot(0))
            with pytest.raises(TimeoutError):
                appending.result(timeout=0.2)
        assert appending.result(timeout=30).offset == 0


def test_a_real_partial_write_is_taken_back(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from p2p_pipeline.p2p.raw.store import RawStore\n"
        "from p2p_pipeline.p2p.raw.stored import WriteFailed\n"
        "from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, example_snapshot\n"
        "store = RawStore(Path(sys.argv[1]))\n"
        "store.append(example_snapshot(0))\n"
        "path = store.folder.growing(DAY, KEY)\n"
        "size = path.stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    store.append(example_snapshot(1))\n"
        "except WriteFailed:\n"
        "    assert path.stat().st_size == size\n"
        "else:\n"
        "    raise SystemExit(3)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "store.append(example_snapshot(1))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60).returncode == 0
    assert len(only_snapshots(RawStore(tmp_path).reader.read(DAY, KEY))) == 2
