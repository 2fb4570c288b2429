"""Bring the schema `exchanges` up to this program's: forwards only, beside the tables of other trades."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer, connected
from p2p_pipeline.postgres.statements import sql_text

VERSION_TABLE = "exchanges_version"
PACKAGE = "p2p_pipeline.exchanges.warehouse"
_STEP_NAME = re.compile(r"v(\d{4})_\w+\.py")


def ready_schema(server: WarehouseServer) -> None:
    """Make or migrate the schema where it is not this program's. Raises WarehouseError."""
    with connected(server, autocommit=True, patience_seconds=0) as connection:
        found = revision_of(connection)
    if found is not None and found not in revisions():
        raise WarehouseError(
            "the exchanges' tables are at revision {found}, which this program (up to {newest}) does not know: a "
            "newer version made them; update this one",
            found=found,
            newest=revisions()[-1],
        )
    if found != revisions()[-1]:
        migrate(server)


def migrate(server: WarehouseServer) -> None:
    """Run what is missing. Raises WarehouseError; the step then left nothing behind."""
    from p2p_pipeline.postgres.migrating import run_migrations  # noqa: PLC0415 - Alembic costs a service 15 MB

    run_migrations(
        server, Path(__file__).parent / "migrations", VERSION_TABLE, before=_keep_others_out, after=_give_rights
    )


def revisions() -> tuple[str, ...]:
    """Every revision this program knows, oldest first."""
    names = (_STEP_NAME.fullmatch(step.name) for step in files(f"{PACKAGE}.migrations.versions").iterdir())
    return tuple(sorted(name[1] for name in names if name))


def revision_of(connection: psycopg.Connection[Any]) -> str | None:
    """The revision a database is at; None where there is no such schema."""
    if connection.execute("SELECT to_regclass(%s)", [f"exchanges.{VERSION_TABLE}"]).fetchone() == (None,):
        return None
    found = connection.execute("SELECT version_num FROM exchanges.exchanges_version").fetchone()
    return str(found[0]) if found else None


def _keep_others_out(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT pg_advisory_lock(hashtext('exchanges.migration'))")
    # Alembic keeps its count in it, so it must be there first.
    connection.execute("CREATE SCHEMA IF NOT EXISTS exchanges")


def _give_rights(connection: psycopg.Connection[Any]) -> None:
    connection.execute(sql_text(PACKAGE, "roles.sql").encode())
