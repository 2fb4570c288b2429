"""Make days of the warehouse again from the raw store: after a parser has learned something, or to be sure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from p2p_pipeline.p2p.capture.sweeps.batches import stored_batches
from p2p_pipeline.p2p.capture.sweeps.report import batch_id_of, batch_moment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import sweep_reports_key
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.batch import LoadReport
from p2p_pipeline.p2p.warehouse.load import Checkpoint
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold
from p2p_pipeline.p2p.warehouse.pending import Planned, Progress, load_days
from p2p_pipeline.p2p.warehouse.retention import refuse_expired
from p2p_pipeline.p2p.warehouse.statements import rows, run
from p2p_pipeline.p2p.warehouse.swept_days import no_sweeps, swept_days
from p2p_pipeline.postgres.server import WarehouseError

Later = Callable[[int, datetime], None]
"""Told, before anything changes, how many batches after the days asked for are made again too, and the last's start."""


def rebuild(
    connection: Connection[tuple[Any, ...]],
    reader: RawReader,
    venue: Venue,
    payments: PaymentMap,
    from_day: date,
    to_day: date,
    *,
    oldest: date = date.min,
    later: Later = lambda _count, _until: None,
    planned: Planned = lambda _: None,
    progress: Progress = lambda _: None,
    checkpoint: Checkpoint = lambda _: None,
) -> list[LoadReport]:
    """Take the batches from a day on out of the warehouse and load them from the raw store again, in order.

    Days after `to_day` that the warehouse has are loaded again too: an offer's version reaches over days, so they stand
    on the days before them; `later` is told. Taking out is one transaction, each batch another: one that is broken off
    is continued by the next load. Raises WarehouseError, with nothing changed, where the days asked for have no sweep,
    where the raw store lacks what the warehouse has, and for a day before `oldest`, the first that retention keeps.
    """
    if from_day > to_day:
        raise WarehouseError(f"--from was {from_day} and --to {to_day}; name the earlier day first")
    refuse_expired(from_day, oldest)
    key = sweep_reports_key(venue.name)
    stored = [day for day in reader.days() if day >= from_day and key in reader.file_keys(day)]
    last = _unload(connection, reader, venue.name, stored, from_day, to_day, later)
    days = [day for day in stored if day <= last]
    return load_days(
        connection, reader, venue, payments, days, planned=planned, progress=progress, checkpoint=checkpoint
    )


def require_stored(reader: RawReader, venue: str, from_day: date, to_day: date, oldest: date) -> None:
    """Raise WarehouseError where there is no stored sweep to make a warehouse of, before one is made for nothing."""
    refuse_expired(from_day, oldest)
    swept = [day for day in reader.days() if stored_batches(reader, venue, day)]
    if not any(from_day <= day <= to_day for day in swept):
        raise WarehouseError(f"{no_sweeps(swept, from_day, to_day)}; nothing was changed")


def _unload(
    connection: Connection[tuple[Any, ...]],
    reader: RawReader,
    venue: str,
    stored: list[date],
    from_day: date,
    to_day: date,
    later: Later,
) -> date:
    """Take everything out from a day on; gives the last day to load again."""
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.commit()
    moment = datetime.combine(from_day, time(), UTC)
    first = batch_id_of(moment)
    with connection.transaction():
        hold(connection, WarehouseLock.LOAD)
        loaded = [
            int(batch_id) for (batch_id,) in rows(connection, "rebuild.sql", "batches", batch_id=first, venue=venue)
        ]
        kept = {report.batch_id for day in stored for report in stored_batches(reader, venue, day)}
        if not any(_day(batch_id) <= to_day for batch_id in kept.union(loaded)):
            there = swept_days(connection, reader, venue)
            raise WarehouseError(f"{no_sweeps(there, from_day, to_day)}; nothing was changed")
        lost = [batch_id for batch_id in loaded if batch_id not in kept]
        if lost:
            raise WarehouseError(
                f"the raw store no longer has {len(lost)} of the batches that the warehouse holds from {from_day} on, "
                f"the first of {batch_moment(lost[0]):%Y-%m-%d %H:%M}; choose a later --from, nothing was changed"
            )
        last = max(to_day, _day(loaded[-1])) if loaded else to_day
        after = [batch_id for batch_id in kept if to_day < _day(batch_id) <= last]
        if after:
            later(len(after), batch_moment(max(after)))
        for name in UNLOADING:
            run(connection, "rebuild.sql", name, moment=moment, batch_id=first, venue=venue)
    return last


def _day(batch_id: int) -> date:
    return batch_moment(batch_id).date()


UNLOADING = (
    "unload_versions",
    "reopen_versions",
    "unload_statistics",
    "reopen_statistics",
    "forget_lines",
    "unload_gaps",
    "unload_depth",
    "unload_advertisers",
    "reopen_advertisers",
    "unload_batches",
)
"""The statements of rebuild.sql that take a venue's batches out, in their order."""
