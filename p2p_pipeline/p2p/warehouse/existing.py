"""Where a warehouse is that was made before: looking at it never makes one."""

from __future__ import annotations

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import DATABASE, WarehouseError, WarehouseServer, named_server


def existing_warehouse(paths: DataPaths) -> WarehouseServer:
    """The warehouse's server, opened; raises WarehouseError where no warehouse was ever made here."""
    named = named_server()
    if named is not None:
        return named
    embedded = EmbeddedPostgres(paths)
    if not embedded.is_made:
        raise WarehouseError(
            "there is no warehouse in {postgres} yet; `p2p warehouse migrate` makes one, as does the first `p2p sweep`",
            postgres=paths.postgres,
        )
    return embedded.use(DATABASE)
