"""`p2p sweep` as a person meets it who stops it, or whose venue is away: a process of its own, a simulator."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from p2p_pipeline.commands.sweep import _missing_lines, sweep_bar
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.sweeps.report import MissingSide, SweepReport, SweepStatus
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepProgress
from p2p_pipeline.p2p.simulator.server import running_simulator
from p2p_pipeline.postgres.connection import connected
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import still_market

DOWN = "binance failed 8 times in a row (There is no connection to [bold]host[/bold]); tried again in 40 s"


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=only_long)])
def test_stopped_it_says_in_one_sentence_what_is_kept(tmp_path: Path, number: signal.Signals) -> None:
    kept = ("PATH", "HOME", "PYTHONPATH")
    with running_simulator(still_market(total_offers=3_000)) as simulator:
        words = ["--data-dir", str(tmp_path), "sweep", "--source", simulator.url, "--rate", "40", "--no-load", "--json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "p2p_pipeline.cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={name: os.environ[name] for name in kept if name in os.environ},
        )
        try:
            give_up = time.monotonic() + 60.0
            while not list((tmp_path / "raw").glob("*/binance.sweep-*.jsonl*")) and process.poll() is None:
                assert time.monotonic() < give_up, "it never asked for a market"
                time.sleep(0.1)
            process.send_signal(number)
            said, told = process.communicate(timeout=60.0)
        finally:
            process.kill()
    assert (process.returncode, said) == (130, "")
    (line,) = told.splitlines()
    sentence = r"stopped: [\d,]+ offers are kept, [\d,]+ of [\d,]+ market sides read to their end; the next sweep loads"
    assert re.match(sentence, line), line


def _report(missing: tuple[MissingSide, ...]) -> SweepReport:
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    return SweepReport(1, "binance", SweepStatus.PARTIAL, moment, moment, missing=missing)


def test_what_is_missing_for_one_reason_is_told_once_with_a_count() -> None:
    away = tuple(MissingSide("USDT", fiat, "BUY", "There is no connection.") for fiat in ("BOB", "KES", "RUB"))
    other = MissingSide("", "VND", "", "its list is not stored")
    assert list(_missing_lines(_report((*away, other)))) == [
        "missing: USDT-BOB BUY and 2 more: There is no connection.",
        "missing: VND: its list is not stored",
    ]
    many = tuple(MissingSide("USDT", f"F{number:02}", "BUY", f"reason {number}") for number in range(8))
    *_, last = _missing_lines(_report(many))
    assert last == "missing: 3 more; the next sweep begins with them"


@only_long
def test_ended_while_it_loads_it_says_what_is_kept_and_nothing_is_half_loaded(tmp_path: Path) -> None:
    kept = ("PATH", "HOME", "PYTHONPATH")
    with running_simulator(still_market(total_offers=300)) as simulator:
        words = ["--data-dir", str(tmp_path), "sweep", "--source", simulator.url, "--rate", "1000", "--json"]
        # A load that has merged and waits before its commit, where it is ended.
        waits = (
            "import sys, time; from p2p_pipeline.p2p.warehouse import pending; real = pending.load_batch; "
            "pending.load_batch = lambda *given, **named: real(*given, **(named | dict(checkpoint=lambda at: "
            "(print(at, flush=True), time.sleep(60)) if at == 'before_commit' else None))); "
            f"sys.argv = ['p2p', *{words!r}]; from p2p_pipeline.cli import main; main()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", waits],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={name: os.environ[name] for name in kept if name in os.environ},
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "before_commit\n"
            process.terminate()
            _, told = process.communicate(timeout=60.0)
        finally:
            process.kill()
    assert process.returncode == 130
    (line,) = [line for line in told.splitlines() if line.startswith("stopped")]
    assert re.match(r"stopped: [\d,]+ offers are kept, .*; the next sweep loads them", line), line
    with connected(EmbeddedPostgres(DataPaths(tmp_path)).use("p2p")) as connection:
        held = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            for table in ("ops_batch_runs", "offer_versions", "advertisements")
        ]
    assert held == [(0,), (0,), (0,)]


def _shown(trouble: str | None) -> list[str]:
    """What stands on a terminal of 80 columns in the end, as lines."""
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with sweep_bar(console) as show:
        show(SweepProgress(1, 1204, 2410, 112_345, 12_345, 10.0, trouble))
    assert isinstance(console.file, io.StringIO)
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue()).replace("\r", "\n").split("\n")
    last = max(number for number, line in enumerate(lines) if "1204/2410" in line)
    return [line.rstrip() for line in lines[last:] if line.strip()]


def test_the_bar_fits_eighty_columns_and_trouble_stands_whole_below_it() -> None:
    (alone,) = _shown(None)
    assert "1204/2410 sides, 112,345 offers, 12,345 requests, 10.0/s" in alone
    bar, *trouble = _shown(DOWN)
    assert bar == alone
    assert " ".join(trouble) == DOWN, "in its own words: what a venue says is no markup"


def test_what_a_venue_says_moves_no_cursor_and_is_folded_however_long_it_is() -> None:
    _, *trouble = _shown("away\x1b[2J\nand" + "y" * 200)
    assert "".join(trouble).replace(" ", "") == "away\\x1b[2J\\nand" + "y" * 200
