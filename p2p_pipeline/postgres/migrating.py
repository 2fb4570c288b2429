"""Run a schema's migrations: forwards only, each step in its own transaction, over a connection of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config

from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline.postgres.troubles import explained

Step = Callable[[psycopg.Connection[Any]], None]


def run_migrations(
    server: WarehouseServer, folder: Path, version_table: str, *, before: Step, after: Step, to_revision: str = "head"
) -> None:
    """Run what is missing of a folder of Alembic's. Raises WarehouseError; the step then left nothing behind.

    `before` takes the locks that keep others out, and `after` gives rights; both use the same connection.
    """
    engine = sqlalchemy.create_engine(
        # Our own connection: SQLAlchemy reads fewer URLs than libpq does.
        "postgresql+psycopg://",
        creator=lambda: connect(server, program="p2p migrate"),
        poolclass=sqlalchemy.pool.NullPool,
    )
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["version_table"] = version_table
    try:
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)  # noqa: S101 - the creator made it
            before(driver)
            driver.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, to_revision)
            after(driver)
            driver.commit()
    except psycopg.Error as error:
        raise explained(error, server) from error
    except sqlalchemy.exc.DBAPIError as error:
        raise explained(error.orig, server) from error.orig
