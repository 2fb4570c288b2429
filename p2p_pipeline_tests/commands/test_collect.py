"""`p2p collect` as a person and a program meet it: a process of its own, a simulator, a data folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from p2p_pipeline.commands.collect import collect
from p2p_pipeline.kernel.durations import seconds_of
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import still_market
from p2p_pipeline_tests.shared_files import REPOSITORY

SETTINGS = """
markets:
  - market: binance.USDT-BOB
  - market: bybit.USDT-RUB
venues:
  binance: {requests_per_second: 50}
  bybit: {requests_per_second: 50}
retention: {min_free_mib: 0}
"""
PROGRAM = """
import sys, typer
from pathlib import Path
from p2p_pipeline.commands.collect import collect
from p2p_pipeline.commands.context import CommandContext
from p2p_pipeline.kernel.paths import DataPaths
app = typer.Typer()
@app.callback()
def start(context: typer.Context) -> None:
    context.obj = CommandContext(DataPaths(Path(sys.argv[-2])), Path(sys.argv[-1]))
app.command("collect")(collect)
app(sys.argv[1:-2])
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(offers_per_side=25)) as served:
        yield served


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(SETTINGS)
    return path


def _command(tmp_path: Path, settings: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "collect", *arguments, str(tmp_path / "data"), str(settings)]


def _invoke(tmp_path: Path, settings: Path, *arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()

    @app.callback()
    def start(context: typer.Context) -> None:
        context.obj = CommandContext(DataPaths(tmp_path / "data"), settings)

    app.command("collect")(collect)
    result = CliRunner().invoke(app, ["collect", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_each_json_line_names_a_snapshot_that_is_on_disk(
    simulator: RunningSimulator, tmp_path: Path, settings: Path
) -> None:
    code, output, errors = _invoke(tmp_path, settings, "--once", "--source", simulator.url, "--json")
    events = [json.loads(line) for line in output.splitlines()]
    assert (code, errors, len(events)) == (0, "", 4)
    reader = RawReader(tmp_path / "data")
    for event in events:
        assert event["event"] == "captured"
        assert set(event) >= {"snapshot_id", "market_key", "side", "slot", "pages", "offers"}
        assert any(event["snapshot_id"] in reader.snapshot_ids(day, event["market_key"]) for day in reader.days())


def test_a_person_gets_one_tidy_line_a_snapshot(simulator: RunningSimulator, tmp_path: Path, settings: Path) -> None:
    code, output, _ = _invoke(tmp_path, settings, "--once", "--source", simulator.url)
    assert code == 0
    assert len([line for line in output.splitlines() if "complete" in line]) == 4
    assert output.splitlines()[-1] == "4 snapshots captured, 0 failed, 0 left to others"


def test_once_without_anything_collected_fails_and_says_why_in_a_line_a_venue(tmp_path: Path, settings: Path) -> None:
    code, output, errors = _invoke(tmp_path, settings, "--once", "--source", "http://127.0.0.1:9", "--json")
    assert code == 1
    assert {json.loads(line)["event"] for line in output.splitlines()} == {"failed"}
    assert sorted(line.split(":")[0] for line in errors.splitlines()) == ["binance", "bybit", "p2p"]


def test_a_venue_without_its_proxy_fails_in_one_line_and_the_loop_goes_on_without_it(
    tmp_path: Path, settings: Path
) -> None:
    """Live, but through a proxy that nobody runs: what counts is that Binance was tried at all."""
    wrong, dead = "    proxy_variable: P2P_TEST_NO_PROXY\n", "    proxy_variable: P2P_TEST_DEAD_PROXY\n"
    settings.write_text(
        "markets: [{market: bybit.USDT-RUB}, {market: binance.USDT-BOB}]\n"
        f"venues:\n  bybit:\n{wrong}  binance:\n{dead}retention: {{min_free_mib: 0}}\n"
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("P2P_TEST_DEAD_PROXY", "http://127.0.0.1:9")
        code, output, errors = _invoke(tmp_path, settings, "--once", "--json")
    assert code == 1
    assert {json.loads(line)["market_key"] for line in output.splitlines()} == {"binance.USDT-BOB"}
    (line,) = [line for line in errors.splitlines() if "bybit" in line and "binance" not in line]
    assert "P2P_TEST_NO_PROXY" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--interval", "45s"), "multiple of 30"),
        (("--for", "soon"), "as 60s, 10m or 2h"),
        (("--source", "localhost"), "http://127.0.0.1:8700"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_to_write(
    tmp_path: Path, settings: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, _, errors = _invoke(tmp_path, settings, *arguments)
    assert code == 2
    assert said in errors


def test_ctrl_c_ends_it_cleanly(simulator: RunningSimulator, tmp_path: Path, settings: Path) -> None:
    command = _command(tmp_path, settings, "--source", simulator.url, "--json")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "captured"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("60s", 60.0), ("1.5m", 90.0), ("2h", 7200.0), ("1d", 86400.0)]
)
def test_a_duration_reads_as_a_person_writes_it(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds
