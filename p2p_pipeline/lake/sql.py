"""SQL over the lake: DuckDB in memory reads the Parquet files; a file of views is kept for people's own clients."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.month_file import DATE_COLUMN
from p2p_pipeline.lake.parquet_file import entries, files_in, replacing
from p2p_pipeline.lake.reading_only import QueryError, require_reading

__all__ = ["QueryError", "connection", "first_rows", "query", "rebuild_views_file", "streamed", "view_statements"]

_ATTEMPTS = 5
BATCH_ROWS = 10_000


def query(lake_root: Path, sql: str, tables: Collection[Table]) -> pa.Table:
    """Run one query over these tables by name. Raises QueryError with a message for the person who wrote it."""
    return first_rows(lake_root, sql, tables, None)[0]


def first_rows(lake_root: Path, sql: str, tables: Collection[Table], limit: int | None) -> tuple[pa.Table, bool]:
    """The first rows of an answer (all without a limit), and whether there are more. Raises QueryError."""
    for _ in range(_ATTEMPTS):
        before = _compacted(lake_root)
        try:
            found = _first_rows_once(lake_root, sql, tables, limit)
        except QueryError:
            if _compacted(lake_root) == before:
                raise
            continue
        # DuckDB lists the files twice, before it reads and while it does: a day that went into its month's file in
        # between would be doubled or missing. Then the question is asked again.
        if _compacted(lake_root) == before:
            return found
    raise QueryError("the lake is being compacted; ask again in a minute")


def _first_rows_once(lake_root: Path, sql: str, tables: Collection[Table], limit: int | None) -> tuple[pa.Table, bool]:
    with _answering(lake_root, sql, tables) as batches:
        return _up_to(batches, limit)


@contextmanager
def streamed(lake_root: Path, sql: str, tables: Collection[Table]) -> Iterator[pa.RecordBatchReader]:
    """An answer batch by batch, however large. Raises QueryError; at the end when the lake was compacted meanwhile."""
    before = _compacted(lake_root)
    with _answering(lake_root, sql, tables) as batches:
        yield batches
    if _compacted(lake_root) != before:
        raise QueryError(
            "the lake was compacted while the rows came: a day may be there twice or not at all; ask again"
        )


@contextmanager
def _answering(lake_root: Path, sql: str, tables: Collection[Table]) -> Iterator[pa.RecordBatchReader]:
    names = ", ".join(table.name for table in tables)
    with connection(lake_root, _tables_in(sql, tables)) as database:
        try:
            require_reading(database, sql)
        except QueryError as error:
            raise QueryError("{error} (tables: {names})", error=error, names=names) from None
        except duckdb.Error as error:
            raise _not_run(error, names) from None
        try:
            database.execute("BEGIN TRANSACTION READ ONLY")
            # A relation streams; what `execute` gives is made whole first.
            yield database.sql(sql).to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as error:
            raise _not_run(error, names) from None


def _not_run(error: duckdb.Error, names: str) -> QueryError:
    return QueryError("the query can't be run: {error} (tables: {names})", error=str(error).strip(), names=names)


def _up_to(batches: pa.RecordBatchReader, limit: int | None) -> tuple[pa.Table, bool]:
    taken: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        taken.append(batch)
        rows += batch.num_rows
        if limit is not None and rows > limit:
            break
    found = pa.Table.from_batches(taken, batches.schema)
    return (found, False) if limit is None else (found.slice(0, limit), rows > limit)


def _compacted(lake_root: Path) -> set[tuple[str, int, int]]:
    """The files of months and the files that days of those months have of their own, each as it is now.

    A day's file counts by more than its name: one that went into its month's file and was written anew while DuckDB
    was listing is there before and after, and was not there in between.
    """
    found: set[tuple[str, int, int]] = set()
    for path in (file for table in entries(lake_root, "*") for file in files_in(table, "month=*")):
        month = path.parent.name.removeprefix("month=")
        for file in (path, *files_in(path.parent.parent, f"date={month}-*", path.name)):
            with suppress(FileNotFoundError):
                state = file.stat()
                # A disk gives a freed number to the next file: it does not tell two files apart by itself.
                found.add((str(file), state.st_ino, state.st_mtime_ns))
    return found


@contextmanager
def connection(lake_root: Path, tables: Iterable[Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB with a view for each table, closed at the end whatever happens. Times are shown in UTC."""
    with closing(duckdb.connect(":memory:")) as database:
        # Not in the connection's config: the extension that knows time zones is loaded only after that is read.
        database.execute("SET TimeZone = 'UTC'")
        # A question reads the lake and touches nothing else on the disk.
        # DuckDB looks whether a pattern begins with an allowed folder, and then whether each file does.
        folder = str(lake_root.absolute())
        allowed = ", ".join(f"'{path.replace(chr(39), chr(39) * 2)}'" for path in {folder, _pattern_of(folder)})
        database.execute(f"SET allowed_directories = [{allowed}]")
        database.execute("SET enable_external_access = false")
        # Or a query could take that back.
        database.execute("SET lock_configuration = true")
        try:
            for statement in view_statements(lake_root.absolute(), tables):
                database.execute(statement)
        except duckdb.Error as error:
            told = str(error).splitlines()[0]
            raise QueryError(
                "the lake can't be read: {told}; delete the file it names and run `p2p process --full` to make it "
                "anew, or import it again if it was imported",
                told=told,
            ) from None
        yield database


def rebuild_views_file(lake_root: Path, file: Path, tables: Iterable[Table]) -> None:
    """Make the DuckDB file of views anew beside the old one and swap it in; one that a person has open goes on."""
    aside = file.with_name(f".{file.name}.{os.getpid()}.new")
    aside.unlink(missing_ok=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(aside))) as database:
        for statement in view_statements(lake_root.absolute(), tables):
            database.execute(statement)
    aside.replace(file)


def view_statements(lake_root: Path, tables: Iterable[Table]) -> list[str]:
    """The SQL that defines each table as a view over its files, or as an empty table where there are none."""
    return [_view_statement(lake_root, table) for table in tables]


def _tables_in(sql: str, tables: Collection[Table]) -> list[Table]:
    """The tables that a query names: to make a view is to open all its files. All when it names none."""
    named = [table for table in tables if re.search(rf"\b{table.name}\b", sql, re.IGNORECASE)]
    return named or list(tables)


def _view_statement(lake_root: Path, table: Table) -> str:
    folder = lake_root / table.name
    if next(files_in(folder, "*=*"), None) is None:
        columns = ", ".join(f"CAST(NULL AS {_sql_type(field.type)}) AS {field.name}" for field in table.arrow_schema)
        return f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns}, CAST(NULL AS DATE) AS date WHERE false"
    _keep_shape_file(folder, table)
    return _VIEW.format(table=table.name, folder=_pattern_of(str(folder)).replace("'", "''"))


def _pattern_of(path: str) -> str:
    """The glob pattern that means this path alone: the data folder may be called `[a]`."""
    return re.sub(r"[*?\[]", r"[\g<0>]", path)


# A day that has a file of its own is taken from there, and left out of its month's file. Both patterns also find the
# shape file, which has all columns and no rows: DuckDB refuses a pattern that finds nothing, and the file of views must
# stay right when the first month appears or the last day's file goes.
_VIEW = """
CREATE OR REPLACE VIEW {table} AS
SELECT COLUMNS(name -> name NOT IN ('_file', 'date')),
    TRY_CAST(regexp_extract(_file, '/date=([^/]+)/[^/]+$', 1) AS DATE) AS date
FROM read_parquet(
    '{folder}/[ds]*=*/[!.]*.parquet', filename = '_file', hive_partitioning = false, union_by_name = true
)
UNION ALL BY NAME
SELECT month.* EXCLUDE (_file)
FROM read_parquet(
    '{folder}/[ms]*=*/[!.]*.parquet', filename = '_file', hive_partitioning = false, union_by_name = true
) AS month
ANTI JOIN (
    SELECT
        TRY_CAST(regexp_extract(file, '/date=([^/]+)/[^/]+$', 1) AS DATE) AS day,
        parse_filename(file) AS name
    FROM glob('{folder}/date=*/[!.]*.parquet')
) AS own ON own.day = month.date AND own.name = parse_filename(month._file)
"""


def _keep_shape_file(folder: Path, table: Table) -> None:
    path = folder / "shape=any" / "none.parquet"
    shape = pa.schema([*table.arrow_schema, pa.field(DATE_COLUMN, pa.date32())])
    if not path.exists() or not parquet.read_schema(path).equals(shape):
        with replacing(path) as aside:
            parquet.write_table(shape.empty_table(), aside)


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
