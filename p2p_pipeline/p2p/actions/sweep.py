"""A sweep from beginning to end, as `p2p sweep` and Dagster's schedule run it: ask, keep, load.

Asking and loading stand apart: what was said is safe in the raw store whether PostgreSQL is there or not, and the next
load takes in whatever the warehouse lacks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.client import ExchangeLimits
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepPlan, SweepProgress, sweep_now
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.proxies import worker_proxy_url, workers_behind_one_address
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.warehouse.activity import mark_active
from p2p_pipeline.p2p.warehouse.batch import LoadReport
from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
from p2p_pipeline.p2p.warehouse.packing import PackReport, pack_closed_days
from p2p_pipeline.p2p.warehouse.pending import Planned, load_days, load_pending
from p2p_pipeline.p2p.warehouse.rebuild import Later, rebuild, require_stored
from p2p_pipeline.p2p.warehouse.retention import drop_expired, first_kept_day, refuse_expired
from p2p_pipeline.p2p.warehouse.views import RefreshReport, refresh_views
from p2p_pipeline.postgres.connection import connected
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import named_server

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SweepAnswer:
    """What `p2p sweep` says of one sweep."""

    report: SweepReport
    loaded: LoadReport

    def to_json(self) -> dict[str, Any]:
        """The contract's fields."""
        return {
            "batch_id": self.report.batch_id,
            "status": self.report.status.value,
            "markets": self.report.markets,
            "markets_complete": self.report.markets_complete,
            "offers_extracted": self.loaded.offers_extracted,
            "offers_inserted": self.loaded.offers_inserted,
            "offers_updated": self.loaded.offers_updated,
            "errors": self.loaded.errors,
            "requests": self.report.requests,
            "seconds": round(self.report.seconds + self.loaded.seconds, 3),
        }


def sweep_once(
    paths: DataPaths,
    settings: Settings,
    program: str,
    source_url: str | None = None,
    *,
    worker: int = 1,
    workers: int | None = None,
    requests_per_second: float | None = None,
    environment: Mapping[str, str] = os.environ,
    progress: Callable[[SweepProgress], None] = lambda _: None,
) -> SweepReport:
    """Ask the venue for every market that is due, into the raw store.

    Raises SweepRefused when it is being swept already, SettingsError for a proxy variable that holds none.
    """
    store = RawStore(paths.root, min_free_bytes=settings.retention.min_free_mib * _MIB)
    source = Source.LIVE if source_url is None else Source.SIMULATED
    plan = sweep_plan(settings, source_url, worker, workers, requests_per_second, environment)
    return sweep_now(plan, store, paths.state, source, program=program, progress=progress)


def sweep_plan(
    settings: Settings,
    source_url: str | None,
    worker: int,
    workers: int | None,
    requests_per_second: float | None,
    environment: Mapping[str, str],
) -> SweepPlan:
    """From settings to what is swept and how politely.

    The settings' rate is what the venue sees of one address: workers that share one share it. `requests_per_second`
    is this worker's own.
    """
    chosen = settings.sweep
    workers = workers or chosen.workers
    together = workers if source_url else workers_behind_one_address(chosen, worker, workers)
    manners = Manners(
        pacing=PacingLimits(requests_per_second=requests_per_second or chosen.requests_per_second / together),
        concurrency=chosen.concurrency,
        exchange=ExchangeLimits(max_body_bytes=settings.collection.max_body_mib * _MIB),
        proxy_url=None if source_url else worker_proxy_url(chosen, worker, environment),
        breaker=PATIENT_BREAKER,
        is_patient=True,
    )
    return SweepPlan(
        venue=venue_directory(source_url)[chosen.venue],
        manners=manners,
        budget_seconds=chosen.budget_seconds,
        worker=worker,
        workers=workers,
        max_pages=chosen.max_pages,
        empty_again_seconds=chosen.empty_again_minutes * 60.0,
    )


def load_stored(
    paths: DataPaths,
    settings: Settings,
    *,
    day: date | None = None,
    progress: Callable[[LoadReport], None] = lambda _: None,
) -> list[LoadReport]:
    """Load every stored sweep that the warehouse lacks, in order; those of one day, or all.

    Raises WarehouseError, with what to do, when PostgreSQL can't be used or the day has expired; whatever was loaded by
    then stays.
    """
    oldest = first_kept_day(datetime.now(UTC).date(), settings.warehouse.keep_days)
    if day is not None:
        refuse_expired(day, oldest)
    server = ready_warehouse(paths, settings.warehouse)
    reader, venue, payments = RawReader(paths.root), venue_directory()[settings.sweep.venue], PaymentMap.load()
    with connected(server, program="p2p load") as connection:
        if day is not None:
            return load_days(connection, reader, venue, payments, [day], progress=progress)
        return load_pending(connection, reader, venue, payments, oldest=oldest, progress=progress)


def rebuild_stored(
    paths: DataPaths,
    settings: Settings,
    days: tuple[date, date],
    *,
    later: Later = lambda _count, _until: None,
    planned: Planned = lambda _: None,
    progress: Callable[[LoadReport], None] = lambda _: None,
) -> list[LoadReport]:
    """Take some days out of the warehouse and load them again, with all later ones. Raises WarehouseError."""
    oldest = first_kept_day(datetime.now(UTC).date(), settings.warehouse.keep_days)
    reader, venue, payments = RawReader(paths.root), venue_directory()[settings.sweep.venue], PaymentMap.load()
    if named_server() is None and not EmbeddedPostgres(paths).is_made:
        require_stored(reader, venue.name, *days, oldest)
    server = ready_warehouse(paths, settings.warehouse)
    with connected(server, program="p2p rebuild") as connection:
        return rebuild(
            connection,
            reader,
            venue,
            payments,
            *days,
            oldest=oldest,
            later=later,
            planned=planned,
            progress=progress,
        )


def refresh_market_views(paths: DataPaths, settings: Settings) -> RefreshReport:
    """Bring what people ask first up to what is loaded, without making readers wait. Raises WarehouseError."""
    server = ready_warehouse(paths, settings.warehouse)
    with connected(server, program="p2p views", autocommit=True) as connection:
        return refresh_views(connection)


@dataclass(frozen=True, slots=True)
class KeptDays:
    """What keeping the warehouse's days did."""

    dropped: tuple[date, ...]
    packed: PackReport


def keep_days(paths: DataPaths, settings: Settings, today: date) -> KeptDays:
    """Make the warehouse's coming days, drop those beyond `warehouse.keep_days`, and pack the others that are over.

    What is not traded any more is marked so. A warehouse that was never made here is left so.
    """
    if named_server() is None and not EmbeddedPostgres(paths).is_made:
        return KeptDays((), PackReport())
    server = ready_warehouse(paths, settings.warehouse)
    with connected(server, program="p2p retention", autocommit=True) as connection:
        mark_active(connection)
        dropped = drop_expired(connection, today, settings.warehouse.keep_days).days
        return KeptDays(dropped, pack_closed_days(connection, today))
