"""One day's books of a market as the source of tables of numbers, continued snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.pricing.day_books import DayBooks
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.steps.continuing import continuing, snapshots_lineage, write_partition
from p2p_pipeline.p2p.versions import METRICS_VERSION


class DaySource:
    """One day's snapshots and offers of a market, and the tables of numbers that are continued from them."""

    def __init__(self, lake: Lake, day: date, market_key: str, facts: Mapping[str, str]) -> None:
        self._place = (day, market_key)
        self._lake = lake
        self._snapshots = lake.read(SNAPSHOTS, *self._place)
        self.books = DayBooks(self._snapshots, lake.read(OFFERS, *self._place))
        made_with = lake.facts(SNAPSHOTS, *self._place) or {}
        # Numbers follow what their offers were made with: another payment map changes what a profile admits.
        inherited = {name: made_with.get(name, "") for name in ("parse_version", "payments")}
        self._facts = {**facts, **inherited, "metrics_version": METRICS_VERSION}

    def extend(self, table: Table, rows: Callable[[int], pa.Table], full: bool) -> tuple[int, int]:
        """Add the rows of the snapshots that the table does not have yet; `rows` makes them from a place on."""
        done = 0 if full else self.done(table)
        kept = self._lake.read(table, *self._place) if done else table.empty()
        return self.write(table, kept, rows(done))

    def done(self, table: Table) -> int:
        """How many snapshots a table already covers; 0 when they are no longer those it was made from."""
        before = continuing(self._lake, table, *self._place, self._facts)
        count = int(before.get("snapshots", "0"))
        return count if before.get("lineage") == snapshots_lineage(self._snapshots, count) else 0

    def read(self, table: Table) -> pa.Table:
        """The table's partition."""
        return self._lake.read(table, *self._place)

    def write(self, table: Table, kept: pa.Table, new: pa.Table) -> tuple[int, int]:
        """Replace the table's partition; its facts say which snapshots it covers."""
        count = self._snapshots.num_rows
        facts = {**self._facts, "snapshots": str(count), "lineage": snapshots_lineage(self._snapshots, count)}
        return write_partition(self._lake, table, *self._place, kept, new, facts)
