"""A connection to the server, patient while it starts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from p2p_pipeline.postgres.address import WarehouseServer
from p2p_pipeline.postgres.troubles import WarehouseError, explained, explaining

MINIMUM_SERVER_VERSION = 150000
_CONNECT_SECONDS = 10
_STARTING: tuple[LiteralString, ...] = ("starting up", "in recovery mode", "not yet accepting connections")


def connect(
    server: WarehouseServer, *, program: str = "p2p", autocommit: bool = False, patience_seconds: float = 120.0
) -> psycopg.Connection[tuple[object, ...]]:
    """A connection, in UTC. Raises WarehouseError with what to do when there is none to be had.

    A server that is recovering from a crash is waited for, up to `patience_seconds`.
    """
    given = conninfo_to_dict(server.url)
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            connection = psycopg.connect(
                server.url,
                application_name=program,
                autocommit=autocommit,
                connect_timeout=given.get("connect_timeout") or _CONNECT_SECONDS,
                options=f"{given.get('options') or ''} -c search_path=public -c timezone=UTC -c jit=off",
            )
            break
        except psycopg.Error as error:
            is_starting = any(word in str(error) for word in _STARTING)
            if not is_starting or time.monotonic() > deadline:
                raise explained(error, server) from error
            time.sleep(0.3)
    if connection.info.server_version < MINIMUM_SERVER_VERSION:
        found = version_text(connection.info.server_version)
        connection.close()
        raise WarehouseError(
            "{server} is PostgreSQL {found}; the warehouse needs {minimum_server_version} or newer",
            server=server.name.server,
            found=found,
            minimum_server_version=version_text(MINIMUM_SERVER_VERSION),
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise WarehouseError(
            "{server} is encoded in {encoding} and can't hold what people write; make one with CREATE DATABASE … "
            "ENCODING 'UTF8' TEMPLATE template0",
            server=server.name,
            encoding=encoding,
        )
    return connection


@contextmanager
def connected(
    server: WarehouseServer,
    *,
    program: str = "p2p",
    autocommit: bool = False,
    patience_seconds: float = 120.0,
) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """`connect`, and whatever PostgreSQL refuses inside is a WarehouseError too; commits at the end, then closes."""
    with (
        explaining(server),
        connect(server, program=program, autocommit=autocommit, patience_seconds=patience_seconds) as connection,
    ):
        yield connection


def version_text(version: int) -> str:
    """PostgreSQL's version number as people write it: 150013 is 15.13."""
    major, minor = divmod(version, 10000)
    return f"{major}.{minor}" if minor else str(major)
