# ruff: noqa: T201
"""Whether the service holds for long: cycles kept of those due, how late they began, memory over time.

    python -m p2p_pipeline_tests.benchmarks.bench_stream_hours [MINUTES] [CHANGES_PER_SECOND]

Without an argument two hours, 1,440 cycles. The simulated exchanges and `p2p stream` run in processes of their own;
opportunities and traps are planted, and each is looked for: what is told that no plant explains is false.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx
import psutil

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths

TWO_HOURS_MINUTES = 120.0
LOOK_SECONDS = 0.5
MIB = 2**20


@contextmanager
def running(*words: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`p2p …` until the end of the block."""
    with log.open("wb") as file:
        command = [sys.executable, "-m", "p2p_pipeline.cli", *words]
        process = subprocess.Popen(command, stdout=file, stderr=file)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class Seen:
    """What the boards and the processes said."""

    cycles: set[int] = field(default_factory=set)
    jitter_ms: list[float] = field(default_factory=list)
    durations_ms: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    told: list[tuple[float, str, str]] = field(default_factory=list)
    """When, of which symbol, and in words."""
    planted: list[dict[str, object]] = field(default_factory=list)
    newest: Board | None = None

    @property
    def unexplained(self) -> list[str]:
        """What was told of a symbol in which nothing true was planted."""
        true = [plant for plant in self.planted if plant["is_true"]]
        return [
            words
            for at, symbol, words in self.told
            if not any(plant["symbol"] == symbol and _is_about(plant, at) for plant in true)
        ]

    def take(self, board: Board, memory_bytes: int) -> None:
        """One new board."""
        self.newest = board
        self.cycles.add(board.scan.cycle)
        self.jitter_ms.append(board.jitter_ms)
        self.durations_ms.append(board.scan.duration_ms)
        if memory_bytes:
            self.memory_mib.append(memory_bytes / MIB)
        at = board.scan.at.timestamp()
        self.told += [
            (at, one.found.symbol, f"{one.key} at {at:.0f}: {one.found.net_edge_pct}") for one in board.opportunities
        ]


def _is_about(plant: dict[str, object], at: float) -> bool:
    begins, ends = float(str(plant["from"])), float(str(plant["until"]))
    # Books that nothing changes are as old as the age limit lets them be.
    return begins - 1 <= at <= ends + 11


def watched(minutes: float, changes: str) -> Seen:
    """Run both for so long."""
    with TemporaryDirectory() as folder:
        data, port, seen = Path(folder), free_port(), Seen()
        url = f"http://127.0.0.1:{port}"
        simulate = ("simulate", "exchanges", "--port", str(port), "--changes-per-second", changes)
        stream = ("--data-dir", str(data), "stream", "--source", url, "--for", f"{minutes * 60:.0f}s")
        with running(*simulate, log=data / "exchanges.log"):
            _wait_for(url)
            with running(*stream, log=data / "stream.log") as service:
                reader, process = BoardFile(DataPaths(data)), psutil.Process(service.pid)
                while service.poll() is None:
                    board = reader.newest()
                    if board is not None and board is not seen.newest:
                        with suppress(psutil.NoSuchProcess):
                            seen.take(board, process.memory_info().rss)
                    time.sleep(LOOK_SECONDS)
                board = reader.newest()
                if board is not None:
                    seen.cycles.add(board.scan.cycle)
                    seen.newest = board
            seen.planted = httpx.get(f"{url}/truth", timeout=120).json()["plants"]
        if os.environ.get("P2P_SHOW_LOG") == "1":
            print((data / "stream.log").read_text(encoding="utf-8")[-4_000:])
        return seen


def _wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/health")
            return
        time.sleep(0.1)
    raise RuntimeError("the simulated exchanges did not begin")


def main(arguments: list[str]) -> None:
    """Print what was seen."""
    minutes = float(arguments[0]) if arguments else TWO_HOURS_MINUTES
    seen = watched(minutes, arguments[1] if len(arguments) > 1 else "2")
    due = round(minutes * 12)
    board = seen.newest
    assert board is not None, "no board came"
    tenth = max(1, len(seen.memory_mib) // 10)
    print(f"cycles: {board.sequence} of {due}, {board.skipped_cycles} skipped; {len(seen.cycles)} seen from outside")
    print(f"jitter: median {median(seen.jitter_ms):.2f} ms, worst {max(seen.jitter_ms):.2f} ms")
    late = quantiles(seen.durations_ms, n=20)[-1]
    print(f"scan: median {median(seen.durations_ms):.0f} ms, 95 % {late:.0f} ms, worst {max(seen.durations_ms):.0f} ms")
    first, last = median(seen.memory_mib[tenth : 2 * tenth] or seen.memory_mib), median(seen.memory_mib[-tenth:])
    print(f"memory: {first:.0f} MiB after a tenth, {last:.0f} MiB at the end, most {max(seen.memory_mib):.0f}")
    live = sum(one.books_live for one in board.exchanges)
    gaps = sum(one.gaps for one in board.exchanges)
    print(f"books: {live} live at the end, {gaps} gaps; frames {sum(one.frames for one in board.exchanges):,}")
    unexplained = seen.unexplained
    print(f"opportunities told: {len(seen.told)}, of which no plant explains {len(unexplained)}")
    for line in unexplained[:20]:
        print(f"  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
