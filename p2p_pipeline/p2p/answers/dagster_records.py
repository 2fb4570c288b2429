"""Dagster's own records, read beside it by SQL: no Dagster is loaded, opened or waited for.

They are SQLite files in the data folder, or the PostgreSQL that `DAGSTER_PG_URL` names (deploy/dagster.yaml).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Hashable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths

URL_VARIABLE = "DAGSTER_PG_URL"
PATIENCE_SECONDS = 2
STATEMENT_MILLISECONDS = 1_500
SERVER_LOOK_SECONDS = 5
"""A server has no files to look at: what it says is taken as it is for this long."""


class RecordsAway(ClearError):
    """Dagster's records are there and can't be read."""


class Database(StrEnum):
    """Where SQLite keeps them, below the data folder's `dagster`; a PostgreSQL has all in one."""

    EVENTS = "history/runs/index.db"
    RUNS = "history/runs.db"
    TICKS = "schedules/schedules.db"


@dataclass(frozen=True, slots=True)
class DagsterRecords:
    """Reads one instance's records. Nothing is made by reading."""

    folder: Path
    url: str | None = None
    """Of its PostgreSQL; may hold a password."""

    @classmethod
    def of(cls, paths: DataPaths, environment: Mapping[str, str] = os.environ) -> DagsterRecords:
        """Those of an installation."""
        named = environment.get(URL_VARIABLE, "").strip()
        # The driver's name in it is SQLAlchemy's, which psycopg doesn't know.
        return cls(paths.dagster, named.replace("postgresql+psycopg2://", "postgresql://", 1) or None)

    @property
    def are_there(self) -> bool:
        """Whether Dagster ever ran on this data."""
        return self.url is not None or (self.folder / Database.EVENTS).exists()

    def version(self, now: datetime) -> Hashable:
        """Changes when an event is written."""
        if self.url is not None:
            return int(now.timestamp()) // SERVER_LOOK_SECONDS
        files = (self.folder / Database.EVENTS, (self.folder / Database.EVENTS).with_name("index.db-wal"))
        return tuple((one.stat().st_mtime_ns, one.stat().st_size) if one.exists() else None for one in files)

    def rows(self, database: Database, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """What a query finds, its parameters written `?`; nothing where there are no records. Raises RecordsAway."""
        try:
            if self.url is not None:
                return self._rows_of_server(self.url, query, values)
            file = self.folder / database
            return _rows_of_file(file, query, values) if file.exists() else []
        except (sqlite3.Error, psycopg.Error) as error:
            # A server's words may hold its address, but never its password.
            told = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise RecordsAway("Dagster's records can't be read: {told}", told=told) from error

    @staticmethod
    def _rows_of_server(url: str, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
        options = f"-c statement_timeout={STATEMENT_MILLISECONDS} -c default_transaction_read_only=on"
        with psycopg.connect(url, connect_timeout=PATIENCE_SECONDS, options=options, row_factory=dict_row) as found:
            return found.execute(query.replace("?", "%s").encode(), values).fetchall()


def _rows_of_file(file: Path, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)) as found:
        found.row_factory = sqlite3.Row
        return [dict(row) for row in found.execute(query, values)]


def stored_moment(stored: str | datetime) -> datetime:
    """A moment as these tables have it, in UTC without saying so; SQLite keeps it as text."""
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
