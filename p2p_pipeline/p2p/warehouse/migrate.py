"""Bring a warehouse's schema up to this program's: forwards only, each step in its own transaction, one at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold_for_session
from p2p_pipeline.p2p.warehouse.partitions import analyze_daily_tables, ensure_ahead
from p2p_pipeline.p2p.warehouse.revisions import VERSION_TABLE, is_current, require_known
from p2p_pipeline.p2p.warehouse.roles import grant_roles
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.migrating import run_migrations
from p2p_pipeline.postgres.server import WarehouseServer, explaining, open_server

_MIGRATIONS = Path(__file__).parent / "migrations"


def ready_warehouse(paths: DataPaths, settings: WarehouseSettings, today: datetime | None = None) -> WarehouseServer:
    """Open the warehouse, bring its schema up to date and make the coming days' partitions. Raises WarehouseError.

    What a sweep calls before it loads; where nothing is to do it costs two connections and three queries.
    """
    server = open_server(paths)
    with explaining(server):
        with connect(server, autocommit=True) as connection:
            is_ready = is_current(connection)
        if not is_ready:
            migrate(server)
        with connect(server, autocommit=True) as connection:
            made = ensure_ahead(connection, (today or datetime.now(UTC)).date(), settings.partitions_ahead_days)
            if made:
                # Thus once a day.
                analyze_daily_tables(connection)
    return server


def migrate(server: WarehouseServer, to_revision: str = "head") -> None:
    """Run what is missing and give the roles their rights. Raises WarehouseError; the step then left nothing behind."""
    run_migrations(
        server, _MIGRATIONS, VERSION_TABLE, before=_keep_others_out, after=grant_roles, to_revision=to_revision
    )


def _keep_others_out(connection: psycopg.Connection[Any]) -> None:
    # In this order, as loads take them: no load and nobody who makes partitions is in between.
    for lock in (WarehouseLock.MIGRATION, WarehouseLock.LOAD, WarehouseLock.PARTITIONS):
        hold_for_session(connection, lock)
    require_known(connection)
