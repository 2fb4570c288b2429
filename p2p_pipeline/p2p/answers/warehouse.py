"""How the warehouse is, and whether it holds what the raw store says."""

from __future__ import annotations

from datetime import date, datetime

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.warehouse.verify import Progress, verify_batches
from p2p_pipeline.p2p.quality.warehouse.verify_report import VerifyReport
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.p2p.warehouse.revisions import require_current
from p2p_pipeline.p2p.warehouse.status import WarehouseStatus, warehouse_status
from p2p_pipeline.postgres.connection import connected


def answer_status(paths: DataPaths, now: datetime) -> WarehouseStatus:
    """Where it is, how big and how fresh. Raises WarehouseError where there is none."""
    server = existing_warehouse(paths)
    with connected(server, program="p2p status") as connection:
        return warehouse_status(connection, server, now)


def verify_warehouse(
    paths: DataPaths,
    settings: Settings,
    days: tuple[date, date],
    now: datetime,
    progress: Progress = lambda _done, _of: None,
) -> VerifyReport:
    """Hold every batch of some days against the raw store. Raises WarehouseError where there is nothing to verify."""
    server = existing_warehouse(paths)
    with connected(server) as connection:
        require_current(connection)
    venue = venue_directory()[settings.sweep.venue]
    with connected(server, program="p2p verify") as connection:
        return verify_batches(
            connection,
            RawReader(paths.root),
            venue,
            PaymentMap.load(),
            *days,
            progress,
            settings=settings.warehouse,
            now=now,
            spool_folder=paths.state / "verify-spool",
            interval_minutes=settings.sweep.interval_minutes,
        )
