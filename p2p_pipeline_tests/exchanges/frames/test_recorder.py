"""The recorder keeps all it can, makes nobody wait, and says what it could not keep."""

from __future__ import annotations

import errno
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.folder import FrameFile, RealmMismatch, hour_of
from p2p_pipeline.exchanges.frames.frame_file import members_of
from p2p_pipeline.exchanges.frames.members import Member, Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.exchanges.frames.retention import drop_frames, frame_sizes, kept_hours, plan_retention
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline_tests.exchanges.frames.example_frames import AT, AT_NS, example_frame

GIB = 1 << 30


def test_all_frames_are_kept_by_connection_and_hour_in_their_order(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, flush_seconds=0.02)
    frames = [example_frame(number, f"ws{number % 2}", seconds=0.5) for number in range(300)]
    for frame in frames:
        assert recorder.write(frame)
        if frame.connection == "ws1":
            time.sleep(0.0005)
    recorder.close()
    assert (recorder.written, recorder.lost) == (300, 0)
    assert list(read_frames(tmp_path)) == frames
    assert sorted(path.name for path in tmp_path.rglob("*.zst")) == [
        "00.ws0.live.frames.zst", "00.ws1.live.frames.zst", "23.ws0.live.frames.zst", "23.ws1.live.frames.zst",
    ]  # fmt: skip


class StuckFiles(RealFileSystem):
    """A disk on which every write takes long, or fails."""

    def __init__(self) -> None:
        self.is_full = False
        self.seconds = 0.0

    def append(self, path: Path, data: bytes) -> None:
        time.sleep(self.seconds)
        if self.is_full:
            super().append(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(path, data)


def test_a_slow_disk_makes_nobody_wait_and_what_is_too_much_is_counted(tmp_path: Path) -> None:
    disk = StuckFiles()
    disk.seconds = 0.3
    recorder = Recorder(tmp_path, files=disk, flush_seconds=0.01, waiting_bytes=2_000)
    started = time.perf_counter()
    kept = [recorder.write(example_frame(0)) for _ in range(1_000)]
    assert time.perf_counter() - started < 0.25
    recorder.close()
    assert 0 < sum(kept) < 1_000
    assert (recorder.written, recorder.lost) == (sum(kept), 1_000 - sum(kept))


def test_a_full_disk_costs_frames_which_the_next_member_counts_and_nothing_else(tmp_path: Path) -> None:
    disk = StuckFiles()
    recorder = Recorder(tmp_path, files=disk, flush_seconds=0.01)
    recorder.write(example_frame(0))
    _until(lambda: recorder.written == 1)
    disk.is_full = True
    for number in (1, 2, 3):
        recorder.write(example_frame(number))
    _until(lambda: recorder.lost == 3)
    assert recorder.last_error == "frames can't be written: No space left on device"
    disk.is_full = False
    recorder.write(example_frame(5))
    recorder.close()
    assert list(read_frames(tmp_path)) == [example_frame(0), example_frame(5)]
    (path,) = tmp_path.glob("okx/*/*.zst")
    assert [member.lost for member in members_of(path.read_bytes()) if isinstance(member, Member)] == [0, 3]
    assert len(recorder.torn_tails) == 1


def test_a_bug_while_writing_costs_its_frames_and_not_all_that_come_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = StuckFiles()
    recorder = Recorder(tmp_path, files=disk, flush_seconds=0.01)
    with monkeypatch.context() as broken:
        broken.setattr(disk, "append", {}.__getitem__)
        broken.setattr(disk, "sync", {}.__getitem__)
        for number in (0, 1):
            recorder.write(example_frame(number))
            _until(lambda number=number: recorder.lost == number + 1)
    assert recorder.last_error.startswith("frames can't be written: TypeError")
    assert [record.exc_info is not None for record in caplog.records] == [True], "told once, with where it was"
    recorder.write(replace(example_frame(9), received_at_ns=1 << 90))
    recorder.write(example_frame(2))
    recorder.close()
    assert list(read_frames(tmp_path)) == [example_frame(2)]
    assert recorder.lost == 3


def _until(condition: object) -> None:
    deadline = time.monotonic() + 5
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_simulated_frames_never_come_among_real_ones(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, Source.SIMULATED, flush_seconds=0.01)
    recorder.write(example_frame(0))
    recorder.close()
    with pytest.raises(RealmMismatch, match="use another --data-dir"):
        Recorder(tmp_path, Source.LIVE)


def test_old_hours_go_by_age_and_then_by_size_but_never_the_running_one() -> None:
    def file(hours_ago: int, source: Source = Source.LIVE) -> FrameFile:
        return FrameFile("okx", "ws1", hour_of(AT_NS - hours_ago * 3600 * 10**9), source)

    sizes = {file(hours): GIB for hours in (0, 1, 2, 30, 49)} | {file(60, Source.IMPORTED): GIB}
    assert plan_retention(sizes, AT, keep_days=1, max_bytes=10 * GIB) == [file(49), file(30)]
    assert plan_retention(sizes, AT, keep_days=9, max_bytes=3 * GIB) == [file(60, Source.IMPORTED), file(49), file(30)]
    assert file(0) not in plan_retention(sizes, AT + timedelta(minutes=30) - timedelta(hours=1), 1, 0)


def test_a_size_that_cannot_hold_the_days_is_told_with_the_hours_that_it_holds() -> None:
    def file(hours_ago: int, source: Source = Source.LIVE) -> FrameFile:
        return FrameFile("okx", "ws1", hour_of(AT_NS - hours_ago * 3600 * 10**9), source)

    sizes = {file(hours): GIB for hours in (0, 1, 2, 3, 49)} | {file(60, Source.IMPORTED): GIB}
    for max_gib, hours in ((2, 2), (3, 3), (4, None), (9, None)):
        dropped = plan_retention(sizes, AT, keep_days=1, max_bytes=max_gib * GIB)
        assert kept_hours(sizes, dropped, AT, keep_days=1) == hours


def test_what_is_dropped_is_gone_with_its_empty_folder(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, flush_seconds=0.01)
    recorder.write(example_frame(0))
    recorder.close()
    sizes = frame_sizes(tmp_path)
    assert drop_frames(tmp_path, list(sizes)) == sum(sizes.values()) > 0
    assert frame_sizes(tmp_path) == {}
    assert list(tmp_path.glob("okx/*")) == []
