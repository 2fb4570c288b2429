"""A full disk, a wrong password, a server too old or gone: one clear sentence, raw is kept, the next run recovers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.actions.sweep import load_stored, sweep_once
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.warehouse.pending import load_pending
from p2p_pipeline.postgres import connection as warehouse_connection
from p2p_pipeline.postgres.connection import connect, connected
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.postgres.other_postgres import URL_PASSWORD, OtherPostgres
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.survival.kill_series import kill_series

FEW_FIATS = ("--worker", "1/40", "--rate", "500")
"""One share of many: a sweep of a second."""


@pytest.fixture(scope="module")
def venue_url() -> Iterator[str]:
    with running_simulator(SimulatorOptions(CatalogueOptions(seed=4, total_offers=2_000))) as simulator:
        yield simulator.url


@pytest.fixture(scope="module")
def swept(venue_url: str, tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """A data folder with one sweep that nobody has loaded."""
    paths = DataPaths(tmp_path_factory.mktemp("swept") / "data")
    report = sweep_once(paths, Settings(), "a test", venue_url, worker=1, workers=40, requests_per_second=500.0)
    assert report.status == "complete"
    return paths


def p2p(folder: Path, postgres_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as a person or a timer would run it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("P2P_")}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "p2p_pipeline.cli", "--data-dir", str(folder), *arguments],
        env=environment | {"P2P_POSTGRES_URL": postgres_url},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


def batches(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT batch_id, total_offers_extracted FROM ops_batch_runs ORDER BY 1").fetchall()


@only_long
def test_after_a_wrong_password_and_a_server_that_was_away_the_next_sweep_loads_all_of_it(
    venue_url: str, postgres_15: OtherPostgres, tmp_path: Path
) -> None:
    right = created_database(postgres_15.url(), "survivor")
    troubles = {
        "wrong password": (
            right.replace(URL_PASSWORD, "guessed"),
            "refuses the password of user 'postgres'; correct it in P2P_POSTGRES_URL",
        ),
        "nobody there": ("postgresql://postgres:guessed@127.0.0.1:9/p2p", "nothing answers at"),
    }
    asked = []
    for url, sentence in troubles.values():
        done = p2p(tmp_path, url, "sweep", "--source", venue_url, *FEW_FIATS, "--json")
        assert done.returncode == 1
        assert done.stderr.startswith("p2p: the answers are safe in the raw store, but were not loaded: ")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1, "one line"
        assert "guessed" not in done.stderr + done.stdout
        asked.append(json.loads(done.stdout)["batch_id"])
    done = p2p(tmp_path, right, "sweep", "--source", venue_url, *FEW_FIATS, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [row[0] for row in batches(right)] == [*asked, said["batch_id"]]
    assert all(row[1] == said["offers_extracted"] > 0 for row in batches(right))


def test_a_full_disk_of_postgresql_is_one_sentence_and_all_is_loaded_when_there_is_room() -> None:
    with kill_series(6, is_quick=True, disk_size="200m") as series:
        assert series.live() == "done"
        ballast = series.remains.paths.postgres.resolve().parent / "ballast"
        fill(ballast)
        outcome = series.live()
        assert outcome.startswith("trouble")
        assert "disk" in outcome, outcome
        assert "full" in outcome or "No space left" in outcome, outcome
        assert series.live().startswith("trouble"), "and it is so as long as there is no room"
        ballast.unlink()
        series.recover()
        assert len(series.remains.stored_batches()) == 3
        assert series.troubles() == []


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as ballast, suppress(OSError):
        while ballast.write(bytes(65_536)) > 0:
            pass
    with path.open("ab", buffering=0) as ballast, suppress(OSError):
        while ballast.write(bytes(512)) > 0:
            pass


def load(paths: DataPaths, server: WarehouseServer, checkpoint: object = None) -> int:
    def nothing(_place: str) -> None:
        pass

    with connected(server) as connection:
        venue, payments = BinanceVenue(), PaymentMap.load()
        step = checkpoint if callable(checkpoint) else nothing
        return len(load_pending(connection, RawReader(paths.root), venue, payments, checkpoint=step))


@pytest.mark.parametrize("place", ["staged", "merged", "before_commit"])
def test_a_connection_lost_in_the_middle_of_a_load_loads_nothing_and_the_next_run_all(
    swept: DataPaths, warehouse: WarehouseServer, place: str
) -> None:
    def cut(reached: str) -> None:
        if reached == place:
            with connect(warehouse, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises(WarehouseError, match=r"the next run repeats what was not loaded$"):
        load(swept, warehouse, cut)
    assert batches(warehouse.url) == []
    with connect(warehouse) as connection:
        assert connection.execute("SELECT count(*) FROM fact_market_depth").fetchone() == (0,)
    assert load(swept, warehouse) == 1
    assert len(batches(warehouse.url)) == 1
    assert load(swept, warehouse) == 0


def test_a_server_that_is_too_old_is_told_with_both_versions(
    swept: DataPaths, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    monkeypatch.setattr(warehouse_connection, "MINIMUM_SERVER_VERSION", 990000)
    with pytest.raises(WarehouseError, match=r"is PostgreSQL 18.*; the warehouse needs 99 or newer$"):
        load_stored(swept, Settings())
    monkeypatch.setattr(warehouse_connection, "MINIMUM_SERVER_VERSION", 150000)
    assert len(load_stored(swept, Settings())) == 1


def test_no_extension_is_needed_and_one_that_is_missing_is_told(
    swept: DataPaths, warehouse_15: WarehouseServer
) -> None:
    assert load(swept, warehouse_15) == 1
    with connect(warehouse_15) as connection:
        assert connection.execute("SELECT extname FROM pg_extension").fetchall() == [("plpgsql",)]
    with (
        pytest.raises(WarehouseError, match=r"lacks an extension: .*; its package is postgresql-contrib"),
        connected(warehouse_15) as connection,
    ):
        connection.execute("CREATE EXTENSION no_such_extension")


def test_a_user_without_rights_is_told_what_to_grant(swept: DataPaths, warehouse_15: WarehouseServer) -> None:
    with connect(warehouse_15, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS looker")
        connection.execute(f"CREATE ROLE looker LOGIN PASSWORD '{URL_PASSWORD}'")
    url = warehouse_15.url.replace("//postgres:", "//looker:").replace(URL_PASSWORD, URL_PASSWORD.replace("%", "%25"))
    with pytest.raises(WarehouseError, match="GRANT p2p_loader TO looker"):
        load(swept, WarehouseServer(url, is_embedded=False))
    assert load(swept, warehouse_15) == 1
