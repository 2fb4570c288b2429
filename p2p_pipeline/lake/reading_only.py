"""Which SQL may be asked of the lake: one query that reads. `COPY … TO` over a partition once replaced it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+)?(?:\([^()]*\)\s*)?(?P<explained>.*)", re.IGNORECASE | re.DOTALL)


class QueryError(ClearError):
    """A query that can't be run; the message says why, and where it helps which tables there are."""


def require_reading(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError unless the text is one query that only reads. Judged by DuckDB's own reading of it.

    Raises duckdb.Error for what is no SQL.
    """
    kinds = _kinds(database.extract_statements(sql))
    if not kinds:
        raise QueryError("the query is empty: write a SELECT")
    if len(kinds) > 1:
        raise QueryError(
            "only one query at a time is answered, and there were {count}: leave out the others", count=len(kinds)
        )
    kind = kinds[0]
    if kind == "EXPLAIN":
        # EXPLAIN ANALYZE runs what it explains.
        explained = _EXPLAIN.fullmatch(database.extract_statements(sql)[0].query)
        kind = "EXPLAIN" if explained is None else (*_kinds(database.extract_statements(explained["explained"])), "")[0]
    if kind != "SELECT":
        raise QueryError(
            "only reading is allowed, and {kind} is not: write a SELECT (or WITH, FROM, VALUES, DESCRIBE, SHOW, "
            "SUMMARIZE, EXPLAIN of one); to keep a result use --csv or --parquet FILE",
            kind=kind or Told("this"),
        )


def _kinds(statements: Sequence[duckdb.Statement]) -> list[str]:
    # PIVOT reads, but is taken apart: it first makes a temporary type, which has no text of its own.
    is_pivot = len(statements) > 1 and not any(statement.query.strip() for statement in statements)
    return [statement.type.name for statement in (statements[-1:] if is_pivot else statements)]
