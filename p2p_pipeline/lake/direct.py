"""A market's days read without pyarrow, which loads pandas whatever it is asked for: DuckDB over their Parquet files.

For commands that answer a person at once. What makes tables reads through lake.py.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.lake.parquet_file import files_in

if TYPE_CHECKING:
    import duckdb

_ATTEMPTS = 5
_DAYS = "SELECT * FROM read_parquet($days, union_by_name = true, hive_partitioning = false)"
_MONTHS = """
SELECT * EXCLUDE (date) FROM read_parquet($months, union_by_name = true, hive_partitioning = false)
WHERE date BETWEEN $first AND $last AND NOT list_contains($own, date)
"""


class LakeUnreadable(ClearError):
    """Files of the lake can't be read; the message says what to do."""


class _FileUnreadable(LakeUnreadable):
    """One is damaged, or has just gone."""


class DirectLake:
    """Some columns of a market's rows, by the tables' names."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._is_kept_open = False
        self._database: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def kept_open(self) -> Iterator[DirectLake]:
        """This lake for several questions in a row: what answers them is opened once, by the first."""
        kept = DirectLake(self._root)
        kept._is_kept_open = True
        try:
            yield kept
        finally:
            if kept._database is not None:
                kept._database.close()

    def rows(
        self,
        table: str,
        market_key: str,
        days: tuple[date, date],
        columns: Sequence[str],
        where: str = "true",
        values: Mapping[str, Any] | None = None,
    ) -> list[tuple[Any, ...]]:
        """The columns (names or expressions) of the rows of some days, both ends included; empty where there are none.

        `where` names its `values` as `$name`. A day that has a file of its own is not read from its month's.
        """
        # Columns and conditions are the program's own words; what comes from a person is bound by name.
        wanted = f"SELECT {', '.join(columns)} FROM (SOURCES) WHERE {where}"  # noqa: S608
        for attempt in range(_ATTEMPTS):
            sources, given = self._sources(table, market_key, days)
            if not sources:
                return []
            sql = wanted.replace("SOURCES", " UNION ALL BY NAME ".join(sources))
            try:
                return self._answered(_with_values(sql, {**given, **(values or {})}))
            except _FileUnreadable:
                # A day's file may just have gone into its month's: look again.
                if attempt == _ATTEMPTS - 1:
                    raise
        return []

    def newest_day(self, table: str, market_key: str, until: date) -> date | None:
        """The newest day up to one that a table has rows of."""
        found = [day for day in self._own_days(table, market_key) if day <= until]
        months = list(files_in(self._root / table, "month=*", f"{market_key}.parquet"))
        if months:
            sql = "SELECT max(date) FROM read_parquet($months, hive_partitioning = false) WHERE date <= $until"
            (newest,) = self._answered(_with_values(sql, {"months": _escaped(months), "until": until}))[0]
            found += [newest] if newest else []
        return max(found, default=None)

    def _answered(self, sql: str) -> list[tuple[Any, ...]]:
        # Loading it costs a sixth of what a price does, and where nothing was processed there is nothing to ask it.
        import duckdb  # noqa: PLC0415

        database = self._database or duckdb.connect(":memory:")
        self._database = database if self._is_kept_open else None
        try:
            with nullcontext() if self._is_kept_open else closing(database):
                database.execute("SET TimeZone = 'UTC'")
                return database.execute(sql).fetchall()
        except duckdb.Error as error:
            kind = _FileUnreadable if isinstance(error, duckdb.IOException) else LakeUnreadable
            raise kind(
                f"the lake can't be read: {str(error).splitlines()[0]}; delete the file it names and run "
                "`p2p process --full` to make it anew, or import it again if it was imported"
            ) from None

    def _sources(self, table: str, market_key: str, days: tuple[date, date]) -> tuple[list[str], dict[str, Any]]:
        first, last = days
        own = {day: path for day, path in self._own_days(table, market_key).items() if first <= day <= last}
        months = [
            path
            for path in files_in(self._root / table, "month=*", f"{market_key}.parquet")
            if f"{first:%Y-%m}" <= path.parent.name.removeprefix("month=") <= f"{last:%Y-%m}"
        ]
        given: dict[str, Any] = {}
        if own:
            given |= {"days": _escaped(own.values())}
        if months:
            given |= {"months": _escaped(months), "first": first, "last": last, "own": list(own)}
        return [*([_DAYS] if own else []), *([_MONTHS] if months else [])], given

    def _own_days(self, table: str, market_key: str) -> dict[date, Path]:
        return {
            date.fromisoformat(path.parent.name.removeprefix("date=")): path
            for path in files_in(self._root / table, "date=*", f"{market_key}.parquet")
        }


def _with_values(sql: str, values: Mapping[str, Any]) -> str:
    """The statement with each `$name` written out."""
    # Binding them would load pandas: DuckDB looks whether a value is one of its own.
    return re.sub(r"\$(\w+)", lambda found: _literal(values[found[1]]), sql)


def _literal(value: Any) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidInput("a text was {value!r}; a null character can't be looked for", value=value)
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(int(value))


def _escaped(paths: Any) -> list[str]:
    # DuckDB takes each for a pattern.
    return [glob.escape(str(path)) for path in paths]
