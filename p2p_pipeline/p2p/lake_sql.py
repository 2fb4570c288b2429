"""SQL over all tables of the lake by name."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake import sql
from p2p_pipeline.p2p.tables import TABLES


def query(lake_root: Path, text: str) -> pa.Table:
    """Run one query. Raises QueryError with a message for the person who wrote it."""
    return sql.query(lake_root, text, TABLES.values())


def first_rows(lake_root: Path, text: str, limit: int | None, others: Collection[Table] = ()) -> tuple[pa.Table, bool]:
    """The first rows of an answer, and whether there are more. Raises QueryError.

    `others` are tables of another trade.
    """
    return sql.first_rows(lake_root, text, [*TABLES.values(), *others], limit)


def streamed(
    lake_root: Path, text: str, others: Collection[Table] = ()
) -> AbstractContextManager[pa.RecordBatchReader]:
    """An answer batch by batch, however large. Raises QueryError."""
    return sql.streamed(lake_root, text, [*TABLES.values(), *others])


def connection(lake_root: Path) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB with a view for each table, closed at the end whatever happens. Times are shown in UTC."""
    return sql.connection(lake_root, TABLES.values())


def rebuild_views_file(lake_root: Path, file: Path) -> None:
    """Make the DuckDB file of views anew beside the old one and swap it in; one that a person has open goes on."""
    sql.rebuild_views_file(lake_root, file, TABLES.values())
