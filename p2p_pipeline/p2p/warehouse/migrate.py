"""Bring a warehouse's schema up to this program's: forwards only, each step in its own transaction, one at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold_for_session
from p2p_pipeline.p2p.warehouse.partitions import analyze_daily_tables, ensure_ahead
from p2p_pipeline.p2p.warehouse.roles import grant_roles
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer, explaining, open_server
from p2p_pipeline.postgres.troubles import explained

VERSION_TABLE = "p2p_warehouse_version"
"""Not Alembic's own default: Dagster keeps that in the same database where somebody gives both one URL."""

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
    engine = sqlalchemy.create_engine(
        # Our own connection: SQLAlchemy reads fewer URLs than libpq does.
        "postgresql+psycopg://",
        creator=lambda: connect(server, program="p2p migrate"),
        poolclass=sqlalchemy.pool.NullPool,
    )
    config = _config()
    try:
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the creator made it
            # In this order, as loads take them: no load and nobody who makes partitions is in between.
            for lock in (WarehouseLock.MIGRATION, WarehouseLock.LOAD, WarehouseLock.PARTITIONS):
                hold_for_session(driver, lock)
            require_known(driver)
            driver.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, to_revision)
            grant_roles(driver)
            driver.commit()
    except psycopg.Error as error:
        raise explained(error, server) from error
    except sqlalchemy.exc.DBAPIError as error:
        raise explained(error.orig, server) from error.orig


def newest_revision() -> str:
    """The schema this program works with."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this program knows, oldest first."""
    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([step.revision for step in steps]))


def revision_of(connection: psycopg.Connection[tuple[object, ...]]) -> str | None:
    """The revision a database is at; None where no warehouse was ever made in it."""
    if connection.execute("SELECT to_regclass(%s)", [VERSION_TABLE]).fetchone() == (None,):
        return None
    found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own name
    return str(found[0]) if found else None


def is_current(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether the database has exactly this program's schema. Raises WarehouseError where it has a newer one."""
    require_known(connection)
    return revision_of(connection) == newest_revision()


def require_known(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Raise WarehouseError where a newer program has already changed the schema."""
    found = revision_of(connection)
    if found is not None and found not in revisions():
        raise WarehouseError(
            "the warehouse's schema is at revision {found}, which this program (up to {newest_revision}) does "
            "not know: a newer version made it; update this one",
            found=found,
            newest_revision=newest_revision(),
        )


def require_current(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Raise WarehouseError where the schema is not this program's: missing, older or newer."""
    require_known(connection)
    found = revision_of(connection)
    if found is None:
        raise WarehouseError("this database holds no warehouse yet; run `p2p warehouse migrate` or `p2p sweep`")
    if found != newest_revision():
        raise WarehouseError(
            "the warehouse's schema is at revision {found} and this program needs {newest_revision}; run `p2p "
            "warehouse migrate`",
            found=found,
            newest_revision=newest_revision(),
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["version_table"] = VERSION_TABLE
    return config
