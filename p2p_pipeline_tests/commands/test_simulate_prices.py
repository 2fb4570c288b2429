"""`p2p simulate prices`: a history to try the timing tools on, which never mixes with what was really seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.raw.folder import RawFolder

Run = Callable[..., Result]
ASKED = ("--market", "bybit.USDT-RUB", "--days", "2", "--end", "2026-03-02T06:00Z")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), "simulate", "prices", *words])

    return call


def test_prices_become_history_and_rollups_marked_simulated_and_the_same_again_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    first = orjson.loads(run(*ASKED, "--json").stdout)
    assert first["days"] == 2
    assert 2 * 2880 < first["rows"] <= 2 * (2880 + 720)
    found = query(
        tmp_path / "data" / "lake",
        "SELECT date, count(*) AS n, min(origin) AS origin, max(observed_at) AS last FROM history GROUP BY date "
        "ORDER BY date",
    ).to_pylist()
    assert [row["date"].isoformat() for row in found] == ["2026-03-01", "2026-03-02"]
    assert {row["origin"] for row in found} == {"simulated"}
    assert found[1]["last"].hour == 5
    hours = query(tmp_path / "data" / "lake", "SELECT count(*) AS n FROM rollups WHERE period_seconds = 3600")
    assert hours.to_pylist() == [{"n": 2 * 30}]
    assert RawFolder(tmp_path / "data", RealFileSystem()).realm() is Source.SIMULATED
    again = orjson.loads(run(*ASKED, "--json").stdout)
    assert (again["days"], again["rows"], again["already_there"]) == (0, 0, 2)


def test_a_live_data_folder_is_refused_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    RawFolder(tmp_path / "data", RealFileSystem()).admit(Source.LIVE)
    result = run(*ASKED)
    assert result.exit_code == 1
    assert "holds live data" in result.stderr
    assert "use another --data-dir" in result.stderr
    assert not (tmp_path / "data" / "lake").exists()


def test_history_of_books_is_never_replaced_by_prices_without_books(run: Run, tmp_path: Path) -> None:
    assert run(*ASKED).exit_code == 0
    lake, day = Lake(tmp_path / "data" / "lake"), date(2026, 3, 2)
    of_books = lake.read(HISTORY, day, "bybit.USDT-RUB").slice(0, 10)
    lake.write(HISTORY, day, "bybit.USDT-RUB", of_books, {"sources": "quotes"})
    result = run(*ASKED)
    assert result.exit_code == 1
    assert "books of bybit.USDT-RUB on 2026-03-02" in result.stderr
    assert lake.read(HISTORY, day, "bybit.USDT-RUB").equals(of_books)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--market", "bybit.USDT-XXX", "--days", "2"), "market was bybit.USDT-XXX; the simulator has"),
        (("--market", "bybit.USDT-RUB", "--days", "2", "--end", "soon"), "time was 'soon'"),
    ],
)
def test_what_nobody_simulates_is_refused_and_leaves_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert told in result.stderr
    assert not (tmp_path / "data").exists()


def test_the_help_says_that_these_are_prices_and_not_books(run: Run) -> None:
    told = " ".join(run("--help").stdout.split())
    assert "not books" in told
