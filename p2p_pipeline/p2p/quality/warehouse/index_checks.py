"""Are PostgreSQL's own indexes whole? Asked of its extension amcheck, where it is there and may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from p2p_pipeline.p2p.quality.warehouse.batch import Connection, rows, sql_text
from p2p_pipeline.postgres.troubles import said


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What came of the index checks."""

    checked: int
    damaged: tuple[tuple[str, str], ...]
    """Each broken index with PostgreSQL's words on it."""
    note: str | None
    """Why none were checked, in one sentence; None where they were."""


def check_indexes(
    connection: Connection, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> IndexReport:
    """Check every B-tree of the warehouse against its table. Leaves nothing behind: the extension goes again.

    Where amcheck is not installed in the database it is for the time of the check only, in a transaction that is
    rolled back; that takes a superuser.
    """
    (found,) = rows(connection, sql_text("amcheck_available"))
    if not found["is_available"]:
        return IndexReport(0, (), "indexes were not checked: this server does not come with the extension amcheck")
    try:
        with connection.transaction(force_rollback=True):
            if not found["is_installed"]:
                connection.execute("CREATE EXTENSION amcheck")
            return _checked(connection, progress)
    except psycopg.errors.InsufficientPrivilege as error:
        return IndexReport(0, (), f"indexes were not checked: {said(error)}; only a superuser may use amcheck here")


def _checked(connection: Connection, progress: Callable[[int, int], None]) -> IndexReport:
    indexes = rows(connection, sql_text("btree_indexes"))
    damaged: list[tuple[str, str]] = []
    for done, index in enumerate(indexes):
        progress(done, len(indexes))
        try:
            with connection.transaction():
                connection.execute("SELECT bt_index_check(%s::oid::regclass, true)", [index["oid"]])
        except (psycopg.errors.IndexCorrupted, psycopg.errors.DataCorrupted) as error:
            damaged.append((index["name"], said(error)))
    progress(len(indexes), len(indexes))
    return IndexReport(len(indexes), tuple(damaged), None)
