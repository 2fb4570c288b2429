"""Bring a warehouse's schema up to this program's: forwards only, each step in its own transaction."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config

from p2p_pipeline.warehouse.server import WarehouseServer

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(server: WarehouseServer, to_revision: str = "head") -> None:
    """Run what is missing; nothing where nothing is."""
    engine = sqlalchemy.create_engine(
        sqlalchemy.engine.make_url(server.url).set(drivername="postgresql+psycopg"), poolclass=sqlalchemy.pool.NullPool
    )
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to_revision)
