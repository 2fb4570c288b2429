"""`p2p stream` and `p2p arbitrage` as a person and a program meet them: simulated exchanges, a data folder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.frames.frame import Passage
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.replay.notes import SERVICE
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.postgres.server import WarehouseServer, connect

PLANT = PlantLine(kind=PlantKind.SPATIAL, symbol="SOL/USDT", buy="okx", sell="bybit", after_seconds=0)
SETTINGS = "exchanges: {watch: [okx, bybit, gate], symbols: [SOL/USDT, BTC/USDT], scan_seconds: 0.5}\n"


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    simulated = ExchangesOptions(exchanges=("okx", "bybit"), symbols=("SOL/USDT", "BTC/USDT"), plants=(PLANT,))
    with running_exchanges(simulated) as exchanges:
        yield exchanges.url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    return tmp_path


def p2p(folder: Path, *words: str) -> tuple[int, str, str]:
    named = ["--data-dir", str(folder / "data"), "--settings", str(folder / "settings.yaml")]
    done = CliRunner().invoke(app, [*named, *words])
    return done.exit_code, done.stdout, done.stderr


def test_a_line_a_scan_and_the_newest_of_them_can_be_asked_for(
    source: str, folder: Path, empty_database: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", empty_database.url)
    code, output, _ = p2p(folder, "stream", "--source", source, "--exchanges", "okx,bybit", "--for", "3s", "--json")
    assert code == 0
    lines = [json.loads(line) for line in output.splitlines()]
    last = lines[-1]
    cycles = [line["cycle"] for line in lines]
    assert cycles == sorted(set(cycles))
    assert cycles[-1] <= 12
    assert last.keys() == {"cycle", "at", "duration_ms", "books_live", "pairs", "opportunities", "rejected"}
    assert last["books_live"] == 4
    assert last["pairs"] == last["opportunities"] + sum(last["rejected"].values()) == 12
    assert last["opportunities"] >= 1

    code, output, _ = p2p(folder, "arbitrage", "--json")
    newest = json.loads(output)
    assert code == 0
    assert newest["is_simulated"] is True
    assert newest["scan"]["cycle"] == last["cycle"]
    assert newest["opportunities"][0]["key"] == "okx>bybit:SOL/USDT"
    assert newest["opportunities"][0]["bought"]["eaten"]
    code, output, _ = p2p(folder, "arbitrage")
    assert code == 0
    assert "SOL/USDT: buy at okx, sell at bybit" in output
    assert "simulated" in output.splitlines()[0]

    with connect(empty_database) as connection:
        kept = connection.execute("SELECT best_edge_pct FROM exchanges.arbitrage_log WHERE key = 'okx>bybit:SOL/USDT'")
        assert max(float(str(edge)) for (edge,) in kept) >= newest["opportunities"][0]["net_edge_pct"]
        by = connection.execute("SELECT DISTINCT parameter FROM exchanges.strategy_now WHERE value = '0.5'").fetchall()
        assert by == [("scan_seconds",)]

    frames = list(read_frames(folder / "data" / "exchanges" / "frames"))
    assert {frame.exchange for frame in frames} == {"okx", "bybit", SERVICE}
    assert {Passage.REST, Passage.OPENED, Passage.SOCKET, Passage.CLOSED} <= {frame.passage for frame in frames}


def test_for_people_a_readable_line_and_a_signal_ends_it_gracefully(source: str, folder: Path) -> None:
    def end_after_the_first_scan() -> None:
        for _ in range(600):
            if (folder / "data" / "exchanges" / "board.json").exists():
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(0.05)

    ending = threading.Thread(target=end_after_the_first_scan)
    ending.start()
    code, output, errors = p2p(folder, "stream", "--source", source, "--for", "30s")
    ending.join()
    assert code == 0
    assert " live, " in output
    assert "of 3 exchanges; " in output
    # Gate is not among the simulated ones.
    assert sum("Gate can't be reached" in line for line in errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--exchanges", "okx,krakken"], "the exchange 'krakken' is not known; known are binance"),
        (["--exchanges", ","], "',' names no exchange; write binance,okx"),
        (["--exchanges", "okx,okx"], "the exchange okx is listed twice; name it once"),
        (["--symbols", " , "], "' , ' names no symbol; write BTC/USDT,ETH/USDT"),
        (["--symbols", "A/B,A/B"], "the symbol A/B is listed twice; name it once"),
        (["--symbols", "BTC/BTC"], "'BTC/BTC' is no symbol"),
        (["--source", "http://[::1"], "source was 'http://[::1'; write the simulator's address"),
        (["--source", "http://127.0.0.1:99999"], "write the simulator's address without a path"),
        (["--source", "http://127.0.0.1:8530/there"], "write the simulator's address without a path"),
        (["--symbols", "BTCUSDT"], "'BTCUSDT' is no symbol; write BASE/QUOTE in upper case"),
        (["--source", "nowhere"], "source was 'nowhere'; write the simulator's address"),
        (["--for", "soon"], "write it as 60s, 10m or 2h"),
    ],
)
def test_what_can_not_be_asked_for_is_told_in_one_line(folder: Path, words: list[str], says: str) -> None:
    code, _, errors = p2p(folder, "stream", *words)
    assert code == 1
    assert says in errors
    assert len(errors.splitlines()) == 1


def test_a_mistake_in_the_settings_is_told_with_its_line(folder: Path) -> None:
    (folder / "settings.yaml").write_text("timezone: UTC\nexchanges:\n  symbols: [btc/usdt]\n")
    code, _, errors = p2p(folder, "stream")
    assert code == 1
    assert "settings.yaml line 3" in errors


def test_two_services_do_not_write_to_one_folder(source: str, folder: Path) -> None:
    (folder / "data" / "exchanges").mkdir(parents=True)
    with (folder / "data" / "exchanges" / "stream.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, _, errors = p2p(folder, "stream", "--source", source, "--for", "1s")
    assert code == 1
    assert "another `p2p stream` writes to" in errors


def test_before_any_scan_the_newest_is_told_to_be_missing(folder: Path) -> None:
    code, _, errors = p2p(folder, "arbitrage")
    assert code == 1
    assert "start `p2p stream`" in errors
