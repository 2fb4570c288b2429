"""A warehouse with three sound sweeps: one that tests may break and that is whole again after each, or one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import load_sound


@pytest.fixture(scope="session")
def sound_template(embedded_postgres: str, migrated_template: str) -> WarehouseServer:
    """The sweeps loaded once, to be copied or looked at."""
    server = _created(embedded_postgres, "sound_template", migrated_template)
    with connect(server) as connection:
        load_sound(connection)
    return server


@pytest.fixture
def breakable(sound_template: WarehouseServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose changes are undone after the test."""
    with connect(sound_template) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def sound_warehouse(embedded_postgres: str, sound_template: WarehouseServer) -> Iterator[WarehouseServer]:
    """A warehouse of the test's own, with the sweeps loaded."""
    assert sound_template
    name = f"sound_{uuid4().hex}"
    yield _created(embedded_postgres, name, "sound_template")
    with psycopg.connect(embedded_postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _created(server_url: str, name: str, template: str) -> WarehouseServer:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return WarehouseServer(server_url.replace("/postgres?", f"/{name}?", 1), is_embedded=False)
