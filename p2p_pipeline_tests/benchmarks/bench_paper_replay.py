# ruff: noqa: T201
"""How many symbol-seconds a core replays in a second, from columns and from JSONL, and beside nautilus and backtrader.

    python -m p2p_pipeline_tests.benchmarks.bench_paper_replay [SYMBOLS] [HOURS]

Processor time. The two engines are taken if P2P_OTHER_ENGINES (an interpreter; else this one) has them. They have no
such strategy: what they do is written in engines/, and is less than a session does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.recordings import read_recording
from p2p_pipeline.paper.columns.arriving import columns_of
from p2p_pipeline.paper.columns.chunk import Whole
from p2p_pipeline.paper.columns.running import said_of
from p2p_pipeline.paper.columns.storing import Columns, write_columns
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import replay, session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.benchmarks.paper_day import BEGIN, CHUNK_SECONDS, Day, frames_of

ENGINES = Path(__file__).parent / "engines"
HOUR = 3600
SETTINGS = PaperSettings.model_validate({"universe": {"max_symbols": 1000}})
T = TypeVar("T")


def main(symbols: int = 600, hours: float = 24) -> None:
    """Print the table."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{symbols} symbols, {hours:g} hours; processor time of one core, {os.getloadavg()[0]:.1f} others run")
        for every in (1, 3, 10):
            _whole_day(Day(symbols, int(hours * HOUR), every), folder)
        _from_frames(Day(min(symbols, 200), CHUNK_SECONDS), folder)
        _beside_others(Day(min(symbols, 60), HOUR), folder)


def _whole_day(day: Day, folder: Path) -> None:
    stored, making = _timed(lambda: write_columns(folder / f"every{day.every}", BEGIN, day.chunks()))
    before = _peak_mebibytes()
    lines, seconds = _timed(lambda: _log(stored))
    count, size = (
        day.symbols * day.seconds,
        sum(file.stat().st_size for file in (folder / f"every{day.every}").iterdir()),
    )
    print(
        f"a frame each {day.every} s: {count:,} symbol-seconds in {seconds:.1f} s, {count / seconds:,.0f} a second; "
        f"{lines:,} lines; {size / 1e6:.0f} MB of Parquet, made up and stored in {making:.1f} s; "
        f"memory at most {before} MiB before, {_peak_mebibytes()} after"
    )


def _from_frames(day: Day, folder: Path) -> None:
    path, count = folder / "recording.jsonl", 0
    with path.open("wb") as file:
        for chunk in day.chunks():
            for frame in frames_of(chunk):
                count += file.write(to_line(frame) + b"\n") > 0
    frame_by_frame = []
    for _ in range(3):
        replayed = _timed(lambda: replay(path, SETTINGS, folder / "out", _nobody))[1]
        by_frames = _timed(lambda: _log_of_frames(path))[1]
        frame_by_frame.append((replayed, by_frames))
    replayed, by_frames = min(frame_by_frame)
    columns, converting = _timed(lambda: columns_of(path, folder / "cache", _nobody))
    from_columns = _timed(lambda: _log(columns))[1]
    print(
        f"{count:,} frames of JSONL: replayed at {replayed / count * 1e6:.1f} us a frame, frame by frame it was "
        f"{by_frames / count * 1e6:.1f}; made into columns once at {converting / count * 1e6:.1f}, from those "
        f"{from_columns / count * 1e6:.2f}"
    )


def _beside_others(day: Day, folder: Path) -> None:
    chunks = list(day.chunks())
    columns = write_columns(folder / "same", BEGIN, iter(chunks))
    # the first row of a later chunk is what it brings along
    rows = {
        name: np.concatenate(
            [_of_symbols(chunk.columns[name], day, place) for place, chunk in enumerate(chunks)], axis=1
        )
        for name in ("at", "bid1Price", "ask1Price")
    }
    quotes = folder / "quotes.npz"
    np.savez(quotes, at=rows["at"], bid=rows["bid1Price"], ask=rows["ask1Price"])
    ours = min(_timed(lambda: _log(columns))[1] for _ in range(3))
    count = day.symbols * day.seconds
    print(f"the same {count:,} quotes: ours from columns {ours:.2f} s ({count / ours:,.0f} a second)")
    interpreter = os.environ.get("P2P_OTHER_ENGINES", sys.executable)
    for engine in ("nautilus", "backtrader"):
        command = [interpreter, str(ENGINES / f"{engine}_thresholds.py"), str(quotes)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{engine}: not measured, {(done.stderr.strip().splitlines() or ['no answer'])[-1]}")
            continue
        found = json.loads(done.stdout.strip().splitlines()[-1])
        seconds = found["seconds"]
        print(f"{engine}: {seconds:.2f} s ({count / seconds:,.0f} a second), {seconds / ours:.1f} times ours; {found}")


def _of_symbols(column: Whole, day: Day, chunk: int) -> Whole:
    return column.reshape(day.symbols, -1)[:, min(chunk, 1) :]


def _log(columns: Columns) -> int:
    chain = Chain()
    for one in said_of(columns, SETTINGS):
        chain.line(one)
    return chain.number


def _log_of_frames(path: Path) -> None:
    chain = Chain()
    for one in session_of(new_session("as before", SETTINGS), in_order(read_recording(path))):
        chain.line(one)


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    return call(), time.process_time() - begun


def _peak_mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _nobody(path: Path, place: int, reason: str) -> None:
    """Nothing is left out here."""


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]), *(float(word) for word in sys.argv[2:3]))
