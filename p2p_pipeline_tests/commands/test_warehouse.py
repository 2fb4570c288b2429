"""What a person or a program gets from `p2p warehouse`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.simulator.server import running_simulator
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import MovableClock, Sweeper, still_market

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


@pytest.fixture
def swept_days(run: Run, tmp_path: Path) -> list[SweepReport]:
    """The same market, swept at noon of the first three days of March."""
    clock = MovableClock()
    reports = []
    with running_simulator(still_market(offers_per_side=12)) as simulator:
        sweeper = Sweeper(tmp_path / "data", simulator.url, clock)
        for day in range(3):
            clock.moved = timedelta(days=day)
            reports.append(sweeper.sweep())
    return reports


def between(first: str, last: str) -> tuple[str, ...]:
    return "--from", first, "--to", last


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


def test_a_rebuild_of_days_without_a_sweep_is_refused_with_the_days_there_are_and_changes_nothing(
    run: Run, named: WarehouseServer, swept_days: list[SweepReport]
) -> None:
    run("warehouse", "rebuild", *between("2026-03-01", "2026-03-03"))

    def loads() -> list[tuple[Any, ...]]:
        with connect(named) as connection:
            return connection.execute("SELECT batch_id, loaded_at FROM ops_batch_runs ORDER BY batch_id").fetchall()

    before = loads()
    assert [batch_id for batch_id, _ in before] == [report.batch_id for report in swept_days]
    refused = run("warehouse", "rebuild", *between("2020-01-01", "2020-01-02"))
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert (
        "p2p: neither the raw store nor the warehouse has a sweep that began from 2020-01-01 to 2020-01-02 (UTC): "
        "those there are began on 3 days from 2026-03-01 to 2026-03-03; nothing was changed\n"
    ) in refused.stderr
    assert run("warehouse", "rebuild", *between("2026-03-04", "2026-03-04")).exit_code == 1
    assert loads() == before


def test_a_refused_rebuild_makes_no_warehouse_where_there_is_none(run: Run, tmp_path: Path) -> None:
    refused = run("warehouse", "rebuild", *between("2020-01-01", "2020-01-02"))
    assert refused.exit_code == 1
    assert "there are none at all yet, and `p2p sweep` makes one; nothing was changed" in refused.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_ready_questions_are_listed_and_answered_as_a_table_as_json_and_as_csv(
    run: Run, named: WarehouseServer, swept: SweepReport
) -> None:
    listed = run("warehouse", "ask")
    assert "batch_completeness\n    How complete were the batches, day by day?" in listed.stdout
    assert "days=30  how far back" in listed.stdout
    run("warehouse", "rebuild", *between("2026-03-01", "2026-03-01"))
    (row,) = said(run("warehouse", "ask", "batch_completeness", "--days", "7", "--json"))
    assert (row["batches"], row["offers"]) == (1, swept.offers)
    heading, line = run("warehouse", "ask", "batch_completeness", "days=7", "--csv").stdout.splitlines()
    assert heading.startswith("day,batches,complete_batches")
    assert line.startswith("2026-03-01T00:00:00Z,1,1,1.0,")
    table = run("warehouse", "ask", "offers_of_a_batch", "--fiat=bob", "--side", "sell")
    assert re.search(r"\n[1-9]\d* rows\n$", table.stdout)
    assert run("warehouse", "ask", "batch_completeness", "--venue", "bybit").stdout.endswith("0 rows\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["offers"], "there is no question 'offers'; there are best_price_by_payment_method, "),
        (["teasers", "--coin", "BTC"], "teasers has no parameter 'coin'; it has venue, fiat, percent"),
        (["teasers", "percent=lots"], "percent was 'lots'; it is how much better at least: write a number"),
        (["teasers", "RUB"], "a parameter was 'RUB'; write it as RUB=value or --name value"),
    ],
)
def test_a_question_that_can_not_be_asked_so_says_what_to_write(run: Run, words: list[str], sentence: str) -> None:
    asked = run("warehouse", "ask", *words)
    assert asked.exit_code == 1
    assert sentence in asked.stderr


def test_a_rebuild_says_before_it_begins_which_later_batches_it_makes_again_too(
    run: Run, named: WarehouseServer, swept_days: list[SweepReport]
) -> None:
    first = run("warehouse", "rebuild", *between("2026-03-01", "2026-03-01"), "--json")
    assert said(first)["batches"] == 1, "what was never loaded is no later batch"
    assert "again too" not in first.stderr
    assert said(run("warehouse", "rebuild", *between("2026-03-02", "2026-03-03"), "--json"))["batches"] == 2
    again = run("warehouse", "rebuild", *between("2026-03-01", "2026-03-01"), "--json")
    assert said(again)["batches"] == 3
    assert "2 later batches are made again too, until 2026-03-03 12:10 UTC" in again.stderr
    again = run("warehouse", "rebuild", *between("2026-03-02", "2026-03-02"))
    assert "1 later batch is made again too, until 2026-03-03 12:10 UTC" in again.stderr
    assert "2 batches with" in again.stdout


def test_where_there_is_nothing_to_verify_nothing_is_said_to_hold(
    run: Run, named: WarehouseServer, swept: SweepReport
) -> None:
    run("warehouse", "migrate")
    for words in (between("2020-01-01", "2020-01-01"), (*between("2020-01-01", "2020-01-01"), "--json")):
        result = run("warehouse", "verify", *words)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert (
            "p2p: there is nothing to verify: neither the raw store nor the warehouse has a sweep that began on "
            "2020-01-01 (UTC): all there are began on 2026-03-01\n"
        ) in result.stderr


def test_where_nothing_was_ever_swept_verify_and_rebuild_say_how_to_begin(run: Run, named: WarehouseServer) -> None:
    run("warehouse", "migrate")
    for command in ("verify", "rebuild"):
        result = run("warehouse", command, *between("2026-03-01", "2026-03-01"))
        assert result.exit_code == 1
        assert "there are none at all yet, and `p2p sweep` makes one" in result.stderr


def test_stored_batches_that_are_not_loaded_are_counted_in_words_and_said_to_come_by_themselves(
    run: Run, named: WarehouseServer, swept_days: list[SweepReport]
) -> None:
    run("warehouse", "rebuild", *between("2026-03-01", "2026-03-01"))
    _, second, third = (report.batch_id for report in swept_days)
    one = run("warehouse", "verify", *between("2026-03-01", "2026-03-02"))
    assert one.exit_code == 1
    assert (
        f"1 stored batch is not loaded ({second}): the next sweep, Dagster's or `p2p sweep`, loads it by itself; "
        "a backfill of Dagster's job load_day, or `p2p warehouse rebuild`, does so now\n"
    ) in one.stdout
    assert "1 batch from 2026-03-01 to 2026-03-02" in one.stdout
    assert "the warehouse lacks what the next sweep loads; what it has is as the raw store has it" in one.stderr
    both = run("warehouse", "verify", *between("2026-03-01", "2026-03-03"))
    assert f"2 stored batches are not loaded ({second}, {third}): the next sweep" in both.stdout
    assert "loads them by itself" in both.stdout


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
