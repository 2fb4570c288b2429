"""What the page *Operations* shows: how the program itself is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.monitoring.exposition import WarehouseSource
from p2p_pipeline.monitoring.raw_numbers import RawNumbers, RawWatcher
from p2p_pipeline.monitoring.warehouse_numbers import WarehouseNumbers
from p2p_pipeline.p2p.answers.batches import errors_of_day, newest_batches
from p2p_pipeline.p2p.answers.dagster_activity import DagsterActivity, dagster_activity
from p2p_pipeline.p2p.answers.dagster_records import RecordsAway
from p2p_pipeline.p2p.answers.disk import DiskUse, disk_use
from p2p_pipeline.p2p.answers.venue_days import Row, VenueDays
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.postgres.server import WarehouseError
from p2p_pipeline.web.edges import Edges

BATCHES_SHOWN = 20
SECONDS_OF_DAY = 86_400
DATABASE_BYTES = "p2p_warehouse_database_size_bytes"


@dataclass(frozen=True, slots=True)
class WarehouseView:
    """What the warehouse says; empty with the reason where it says nothing."""

    missing: str = ""
    batches: Sequence[Row] = ()
    errors: Sequence[Row] = ()
    numbers: WarehouseNumbers | None = None
    size_bytes: int | None = None

    @property
    def days(self) -> float | None:
        """How long its newest batches have been coming, of those that are shown: what growth a day is told by."""
        if len(self.batches) < 2:
            return None
        spans = self.batches[0]["loaded_at"] - self.batches[-1]["started_at"]
        return float(spans.total_seconds()) / SECONDS_OF_DAY


@dataclass(frozen=True, slots=True)
class OperationsView:
    """The page's values."""

    as_of: datetime
    warehouse: WarehouseView
    sweeps: RawNumbers | None
    """As the raw store tells of them; None where it can't be read."""
    dagster: DagsterActivity | None
    """None where Dagster never ran here, or its records can't be read."""
    dagster_missing: str
    disk: DiskUse
    days: VenueDays

    @property
    def waiting(self) -> int:
        """Batches of the last days that are over and not in the warehouse."""
        if self.sweeps is None or self.warehouse.numbers is None:
            return 0
        return len(self.sweeps.to_be_loaded - self.warehouse.numbers.loaded_ids)


def operations_view(edges: Edges, days: VenueDays, sweeps: RawWatcher) -> OperationsView:
    """Look at all of it; what is away costs no other part."""
    now = edges.now()
    warehouse = _warehouse(edges)
    activity, missing = None, ""
    try:
        activity = dagster_activity(edges.records, now)
    except RecordsAway as error:
        missing = str(error)
    try:
        told = sweeps.read(now)
    except (ClearError, OSError):
        told = None
    disk = disk_use(
        edges.paths, edges.settings.retention, now.date(), warehouse.size_bytes, warehouse_days=warehouse.days
    )
    return OperationsView(now, warehouse, told, activity, missing, disk, days)


def _warehouse(edges: Edges) -> WarehouseView:
    try:
        numbers, sizes = WarehouseSource(lambda: existing_warehouse(edges.paths), edges.now).read()
        found = next((int(one.value) for one in sizes if one.name == DATABASE_BYTES), None)
        batches = newest_batches(edges.paths, BATCHES_SHOWN)
        return WarehouseView("", batches, errors_of_day(edges.paths, edges.now()), numbers, found)
    except (WarehouseError, ClearError) as error:
        return WarehouseView(str(error))
    except psycopg.Error as error:
        return WarehouseView((str(error).strip() or type(error).__name__).splitlines()[0])
