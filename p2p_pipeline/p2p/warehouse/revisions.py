"""Which schema a database has, and whether it is this program's."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import psycopg

from p2p_pipeline.postgres.server import WarehouseError

VERSION_TABLE = "p2p_warehouse_version"
"""Not Alembic's own default: Dagster keeps that in the same database where somebody gives both one URL."""

_STEPS = files("p2p_pipeline.p2p.warehouse.migrations.versions")
_STEP_NAME = re.compile(r"v\d{4}_\w+\.py")


def newest_revision() -> str:
    """The schema this program works with."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this program knows, oldest first.

    They are the numbers of the steps' files: whoever only asks needs no Alembic, which costs a service 15 MB.
    """
    return tuple(sorted(step.name[1:5] for step in _STEPS.iterdir() if _STEP_NAME.fullmatch(step.name)))


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
