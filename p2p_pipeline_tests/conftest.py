"""A real PostgreSQL for whoever asks: one server a test process, a fresh warehouse a test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.embedded_files import Account
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.postgres.other_postgres import OtherPostgres, new_postgres, owned_folder

# A landing is judged by the same examples each time; who works on it searches for new ones.
settings.register_profile("same", derandomize=True)
if os.environ.get("P2P_SAME_EXAMPLES") == "1":
    settings.load_profile("same")

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
TEMPLATE = "warehouse_template"


def pytest_configure() -> None:
    """Let what is imported be kept compiled: else each process that a test starts compiles all of Dagster again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.fixture(autouse=True)
def the_same_surroundings_afterwards() -> Iterator[None]:
    """A command tells Dagster by the environment where the data and the settings are: not the next test as well."""
    before = {name: value for name, value in os.environ.items() if name.startswith("P2P_")}
    yield
    for name in [name for name in os.environ if name.startswith("P2P_") and name not in before]:
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """Where PostgreSQL's user gets to also while another pytest starts, which closes pytest's own folder to him."""
    with owned_folder(Account.choose()) as folder:
        yield folder


@pytest.fixture(scope="session")
def embedded_postgres(postgres_folder: Path) -> Iterator[str]:
    """The URL of the embedded PostgreSQL 18: its database `postgres`."""
    embedded = EmbeddedPostgres(DataPaths(postgres_folder / "data"))
    url = embedded.use("postgres").url
    with psycopg.connect(url, autocommit=True) as connection:
        # A test's data need not survive a power cut.
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        # At once: nobody needs what a checkpoint would save.
        os.kill(int((embedded.folder / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
        embedded.stop(even_if_used=True)


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[OtherPostgres]:
    """Debian's PostgreSQL 15 on loopback, with passwords, as P2P_POSTGRES_URL would name it."""
    if not (DEBIAN_15 / "postgres").exists():
        pytest.skip(f"no PostgreSQL 15 in {DEBIAN_15} (Debian's package postgresql-15)")
    with new_postgres(DEBIAN_15) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(embedded_postgres: str) -> str:
    """A database with the newest schema, for `CREATE DATABASE … TEMPLATE`: much quicker than migrating each test."""
    migrate(WarehouseServer(created_database(embedded_postgres, TEMPLATE), is_embedded=False))
    return TEMPLATE


@pytest.fixture(scope="session")
def migrated_template_15(postgres_15: OtherPostgres) -> str:
    """The same on PostgreSQL 15."""
    migrate(WarehouseServer(created_database(postgres_15.url(), TEMPLATE), is_embedded=False))
    return TEMPLATE


@pytest.fixture
def empty_database(embedded_postgres: str) -> Iterator[WarehouseServer]:
    """A database with nothing in it."""
    yield from _fresh(embedded_postgres, "template1")


@pytest.fixture
def warehouse(embedded_postgres: str, migrated_template: str) -> Iterator[WarehouseServer]:
    """A warehouse with the newest schema and nothing in it, on the embedded PostgreSQL 18."""
    yield from _fresh(embedded_postgres, migrated_template)


@pytest.fixture
def warehouse_15(postgres_15: OtherPostgres, migrated_template_15: str) -> Iterator[WarehouseServer]:
    """The same on PostgreSQL 15."""
    yield from _fresh(postgres_15.url(), migrated_template_15)


@pytest.fixture(params=["warehouse", "warehouse_15"])
def warehouse_on_both(request: pytest.FixtureRequest) -> WarehouseServer:
    """A warehouse, once on the embedded PostgreSQL 18 and once on 15: what this runs must work on both."""
    found: WarehouseServer = request.getfixturevalue(request.param)
    return found


def created_database(server_url: str, name: str, template: str = "template1") -> str:
    """The URL of a new database on the server of another database's URL.

    Files are copied: to log each page of the template instead takes four times as long.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return (
        server_url.replace("/postgres?", f"/{name}?", 1)
        if "/postgres?" in server_url
        else (server_url.removesuffix("/postgres") + f"/{name}")
    )


def _fresh(server_url: str, template: str) -> Iterator[WarehouseServer]:
    name = f"warehouse_{uuid4().hex}"
    yield WarehouseServer(created_database(server_url, name, template), is_embedded=False)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of one megabyte that PostgreSQL may write to; needs the right to mount."""
    account = Account.choose()
    with owned_folder(account) as folder:
        size = f"size=1m,uid={account.uid},gid={account.gid},mode=700"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "p2p-test", folder], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("a small disk can't be mounted here; that needs root")
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
