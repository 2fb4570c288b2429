"""What a person or a program gets from `p2p warehouse`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.capture.sweeps.report import SweepReport
from p2p_pipeline.cli import app
from p2p_pipeline.paths import DataPaths
from p2p_pipeline.simulator.server import running_simulator
from p2p_pipeline.warehouse.embedded import EmbeddedPostgres
from p2p_pipeline.warehouse.server import WarehouseServer, connect
from p2p_pipeline_tests.capture.sweeps.sweeping import Sweeper, still_market

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir TMP …` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE", "P2P_POSTGRES_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["--data-dir", str(tmp_path / "data"), *words])

    return call


@pytest.fixture
def named(run: Run, empty_database: WarehouseServer, monkeypatch: pytest.MonkeyPatch) -> WarehouseServer:
    """An empty database that P2P_POSTGRES_URL names."""
    monkeypatch.setenv("P2P_POSTGRES_URL", empty_database.url)
    return empty_database


@pytest.fixture
def swept(run: Run, tmp_path: Path) -> SweepReport:
    """A small market, swept once on the first of March into the raw store."""
    with running_simulator(still_market(offers_per_side=12)) as simulator:
        return Sweeper(tmp_path / "data", simulator.url).sweep()


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return orjson.loads(result.stdout)


def test_where_no_warehouse_was_made_status_says_how_to_make_one_and_starts_nothing(run: Run, tmp_path: Path) -> None:
    result = run("warehouse", "status")
    assert result.exit_code == 1
    assert "there is no warehouse in" in result.stderr
    assert "`p2p warehouse migrate` makes one" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_database_without_a_warehouse_is_told(run: Run, named: WarehouseServer) -> None:
    result = run("warehouse", "status", "--json")
    assert result.exit_code == 1
    assert orjson.loads(result.stdout)["revision"] is None
    assert "holds no warehouse yet" in result.stderr
    for command in (("verify",), ("verify", "--json")):
        result = run("warehouse", *command)
        assert result.exit_code == 1
        assert "holds no warehouse yet; run `p2p warehouse migrate`" in result.stderr


def test_migrate_makes_it_and_says_so_each_time(run: Run, named: WarehouseServer) -> None:
    first = said(run("warehouse", "migrate", "--json"))
    assert said(run("warehouse", "migrate", "--json")) == first
    assert said(run("warehouse", "status", "--json"))["is_current"]
    partitions = said(run("warehouse", "status", "--json"))["partitions"]["offer_versions"]
    assert partitions["ahead_days"] == 7


def test_a_swept_market_is_made_told_verified_and_made_again(
    run: Run, named: WarehouseServer, swept: SweepReport
) -> None:
    days = ("--from", "2026-03-01", "--to", "2026-03-01", "--json")
    rebuilt = said(run("warehouse", "rebuild", *days))
    assert (rebuilt["batches"], rebuilt["offers"]) == (1, swept.offers)

    status = said(run("warehouse", "status", "--json"))
    assert status["batches"] == 1
    assert status["newest_batch"]["batch_id"] == swept.batch_id
    assert status["newest_batch"]["status"] == "complete"
    assert status["newest_batch"]["offers"] == status["counts"]["open_offers"] == swept.offers > 0
    assert status["newest_batch"]["age_seconds"] > 0
    assert status["size_bytes"] > 0
    assert f"{swept.batch_id} complete" in run("warehouse", "status").stdout

    with connect(named) as connection:
        connection.execute("UPDATE offer_versions SET price = price * 2")
    damaged = run("warehouse", "verify", *days)
    assert damaged.exit_code == 1
    assert not orjson.loads(damaged.stdout)["passed"]
    assert "`p2p warehouse rebuild` makes those days again" in damaged.stderr

    assert said(run("warehouse", "rebuild", *days))["offers"] == swept.offers
    verified = said(run("warehouse", "verify", *days))
    assert verified["passed"], verified
    assert verified["batches"] == 1


def test_days_in_the_wrong_order_are_wrong_usage(run: Run, named: WarehouseServer) -> None:
    assert run("warehouse", "rebuild", "--from", "2026-11-22", "--to", "2026-11-21").exit_code == 2


def test_a_named_server_s_url_is_printed_and_it_is_not_stopped(run: Run, named: WarehouseServer) -> None:
    assert run("warehouse", "url").stdout.strip() == named.url
    result = run("warehouse", "stop")
    assert result.exit_code == 1
    assert "names a server that p2p did not start" in result.stderr


def test_a_url_that_can_t_be_used_fails_with_one_line_without_the_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("postgresql://u:geheim@127.0.0.1:1/db", "postgresql://u:geh@eim@h/db"):
        monkeypatch.setenv("P2P_POSTGRES_URL", url)
        for command in (["status"], ["migrate"], ["verify"], ["rebuild", "--from", "2026-11-21", "--to", "2026-11-21"]):
            result = run("warehouse", *command)
            assert result.exit_code == 1
            [line] = [line for line in result.stderr.splitlines() if line.startswith("p2p: ")]
            assert "geh" not in line


def test_the_embedded_server_s_url_works_until_it_is_stopped(
    run: Run, postgres_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ("--data-dir", str(postgres_folder / "asked to stay"))
    call = CliRunner().invoke
    doctor = [*place, "doctor", "--offline"]
    assert "ok   warehouse: not made" in call(app, doctor).stdout
    url = call(app, [*place, "warehouse", "url"]).stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    embedded = EmbeddedPostgres(DataPaths(postgres_folder / "asked to stay"))
    assert embedded.is_asked_to_stay
    doctored = call(app, doctor)
    assert "BAD  warehouse: this database holds no warehouse yet" in doctored.stdout
    call(app, [*place, "warehouse", "migrate"])
    assert "PostgreSQL 18" in call(app, doctor).stdout
    assert said(call(app, [*place, "warehouse", "stop", "--json"])) == {"is_stopped": True}
    assert embedded.running("p2p") is None
    assert "ok   warehouse: not running" in call(app, doctor).stdout
