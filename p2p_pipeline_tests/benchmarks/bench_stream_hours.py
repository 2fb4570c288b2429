# ruff: noqa: T201
"""Whether the service holds for long: cycles kept of those due, how late they began, memory over time.

    python -m p2p_pipeline_tests.benchmarks.bench_stream_hours [MINUTES] [CHANGES_PER_SECOND]

Without an argument two hours, 1,440 cycles. The simulated exchanges and `p2p stream` run in processes of their own;
opportunities and traps are planted. What is told that no plant explains is held against the true books: when
everybody's price jumps each exchange follows with its next change, and until then their true books cross. False is what
takes levels that stood in no true book as young as books are believed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx
import psutil

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.scan.results import BookUsed, Spatial
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.kernel.paths import DataPaths

TWO_HOURS_MINUTES = 120.0
LOOK_SECONDS = 0.5
BELIEVED_SECONDS = ExchangesSettings().max_age_seconds + 1
STEP_SECONDS = 0.25
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
    told: int = 0
    """Opportunities, scan by scan."""
    in_true_books: list[str] = field(default_factory=list)
    """Those that no plant explains and that stood in the true books when they were told, in words …"""
    outdated: list[str] = field(default_factory=list)
    """… that had stood there, no longer ago than books are believed …"""
    false: list[str] = field(default_factory=list)
    """… and that had not."""
    newest: Board | None = None

    def take(self, board: Board, memory_bytes: int) -> None:
        """One new board."""
        self.newest = board
        self.cycles.add(board.scan.cycle)
        self.jitter_ms.append(board.jitter_ms)
        self.durations_ms.append(board.scan.duration_ms)
        if memory_bytes:
            self.memory_mib.append(memory_bytes / MIB)

    def judge(self, board: Board, truth: Truth) -> None:
        """Hold what a board tells against the truth, while that is remembered."""
        self.told += len(board.opportunities)
        at = board.scan.at.timestamp()
        true = [plant for plant in truth.plants() if plant["is_true"]] if board.opportunities else []
        for one in board.opportunities:
            if any(plant["symbol"] == one.found.symbol and _is_about(plant, at) for plant in true):
                continue
            seconds = truth.gone_seconds(one.found, at + board.jitter_ms / 1000)
            words = f"{one.key} at {at:.0f}: {one.found.net_edge_pct} %, gone for {seconds} s"
            (self.false if seconds is None else self.outdated if seconds else self.in_true_books).append(words)


class Truth:
    """What the simulator knows and no client sees."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120)

    def plants(self) -> list[dict[str, object]]:
        """All so far."""
        return list(self._client.get("/truth").json()["plants"])

    def gone_seconds(self, found: Spatial, at: float) -> float | None:
        """How long ago all the levels that it takes last stood in the true books, each side by itself; None: never."""
        ages = [
            self._gone(found.bought, found.symbol, "asks", at),
            self._gone(found.sold, found.symbol, "bids", at),
        ]
        return None if None in ages else max(age or 0.0 for age in ages)

    def _gone(self, used: BookUsed, symbol: str, side: str, at: float) -> float | None:
        wanted = {(level.price, level.quantity) for level in used.eaten}
        for step in range(int(BELIEVED_SECONDS / STEP_SECONDS) + 1):
            asked = {"exchange": used.exchange, "symbol": symbol, "at": f"{at - step * STEP_SECONDS:.3f}"}
            levels = self._client.get("/truth/book", params=asked).json()["true"][side]
            if wanted <= {(Decimal(price), Decimal(quantity)) for price, quantity in levels}:
                return step * STEP_SECONDS
        return None


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
                truth = Truth(url)
                reader, process = BoardFile(DataPaths(data)), psutil.Process(service.pid)
                while service.poll() is None:
                    board = reader.newest()
                    if board is not None and board is not seen.newest:
                        with suppress(psutil.NoSuchProcess):
                            seen.take(board, process.memory_info().rss)
                        seen.judge(board, truth)
                    time.sleep(LOOK_SECONDS)
                board = reader.newest()
                if board is not None:
                    seen.cycles.add(board.scan.cycle)
                    seen.newest = board
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
    print(
        f"opportunities told: {seen.told}; without a plant {len(seen.in_true_books)} in true books as they were then, "
        f"{len(seen.outdated)} outdated, {len(seen.false)} false"
    )
    for line in (*seen.false, *seen.outdated)[:20]:
        print(f"  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
