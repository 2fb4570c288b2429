# ruff: noqa: T201
"""What a live session of 600 perpetuals costs: `python -m p2p_pipeline_tests.benchmarks.bench_paper_session [SECONDS]`.

A simulator and a session, each a process of its own, candles of a minute, every symbol in the universe. Counted is the
session's process alone, with its board, from its universe on; the simulator takes most of another core.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from p2p_pipeline.commands.children import beside_python
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.sessions import start, status, stop
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.settings import PaperSettings

PERPETUALS, FRAMES_A_SECOND = 600, 2_000
_START_SECONDS = 120.0
_SETTINGS = PaperSettings.model_validate(
    {
        "timeframe_minutes": 1,
        "universe": {"max_symbols": PERPETUALS, "min_volatility_pct": 0, "min_turnover": 0, "warm_up_seconds": 3},
    }
)


def main() -> None:
    """A line."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    command = [beside_python("p2p"), "simulate", "exchanges", "--exchanges", "bybit", "--symbols", "BTC/USDT", "--json"]
    command += ["--port", "0", "--perpetuals", str(PERPETUALS), "--ticker-frames", str(FRAMES_A_SECOND)]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as simulator,
    ):
        try:
            assert simulator.stdout is not None
            print(measure(DataPaths(Path(folder)), json.loads(simulator.stdout.readline())["url"], seconds))
        finally:
            simulator.terminate()


def measure(paths: DataPaths, url: str, seconds: float) -> str:
    """One session, in words."""
    asked_at = time.monotonic()
    session = start(paths, _SETTINGS, url).session
    try:
        while status(paths, session).state != "RUNNING":
            if time.monotonic() > asked_at + _START_SECONDS:
                raise SystemExit(f"{session} did not run within {_START_SECONDS:.0f} s")
            time.sleep(0.1)
        started = time.monotonic() - asked_at
        before, process = _board(paths, session), psutil.Process(status(paths, session).about.pid)
        used, memory, began = sum(process.cpu_times()[:2]), process.memory_info().rss, time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        used, after = sum(process.cpu_times()[:2]) - used, _board(paths, session)
        memory_after = process.memory_info().rss
    finally:
        ended = stop(paths, session)
    frames = (after.counters["frames"] - before.counters["frames"]) / (after.at - before.at) * 1000
    trades = 0 if ended.summary is None else ended.summary.trades
    return (
        f"{after.universe} symbols, RUNNING after {started:.1f} s; {took:.0f} s: {used / took:.1%} of a core, "
        f"{frames:.0f} frames a second, memory {memory / 2**20:.0f} MiB at the start and {memory_after / 2**20:.0f} at "
        f"the end; {trades} trades, {ended.state}"
    )


def _board(paths: DataPaths, session: str) -> SessionBoard:
    board = status(paths, session).board
    assert board is not None
    return board


if __name__ == "__main__":
    main()
