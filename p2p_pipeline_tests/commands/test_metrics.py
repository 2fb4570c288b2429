"""`p2p metrics`: on a terminal and as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from os import environ
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.postgres.server import WarehouseServer


@pytest.fixture
def environment(data_folder: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in environ.items() if not name.startswith(("P2P_", "DAGSTER_"))}
    return {**kept, "P2P_DATA_DIR": str(data_folder)}


def p2p(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "p2p"), "metrics", *arguments]


def test_print_tells_the_numbers_and_looking_makes_nothing(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, warehouse: WarehouseServer
) -> None:
    for name in ("DAGSTER_HOME", "P2P_POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)
    without = CliRunner().invoke(app, ["--data-dir", str(data_folder), "metrics", "print"])
    assert without.exit_code == 0
    assert "p2p_warehouse_up 0.0" in without.output
    assert not data_folder.exists()
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    beside = CliRunner().invoke(app, ["--data-dir", str(data_folder), "metrics", "print"])
    assert "p2p_warehouse_up 1.0" in beside.output
    assert not data_folder.exists()


def test_serve_answers_until_it_is_told_to_end(environment: Mapping[str, str], warehouse: WarehouseServer) -> None:
    given = {**environment, "P2P_POSTGRES_URL": warehouse.url}
    with subprocess.Popen(p2p("serve", "--port", "0"), env=given, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = re.search(r"http://127\.0\.0\.1:\d+/metrics", process.stdout.readline())
        assert told is not None
        # The first answer of a busy machine may come too late for the patience of one scrape.
        texts = [httpx.get(told[0], timeout=10).text for _ in range(5)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert any("p2p_warehouse_up 1.0" in text for text in texts)


def test_a_port_that_is_taken_is_one_clear_line(environment: Mapping[str, str], tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            p2p("serve", "--port", port), env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert (
        done.stderr.strip()
        == f"p2p: can't listen on 127.0.0.1:{port}: Address already in use; give another --port or --host"
    )
