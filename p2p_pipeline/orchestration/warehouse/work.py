"""What the assets of the full market do when they run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from logging import Logger
from typing import Any

from dagster import Failure, MetadataValue

from p2p_pipeline.kernel.foreign_text import markdown_row, shown
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.warehouse.keys import SWEPT_VENUE
from p2p_pipeline.p2p.actions.sweep import load_stored, sweep_once
from p2p_pipeline.p2p.actions.sweep import refresh_market_views as refresh_views
from p2p_pipeline.p2p.capture.sweeps.batches import stored_batches
from p2p_pipeline.p2p.capture.sweeps.claim import SweepRefused
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.raw.stored import RawStoreError
from p2p_pipeline.p2p.warehouse.batch import LoadReport
from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
from p2p_pipeline.p2p.warehouse.subworkers.run import run_subworkers
from p2p_pipeline.postgres.server import WarehouseError, explaining

_SHOWN = 20


def sweep_day(installation: Installation, day: date | None, worker: int, log: Logger) -> dict[str, Any]:
    """Sweep once when the day is today, or whatever the day when there is none; for another tell what is stored.

    The schedule, which names no day, leaves a sweep that somebody else has under way to him, and goes on to load.
    """
    if day is not None and day != datetime.now(UTC).date():
        return _stored_metadata(stored_batches(installation.reader(), SWEPT_VENUE, day), day)
    try:
        report = sweep_once(
            installation.paths, installation.settings(), "Dagster", installation.source_url(), worker=worker
        )
    except SweepRefused as error:
        if day is not None:
            raise Failure(str(error)) from error
        log.warning(f"{error}; it is left to do it")
        return {"note": f"No second sweep was begun: {error}."}
    except (RawStoreError, OSError) as error:
        raise Failure(str(error)) from error
    log.info(f"sweep {report.batch_id} ended: {report.status}, {report.offers:,} offers")
    return _sweep_metadata(report)


def load_day(installation: Installation, day: date, log: Logger) -> dict[str, Any]:
    """Load what the warehouse lacks of a day's sweeps."""
    loaded: list[LoadReport] = []

    def progress(report: LoadReport) -> None:
        loaded.append(report)
        log.info(f"batch {report.batch_id}: {report.offers_extracted:,} offers, {report.seconds:.1f} s")

    try:
        # With today's sweep, or one that waited over midnight, come those that PostgreSQL was away for.
        only = day if (datetime.now(UTC).date() - day).days > 1 else None
        load_stored(installation.paths, installation.settings(), day=only, progress=progress)
    except (WarehouseError, RawStoreError, OSError) as error:
        raise Failure(str(error)) from error
    return _load_metadata(loaded, day)


def refresh_market_views(installation: Installation) -> dict[str, Any]:
    """Refresh what is due of the views."""
    try:
        report = refresh_views(installation.paths, installation.settings())
    except WarehouseError as error:
        raise Failure(str(error)) from error
    lines = ["| what | seconds |", "|---|--:|", *(f"| {name} | {took:.2f} |" for name, took in report.seconds.items())]
    return {
        "refreshed": MetadataValue.md("\n".join(lines)),
        "hours": report.hours,
        "days": report.days,
        "seconds": round(report.total_seconds, 2),
    }


def run_subworker(installation: Installation, name: str) -> dict[str, Any]:
    """Bring one subworker up to the newest batch."""
    try:
        server = ready_warehouse(installation.paths, installation.settings().warehouse)
        with explaining(server):
            reports = run_subworkers(server, [name])
    except WarehouseError as error:
        raise Failure(str(error)) from error
    failed = next((report for report in reports if report.error), None)
    if failed is not None:
        raise Failure(f"{name} failed at batch {failed.batch_id}: {failed.error}")
    return {
        "batches": len(reports),
        "rows_in": sum(report.rows_in for report in reports),
        "rows_out": sum(report.rows_out for report in reports),
    }


def _sweep_metadata(report: SweepReport) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        # Text: a number would be drawn over time.
        "batch": str(report.batch_id),
        "status": report.status.value,
        "markets": report.markets,
        "markets_complete": report.markets_complete,
        "offers": report.offers,
        "requests": report.requests,
        "failed_requests": report.failed_requests,
        "seconds": report.seconds,
    }
    if report.trouble:
        metadata["trouble"] = shown(report.trouble)
    if report.missing:
        lines = ["| market | side | why |", "|---|---|---|"]
        lines += [markdown_row((f"{s.asset}-{s.fiat}", s.side, s.reason)) for s in report.missing[:_SHOWN]]
        metadata["missing"] = MetadataValue.md("\n".join(lines))
    return metadata


def _stored_metadata(reports: Sequence[SweepReport], day: date) -> dict[str, Any]:
    if not reports:
        return {"note": f"No sweep of {day} is stored. A day that is over can't be swept any more.", "sweeps": 0}
    lines = ["| began | status | markets | complete | offers | requests | s |", "|---|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {r.started_at:%H:%M:%S} | {r.status} | {r.markets:,} | {r.markets_complete:,} | {r.offers:,} "
        f"| {r.requests:,} | {r.seconds:.0f} |"
        for r in reports[-_SHOWN:]
    ]
    note = "This day is over: nobody was asked; this is what is stored."
    return {"note": note, "sweeps": len(reports), "stored": MetadataValue.md("\n".join(lines))}


def _load_metadata(loaded: Sequence[LoadReport], day: date) -> dict[str, Any]:
    if not loaded:
        return {"note": f"The warehouse has every sweep of {day} that the raw store has.", "batches": 0}
    lines = ["| batch | offers | new | changed | gone | errors | s |", "|--:|--:|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {r.batch_id} | {r.offers_extracted:,} | {r.offers_inserted:,} | {r.offers_updated:,} "
        f"| {r.offers_closed:,} | {r.errors:,} | {r.seconds:.2f} |"
        for r in loaded[-_SHOWN:]
    ]
    return {
        "batches": len(loaded),
        "dagster/row_count": sum(report.offers_extracted for report in loaded),
        "seconds": round(sum(report.seconds for report in loaded), 2),
        "loaded": MetadataValue.md("\n".join(lines)),
    }
