"""SQL over the lake: DuckDB in memory reads the Parquet files; a file of views is kept for people's own clients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from p2p_pipeline.lake.tables import TABLES
from p2p_pipeline.tables import Table


class QueryError(Exception):
    """A query that can't be run; the message is DuckDB's, with the tables that exist."""


def query(lake_root: Path, sql: str) -> pa.Table:
    """Run one query over all tables by name. Raises QueryError with a message for the person who wrote it."""
    with connection(lake_root) as database:
        try:
            found = database.sql(sql)
            if found is None:
                raise QueryError(f"the query gives no rows: write a SELECT (tables: {', '.join(TABLES)})")
            return found.to_arrow_table()
        except duckdb.Error as error:
            tables = ", ".join(TABLES)
            raise QueryError(f"the query can't be run: {str(error).strip()} (tables: {tables})") from None


@contextmanager
def connection(lake_root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB with a view for every table, closed at the end whatever happens. Times are shown in UTC."""
    with closing(duckdb.connect(":memory:")) as database:
        # Not in the connection's config: the extension that knows time zones is loaded only after that is read.
        database.execute("SET TimeZone = 'UTC'")
        # A question reads the lake and touches nothing else on the disk.
        database.execute(f"SET allowed_directories = ['{str(lake_root.absolute()).replace(chr(39), chr(39) * 2)}']")
        database.execute("SET enable_external_access = false")
        try:
            for statement in view_statements(lake_root.absolute()):
                database.execute(statement)
        except duckdb.Error as error:
            raise QueryError(f"the lake can't be read: {error}; run `p2p process --full` to make it anew") from None
        yield database


def rebuild_views_file(lake_root: Path, file: Path) -> None:
    """Make the DuckDB file of views anew beside the old one and swap it in; one that a person has open goes on."""
    aside = file.with_name(f".{file.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(aside))) as database:
        for statement in view_statements(lake_root.absolute()):
            database.execute(statement)
    aside.replace(file)


def view_statements(lake_root: Path) -> list[str]:
    """The SQL that defines each table as a view over its files, or as an empty table where there are none."""
    return [_view_statement(lake_root, table) for table in TABLES.values()]


def _view_statement(lake_root: Path, table: Table) -> str:
    folder = lake_root / table.name
    if next(folder.glob("date=*/[!.]*.parquet"), None) is None:
        columns = ", ".join(f"CAST(NULL AS {_sql_type(field.type)}) AS {field.name}" for field in table.arrow_schema)
        return f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns}, CAST(NULL AS DATE) AS date WHERE false"
    pattern = str(folder / "date=*" / "[!.]*.parquet").replace("'", "''")
    return (
        f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM read_parquet('{pattern}', "  # noqa: S608 - our own path
        "hive_partitioning = true, hive_types = {'date': DATE}, union_by_name = true)"
    )


def _sql_type(arrow_type: pa.DataType) -> str:
    if pa.types.is_list(arrow_type):
        return f"{_sql_type(arrow_type.value_type)}[]"
    if pa.types.is_decimal(arrow_type):
        return f"DECIMAL({arrow_type.precision},{arrow_type.scale})"
    names = {
        pa.string(): "VARCHAR",
        pa.bool_(): "BOOLEAN",
        pa.int32(): "INTEGER",
        pa.int64(): "BIGINT",
        pa.float64(): "DOUBLE",
        pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    }
    return names[arrow_type]
