"""Where the warehouse's PostgreSQL is: the server that P2P_POSTGRES_URL names, else an embedded one in the data folder.

`open_server(paths)` starts the embedded one where it does not run; `connect(server)` gives a psycopg connection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.address import POSTGRES_URL_VARIABLE, WarehouseServer, plain_url
from p2p_pipeline.postgres.connection import MINIMUM_SERVER_VERSION, connect, connected, version_text
from p2p_pipeline.postgres.troubles import WarehouseError, explaining

__all__ = [
    "DATABASE",
    "MINIMUM_SERVER_VERSION",
    "POSTGRES_URL_VARIABLE",
    "WarehouseError",
    "WarehouseServer",
    "connect",
    "connected",
    "explaining",
    "named_server",
    "open_server",
    "version_text",
]

DATABASE = "p2p"


def open_server(paths: DataPaths, environment: Mapping[str, str] = os.environ) -> WarehouseServer:
    """Say where the warehouse is; an embedded server is started where it does not run. Raises WarehouseError."""
    named = named_server(environment)
    if named is not None:
        return named
    from p2p_pipeline.postgres.embedded import EmbeddedPostgres  # noqa: PLC0415 - not where a URL names a server

    return EmbeddedPostgres(paths).use(DATABASE)


def named_server(environment: Mapping[str, str] = os.environ) -> WarehouseServer | None:
    """The server that P2P_POSTGRES_URL names, or None. Raises WarehouseError where it names none that can be read."""
    given = environment.get(POSTGRES_URL_VARIABLE, "").strip()
    if not given:
        return None
    try:
        return WarehouseServer(plain_url(given), is_embedded=False)
    except ValueError as error:
        raise WarehouseError(
            "{variable} is no PostgreSQL URL: {error}", variable=POSTGRES_URL_VARIABLE, error=error
        ) from None
