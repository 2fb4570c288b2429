"""docs/backup.md, done: a dump restored elsewhere, and a server taken back to a moment between two batches."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.p2p.warehouse.revisions import is_current
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.embedded_files import Account, binaries
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import DEBIAN_15, created_database
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import load_sound, sound_batch
from p2p_pipeline_tests.postgres.other_postgres import (
    OtherPostgres,
    free_port,
    new_folder,
    run_as,
    started,
    wait_until_writable,
)

EVERYTHING = """
    SELECT offer.*, method.payment_method_id, method.is_primary, batch.status, advertiser.nickname
    FROM fact_offers AS offer
    JOIN fact_offer_payment_methods AS method USING (batch_id, offer_id)
    JOIN ops_batch_runs AS batch USING (batch_id)
    JOIN dim_advertisers AS advertiser USING (advertiser_sk)
    ORDER BY offer.batch_id, offer.offer_id, method.payment_method_id
"""


def everything(server: WarehouseServer) -> list[tuple[Any, ...]]:
    """What the warehouse shows of every batch."""
    with connect(server) as connection:
        return connection.execute(EVERYTHING).fetchall()


def run(program: Path, *arguments: str) -> None:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("source", ["warehouse", "warehouse_15"])
def test_a_dump_restored_into_an_empty_database_shows_the_same_and_goes_on(
    source: str, request: pytest.FixtureRequest, empty_database: WarehouseServer, tmp_path: Path
) -> None:
    original: WarehouseServer = request.getfixturevalue(source)
    with connect(original, autocommit=True) as connection:
        load_sound(connection, [0, 1])
    dump = tmp_path / "warehouse.dump"
    # The newer pg_dump reads every older server: this is also the way to a newer PostgreSQL.
    run(binaries() / "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={original.url}")
    run(
        binaries() / "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
        f"--dbname={empty_database.url}", str(dump),
    )  # fmt: skip
    migrate(empty_database)
    assert everything(empty_database) == everything(original) != []
    with connect(empty_database, autocommit=True) as connection:
        assert is_current(connection)
        report = load_batch(connection, sound_batch(2))
        assert report.is_new
        assert report.offers_inserted > 0


class Site(Protocol):
    """A server whose files a test may replace."""

    place: Path
    """Reached by PostgreSQL's user; the archive is in it."""
    folder: Path
    """The server's data."""
    programs: Path

    def start(self) -> WarehouseServer:
        """Where its database is."""

    def stop(self) -> None:
        """Its files are at rest after it."""


@dataclass
class EmbeddedSite:
    """As everybody has it."""

    place: Path

    def __post_init__(self) -> None:
        self.embedded = EmbeddedPostgres(DataPaths(self.place / "data"))
        self.folder, self.programs = self.embedded.folder, binaries()

    def start(self) -> WarehouseServer:
        return self.embedded.use("p2p")

    def stop(self) -> None:
        self.embedded.stop(even_if_used=True)


@dataclass
class OtherSite:
    """As P2P_POSTGRES_URL names it."""

    place: Path
    programs: Path

    def __post_init__(self) -> None:
        self.folder = new_folder(self.programs, self.place)
        self._server = OtherPostgres(self.programs, self.folder, free_port())
        self._running = ExitStack()
        self._is_made = False

    def start(self) -> WarehouseServer:
        self._running.enter_context(started(self._server, Account.choose()))
        if not self._is_made:
            created_database(self._server.url(), "p2p")
            self._is_made = True
        return WarehouseServer(self._server.url("p2p"), is_embedded=False)

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(params=["embedded 18", "named 15"])
def site(request: pytest.FixtureRequest, postgres_folder: Path) -> Iterator[Site]:
    """A server of its own on each version."""
    account = Account.choose()
    place = postgres_folder / "site"
    run_as(account, Path("/bin/mkdir"), "-p", str(place / "archive"))
    if request.param == "named 15" and not DEBIAN_15.exists():
        pytest.skip(f"no PostgreSQL 15 in {DEBIAN_15} (Debian's package postgresql-15)")
    made: Site = EmbeddedSite(place) if request.param == "embedded 18" else OtherSite(place, DEBIAN_15)
    yield made
    made.stop()
    shutil.rmtree(place)


def wait_until_archived(connection: psycopg.Connection[Any]) -> None:
    """Wait until everything written so far lies in the archive."""
    found = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert found is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if connection.execute("SELECT last_archived_wal >= %s FROM pg_stat_archiver", found).fetchone() == (True,):
            return
        time.sleep(0.05)
    raise AssertionError("not archived in a minute")


def test_it_goes_back_to_a_moment_between_two_batches_and_loads_on_from_there(site: Site) -> None:
    archive, backup = site.place / "archive", site.place / "backup"
    server = site.start()
    with connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET archive_mode = on")
        connection.execute(f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'")
    site.stop()

    server = site.start()
    migrate(server)
    with connect(server, autocommit=True) as connection:
        load_batch(connection, sound_batch(0))
        url = f"--dbname={server.url}"
        run(
            site.programs / "pg_basebackup",
            url,
            f"--pgdata={backup}",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-sync",
        )
        load_batch(connection, sound_batch(1))
        expected = everything(server)
        between = connection.execute("SELECT clock_timestamp()::text").fetchone()
        assert between is not None
        load_batch(connection, sound_batch(2))
        connection.execute("DELETE FROM offer_versions")
        wait_until_archived(connection)
    site.stop()

    shutil.rmtree(site.folder)
    shutil.copytree(backup, site.folder)
    with (site.folder / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
        settings.write(f"recovery_target_time = '{between[0]}'\nrecovery_target_action = 'promote'\n")
    (site.folder / "recovery.signal").touch()
    give_to_postgres(site.folder)
    server = site.start()
    wait_until_writable(server.url)
    assert everything(server) == expected != []
    with connect(server, autocommit=True) as connection:
        assert load_batch(connection, sound_batch(2)).is_new


def give_to_postgres(folder: Path) -> None:
    """What root copied belongs to root; the embedded server's start does this by itself, another's doesn't."""
    account = Account.choose()
    for place in (folder, *folder.rglob("*")):
        shutil.chown(place, account.uid, account.gid)
    folder.chmod(0o700)
