"""Where the database is: the one that is named, else the embedded one where it was made before. Never made here."""

from __future__ import annotations

import os
from collections.abc import Mapping

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.server import DATABASE, WarehouseServer, named_server


def known_server(paths: DataPaths, environment: Mapping[str, str] = os.environ) -> WarehouseServer | None:
    """The server, started where it is ours; None where there was never one. Raises WarehouseError."""
    named = named_server(environment)
    if named is not None:
        return named
    from p2p_pipeline.postgres.embedded import EmbeddedPostgres  # noqa: PLC0415 - not where a URL names a server

    embedded = EmbeddedPostgres(paths)
    return embedded.use(DATABASE) if embedded.is_made else None
