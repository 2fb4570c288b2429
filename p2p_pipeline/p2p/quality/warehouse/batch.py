"""The batch that rules judge, and the few ways they ask PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.raw.stored import Damage
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.batch import MarketRead
from p2p_pipeline.postgres.server import WarehouseError

Connection = psycopg.Connection[Any]

_SHOWN = b"-- :shown"

RawBatch = Callable[[], Iterable[MarketRead | Damage]]
"""Reads a batch's market sides again from the raw store, and tells what of them can't be read."""


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """One loaded batch with all that its rules look at."""

    connection: Connection
    run: Mapping[str, Any]
    """Its row of ops_batch_runs."""
    settings: WarehouseSettings
    now: datetime
    interval_minutes: int = 10
    """Of the schedule, for the steps without a batch."""
    raw: RawBatch | None = None
    """Rules that need the raw store refuse to judge without it."""
    docs_folder: Path | None = None
    """Where the Data Docs are built; None builds none."""
    url: str = field(default="", repr=False)
    """The database's URL for what opens its own connection (Great Expectations). May hold a password."""

    @property
    def batch_id(self) -> int:
        """The batch's id."""
        return int(self.run["batch_id"])

    @property
    def parameters(self) -> dict[str, Any]:
        """What the SQL files may ask for."""
        return {"batch_id": self.batch_id, "started_at": self.run["batch_start_time"]}

    def rows(self, name: str, **more: Any) -> list[dict[str, Any]]:
        """The rows of the query `sql/{name}.sql` about this batch."""
        return rows(self.connection, sql_text(name), {**self.parameters, **more})


def newest_batch_id(connection: Connection) -> int | None:
    """The id of the newest batch that is loaded, or None in an empty warehouse."""
    found = rows(connection, b"SELECT max(batch_id) AS batch_id FROM ops_batch_runs")
    newest = found[0]["batch_id"]
    return None if newest is None else int(newest)


def batches_to_judge(connection: Connection, most: int = 20) -> list[int]:
    """The loaded batches to be judged by the rules of a batch that are not costly, oldest first.

    At most `most` that have not been judged since they were loaded, and the newest of each worker in any case.
    """
    names = list(rule_names(costly=False, of_now=False))
    found = rows(connection, sql_text("warehouse_to_judge"), {"names": names, "most": most})
    return [int(row["batch_id"]) for row in found]


def batch_run(connection: Connection, batch_id: int) -> dict[str, Any]:
    """A batch's row of the ledger. Raises WarehouseError where there is none."""
    found = rows(connection, b"SELECT * FROM ops_batch_runs WHERE batch_id = %(batch_id)s", {"batch_id": batch_id})
    if not found:
        raise WarehouseError(
            "batch {batch_id} is not in the warehouse; `p2p warehouse status` names the newest, `p2p sweep` and "
            "`p2p warehouse rebuild` load what is missing",
            batch_id=batch_id,
        )
    return found[0]


def rows(connection: Connection, query: bytes, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """A query's rows as dictionaries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


@lru_cache
def sql_text(name: str) -> bytes:
    """The text of one of this folder's SQL files.

    A line that ends with `-- :shown` takes in the batch's offers as fact_offers gives them, but asked for with the
    moment as a constant, so that only partitions are opened that can hold them: on a full month a tenth of the work.
    """
    text = resources.files(__package__).joinpath("sql", f"{name}.sql").read_bytes()
    return text.replace(_SHOWN, sql_text("warehouse_shown").rstrip()) if _SHOWN in text else text


def counted(found: Iterable[Mapping[str, Any]], of_what: str) -> str:
    """How many rows of each kind were found, the commonest first: `3 version without its offer, 1 …`."""
    counts: dict[str, int] = {}
    for row in found:
        counts[str(row[of_what])] = counts.get(str(row[of_what]), 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
