"""Brings the totals up to the ledger, slice by slice: what one scrape has no time for the next one goes on with."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from p2p_pipeline.monitoring.catalogue import Sample
from p2p_pipeline.monitoring.totals import OVERLAP, Totals, batch_to_count, count, load_totals, save_totals
from p2p_pipeline.monitoring.warehouse_numbers import LOCK_MILLISECONDS, STATEMENT_MILLISECONDS
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer

_log = logging.getLogger(__name__)
MOST_BATCHES = 50
"""A slice. A sweep that a venue refuses can leave thousands of errors, and each is counted."""


@dataclass
class TotalsSource:
    """Counts what the ledger has and the totals have not, with a connection of its own each time."""

    open_server: Callable[[], WarehouseServer]
    file: Path
    """Where the totals are kept between processes."""
    is_kept: bool = True
    """Whether what this process counts goes into that file."""
    seconds: float = 0.4
    """After so long no further slice is begun; the next scrape goes on from there."""
    _totals: Totals | None = None
    _slice: int = MOST_BATCHES

    def read(self) -> list[Sample]:
        """The totals, and nothing until the whole ledger was counted once. Raises WarehouseError or psycopg.Error.

        A total that is seen growing while an old ledger is counted would look like a month of requests and errors in
        some minutes.
        """
        until = time.monotonic() + self.seconds
        before = self._totals = self._totals or load_totals(self.file)
        with connect(self.open_server(), program="p2p metrics", autocommit=True, patience_seconds=0) as connection:
            try:
                while self._count_slice(connection) and time.monotonic() < until:
                    pass
            finally:
                self._keep(before)
        return self._totals.samples() if self._totals.is_whole else []

    def _count_slice(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether there may be more."""
        assert self._totals is not None  # noqa: S101 - read() loads them
        try:
            found = _batches(connection, self._totals, self._slice)
        except psycopg.errors.QueryCanceled:
            if self._slice == 1:
                raise
            self._slice //= 2
            return True
        is_last = len(found) < self._slice
        self._totals = count(self._totals, map(batch_to_count, found), is_last=is_last)
        return not is_last

    def _keep(self, before: Totals) -> None:
        if self._totals is None or self._totals is before or not self.is_kept:
            return
        try:
            save_totals(self.file, self._totals)
        except OSError as error:
            _log.warning("the totals can't be kept, a restart will count anew: %s", error)


def _batches(connection: psycopg.Connection[Any], totals: Totals, most: int) -> list[dict[str, Any]]:
    wanted = {
        "loaded_since": totals.counted_to - OVERLAP if totals.counted_to else datetime.min.replace(tzinfo=UTC),
        "window_milliseconds": Totals.WINDOW_MILLISECONDS,
        "counted": list(totals.counted),
        "most": most,
    }
    query: Any = (files(__package__) / "sql" / "batches_to_count.sql").read_text(encoding="utf-8")
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")
        return cursor.execute(query, wanted).fetchall()
