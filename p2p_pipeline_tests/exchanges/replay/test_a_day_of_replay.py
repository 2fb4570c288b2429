"""A day of frames, written and replayed as fast as it goes, takes the memory of an hour of them."""

from __future__ import annotations

import resource
import sys
from collections import defaultdict
from itertools import count
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.folder import FrameFile, hour_of
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.replay.replaying import Replay
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.books.closed_loop import Loop

EXCHANGES = ("binance", "kraken")
HOURS = 24
STEP_NS = 1_000_000_000
GROWTH_MIB = 8
"""Between the third hour and the last: less than one hour's frames, packed."""


def write_a_day(folder: Path, exchange: str) -> None:
    lines: dict[FrameFile, list[bytes]] = defaultdict(list)
    writer = FrameWriter(folder, Source.SIMULATED, RealFileSystem())

    def keep(frame: Frame) -> None:
        file = FrameFile(exchange, frame.connection, hour_of(frame.received_at_ns), Source.SIMULATED)
        lines[file].append(to_line(frame))
        if len(lines[file]) >= 1_000:
            writer.append(file, lines.pop(file))

    loop = Loop(exchange, Feed.DELTA, seed=9, step_ns=STEP_NS, keep=keep)
    loop.run(HOURS * 3_600, fault_share=0.001)
    for file, rest in lines.items():
        writer.append(file, rest)


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.long
@pytest.mark.timeout(1_800)
@only_long
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")
def test_a_day_of_frames_replays_with_flat_memory(tmp_path: Path) -> None:
    for exchange in EXCHANGES:
        write_a_day(tmp_path, exchange)
    replay, taken = Replay(), count()
    by_hour: dict[int, float] = {}
    for frame in read_frames(tmp_path):
        replay.take(frame)
        next(taken)
        hour = (frame.received_at_ns or 0) // 3_600_000_000_000
        if hour not in by_hour:
            by_hour[hour] = resident_mib()
    hours = list(by_hour.values())
    sys.stdout.write(f"{next(taken):,} frames of {HOURS} hours; MiB by hour: {[round(one) for one in hours]}\n")
    assert len(hours) >= HOURS
    assert hours[-1] - hours[3] < GROWTH_MIB
    for exchange, books in replay.books.items():
        assert books.counters.unreadable == 0, exchange
