"""The warehouse's statements, each under a span when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.tracing import span
from p2p_pipeline.postgres.statements import named_statements, sql_text

_PACKAGE = "p2p_pipeline.p2p.warehouse"


def statements(file_name: str) -> Mapping[str, str]:
    """A file's statements by name, in their order."""
    return named_statements(_PACKAGE, file_name)


def script(file_name: str) -> str:
    """A file of statements without parameters, run together."""
    return sql_text(_PACKAGE, file_name)


def run(connection: Connection[tuple[Any, ...]], file_name: str, name: str, **values: Any) -> int:
    """Run one statement of a file; gives the number of rows it changed."""
    with span(f"{file_name.removesuffix('.sql')} {name}") as told:
        changed = connection.execute(statements(file_name)[name], values).rowcount
        told.set(rows=changed)
        return changed


def rows(connection: Connection[tuple[Any, ...]], file_name: str, name: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run one statement of a file and give its rows."""
    return connection.execute(statements(file_name)[name], values).fetchall()
