"""How close a sweep comes to its limits: `python -m p2p_pipeline_tests.benchmarks.bench_sweep [--long]`.

The simulator serves 110 fiats, 8 assets and 55,000 offers from a process of its own. By default each line is a part of
the fiats and the table takes five minutes; `--long` sweeps all of them, as the acceptance wants it, and takes an hour.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepPlan, sweep_now
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.simulator.catalogue import FULL_MARKET_OFFERS
from p2p_pipeline.p2p.simulator.faults import FaultName
from p2p_pipeline.p2p.venues.binance import BinanceVenue

_KIBIBYTES_OF_A_MEBIBYTE = 1024
_RANDOM_FAILURES = (
    FaultName.SERVER_ERROR,
    FaultName.BAD_GATEWAY,
    FaultName.CONNECTION_RESET,
    FaultName.TRUNCATED_JSON,
    FaultName.TRUNCATED_GZIP,
    FaultName.SHORT_BODY,
    FaultName.HTML_INSTEAD,
    FaultName.VENUE_ERROR,
)
_BURST_SECONDS = 30.0
_REST = f"{'sides':>13}{'failed':>7}{'MiB':>6}{'CPU s':>7}"


@dataclass(frozen=True, slots=True)
class Task:
    """One sweep, in a process of its own so that its memory is its own."""

    url: str
    folder: str
    rate: float
    fiats: int | None = None
    """So many of the venue's fiats, else all."""
    concurrency: int = 32
    budget_seconds: float = 480.0
    worker: int = 1
    workers: int = 1


def main(*, is_long: bool = False) -> None:
    """Print the table; `is_long` sweeps all fiats on every line."""

    def part(fiats: int) -> int | None:
        return None if is_long else fiats

    _line("a sweep of the simulated Binance: 110 fiats, 8 assets, 55,000 offers; every request over HTTP on loopback")
    _line(f"{'our own limit':<32}{'requests':>9}{'seconds':>9}{'x n/rate':>9}{_REST}")
    with _simulator() as url:
        # First as fast as it goes: the simulator makes its books when they are first asked for.
        _print_run("none: what this machine can do", _sweep(url, 5000.0, part(55)), 5000.0)
        for rate, fiats in ((10.0, 5), (40.0, 20), (100.0, 55)):
            _print_run(f"{rate:g}/s", _sweep(url, rate, part(fiats)), rate)
    _line(f"{'the limit of the venue':<32}{'requests':>9}{'seconds':>9}{'used':>9}{_REST}")
    for limit, own, fiats in ((5.0, 10.0, 6), (20.0, 40.0, 25), (60.0, 100.0, 80)):
        with _simulator("--rate-limit", f"{limit}") as url:
            run = _sweep(url, own, part(fiats), budget_seconds=1800.0)
            _print_limited(f"{limit:g}/s, asked at up to {own:g}/s", run, limit)
    _line("1 % of failures by chance, and 30 s of nothing but 429s")
    faults = ",".join(f"{name}:{0.01 / len(_RANDOM_FAILURES)}" for name in _RANDOM_FAILURES)
    rate = 10.0 if is_long else 30.0
    with _simulator("--faults", faults) as url:
        run = _sweep(url, rate, part(40), burst_after_seconds=15.0)
        _print_run(f"{rate:g}/s", run, rate)
        _line(f"complete: {run['sides_complete'] / max(1, run['sides']):.3%} of the market sides; {run['missing']}")


@contextmanager
def _simulator(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "p2p_pipeline.cli", "simulate", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--total-offers", str(FULL_MARKET_OFFERS), *options], stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            if serving.stdout is None:
                raise RuntimeError("the simulator has no output")
            yield json.loads(serving.stdout.readline())["url"]
        finally:
            serving.terminate()
            usage = os.wait4(serving.pid, 0)[2]
            _line(f"    (the simulator: {usage.ru_utime + usage.ru_stime:.1f} s of CPU)")


def _sweep(
    url: str, rate: float, fiats: int | None, *, budget_seconds: float = 480.0, burst_after_seconds: float | None = None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        task = Task(url, folder, rate, fiats, budget_seconds=budget_seconds)
        command = [sys.executable, "-m", "p2p_pipeline_tests.benchmarks.bench_sweep"]
        with subprocess.Popen([*command, "--task", json.dumps(asdict(task))], stdout=subprocess.PIPE, text=True) as run:
            if burst_after_seconds is not None:
                _burst(url, burst_after_seconds)
            said, _ = run.communicate()
        return json.loads(said)  # type: ignore[no-any-return]


def _burst(url: str, after_seconds: float) -> None:
    """Add half a minute of 429s to the faults in force, then take it away."""
    faults = f"{url}/_simulator/faults"
    rules = httpx.get(faults, timeout=60.0).json()["rules"]
    time.sleep(after_seconds)
    httpx.post(faults, json=[{"name": FaultName.TOO_MANY_REQUESTS, "searches_only": False}, *rules], timeout=60.0)
    time.sleep(_BURST_SECONDS)
    httpx.post(faults, json=rules, timeout=60.0)


@dataclass(frozen=True, slots=True)
class _PartOfBinance(BinanceVenue):
    """Binance, believed to trade fewer fiats than it lists."""

    fiats: int = 1000

    def read_fiat_list(self, body: bytes) -> list[str]:
        return BinanceVenue.read_fiat_list(self, body)[: self.fiats]


def carry_out(task: Task) -> dict[str, Any]:
    """Sweep as told, and say what came of it: the body of the process."""
    manners = Manners(PacingLimits(task.rate), concurrency=task.concurrency, breaker=PATIENT_BREAKER, is_patient=True)
    plan = SweepPlan(
        _PartOfBinance(task.url, fiats=task.fiats or 1000), manners, task.budget_seconds, task.worker, task.workers
    )
    folder = Path(task.folder)
    cpu = time.process_time()
    report = sweep_now(plan, RawStore(folder, min_free_bytes=0), folder / "state", Source.SIMULATED, program="bench")
    return {
        "status": report.status.value,
        "requests": report.requests,
        "failed_requests": report.failed_requests,
        "seconds": report.seconds,
        "sides": report.sides,
        "sides_complete": report.sides_complete,
        "offers": report.offers,
        "cpu_seconds": time.process_time() - cpu,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES_OF_A_MEBIBYTE,
        "missing": [side.reason for side in report.missing[:5]],
    }


def _print_run(name: str, run: dict[str, Any], rate: float) -> None:
    sides = f"{run['sides_complete']}/{run['sides']}"
    _line(
        f"{name:<32}{run['requests']:>9,}{run['seconds']:>9.1f}{run['seconds'] * rate / run['requests']:>9.3f}"
        f"{sides:>13}{run['failed_requests']:>7,}{run['mebibytes']:>6.0f}{run['cpu_seconds']:>7.1f}"
    )


def _print_limited(name: str, run: dict[str, Any], limit: float) -> None:
    answered = run["requests"] - run["failed_requests"]
    # A bucket that holds a second's worth is full at the beginning.
    used = answered / (limit * (run["seconds"] + 1.0))
    sides = f"{run['sides_complete']}/{run['sides']}"
    _line(
        f"{name:<32}{run['requests']:>9,}{run['seconds']:>9.1f}{used:>9.1%}"
        f"{sides:>13}{run['failed_requests']:>7,}{run['mebibytes']:>6.0f}{run['cpu_seconds']:>7.1f}"
    )


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--task"]:
        _line(json.dumps(carry_out(Task(**json.loads(sys.argv[2])))))
    else:
        main(is_long="--long" in sys.argv)
