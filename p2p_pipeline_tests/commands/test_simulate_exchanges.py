"""`p2p simulate exchanges`: serves until it is asked to end, and tells mistakes in one sentence."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine


def test_it_says_where_it_serves_answers_there_and_ends_clean_when_it_is_asked_to() -> None:
    command = [sys.executable, "-m", "p2p_pipeline.cli", "simulate", "exchanges", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        plants = httpx.get(told["url"] + "/truth").json()["plants"]
        # the fourteen, and the linear market of one of them
        assert len(httpx.get(told["url"] + "/health").json()["sockets"]) == 15
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=20) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert (told["event"], told["seed"]) == ("serving", 1)
    assert {"kind", "symbol", "buy", "sell", "from", "until", "notional", "edge_pct"} <= plants[0].keys()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--symbols", "btc"), "BASE/QUOTE"),
        (("--exchanges", "ftx"), "kraken"),
        (("--faults", "gremlins"), "refuse_subscription"),
        (("--plant", "nowhere.yaml"), "nowhere.yaml"),
        (("--plant", "wrong.yaml"), "wrong.yaml line 2"),
        (("--plant", "small.yaml"), "small.yaml line 2: plants.0: the glitch's edge_pct was 2"),
        (("--plant", "huge.yaml"), "huge.yaml line 2"),
        (("--plant", "missing.yaml"), "missing.yaml line 2: 'okx' has no 'NOPE/USDT' here"),
    ],
)
def test_a_mistake_is_one_sentence(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plant = "plants:\n  - {kind: %s, symbol: %s, buy: okx, sell: xt}\n"
    Path("wrong.yaml").write_text(plant % ("magic", "BTC/USDT"))
    Path("missing.yaml").write_text(plant % ("spatial", "NOPE/USDT"))
    small, huge = "BTC/USDT, edge_pct: 2", "BTC/USDT, notional: 1e30"
    Path("small.yaml").write_text(plant % ("glitch", small))
    Path("huge.yaml").write_text(plant % ("spatial", huge))
    result = CliRunner().invoke(app, ["simulate", "exchanges", "--port", "0", *words])
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_glitch_is_beyond_belief_where_nothing_else_is_asked_for() -> None:
    glitch = PlantLine(kind=PlantKind.GLITCH, symbol="BTC/USDT", buy="okx", sell="xt")
    assert glitch.planted(0.0).edge_pct > ExchangesSettings().too_good_pct
