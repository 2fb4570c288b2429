"""SQL from its files, so that it reads and highlights as SQL: values are always parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.tracing import span

_NAMED = re.compile(r"^-- :(\w+)\n", re.MULTILINE)


@cache
def statements(file_name: str) -> Mapping[str, str]:
    """A file's statements by name, in their order."""
    text = (resources.files("p2p_pipeline.p2p.warehouse") / "sql" / file_name).read_text(encoding="utf-8")
    _, *parts = _NAMED.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@cache
def script(file_name: str) -> str:
    """A file of statements without parameters, run together."""
    return (resources.files("p2p_pipeline.p2p.warehouse") / "sql" / file_name).read_text(encoding="utf-8")


def run(connection: Connection[tuple[Any, ...]], file_name: str, name: str, **values: Any) -> int:
    """Run one statement of a file; gives the number of rows it changed."""
    with span(f"{file_name.removesuffix('.sql')} {name}") as told:
        changed = connection.execute(statements(file_name)[name], values).rowcount
        told.set(rows=changed)
        return changed


def rows(connection: Connection[tuple[Any, ...]], file_name: str, name: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run one statement of a file and give its rows."""
    return connection.execute(statements(file_name)[name], values).fetchall()
