"""Bring in, in order, whatever the raw store has and the warehouse lacks.

A sweep only writes the raw store; this follows, from the same files that a rebuild reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from psycopg import Connection

from p2p_pipeline.capture.raw_reader import RawReader
from p2p_pipeline.capture.stored import sweep_reports_key
from p2p_pipeline.capture.sweeps.batches import batch_of, day_batches
from p2p_pipeline.offers.payment_methods import PaymentMap
from p2p_pipeline.venues.wire import Venue
from p2p_pipeline.warehouse.batch import LoadReport
from p2p_pipeline.warehouse.load import Checkpoint, load_batch
from p2p_pipeline.warehouse.read_batch import content_digest, read_batch, replay_from_raw

Progress = Callable[[LoadReport], None]
"""Told after each batch what it did."""
Planned = Callable[[int], None]
"""Told before a day is loaded how many of its batches will be."""

SPOOL_FOLDER = "load-spool"
"""In the raw store's state folder: where a repacked day's batches are kept apart while they are read."""


def load_pending(
    connection: Connection[tuple[Any, ...]],
    reader: RawReader,
    venue: Venue,
    payments: PaymentMap,
    *,
    since: date | None = None,
    until: date | None = None,
    oldest: date = date.min,
    planned: Planned = lambda _: None,
    progress: Progress = lambda _: None,
    checkpoint: Checkpoint = lambda _: None,
) -> list[LoadReport]:
    """Load every stored batch that the ledger lacks, and those of which the raw store has more by now.

    Days are passed over whose batches are all in the ledger; whether the raw store has more of a batch than was loaded
    is looked at for the last two days, or for all from `since` on. Days outside of them are left alone.
    `oldest` is the first day that retention keeps: what it dropped is not loaded again.
    """
    known = _ledger(connection)
    key = sweep_reports_key(venue.name)
    first, last = max(since or date.min, oldest), until or date.max
    swept = [day for day in reader.days() if first <= day <= last and key in reader.file_keys(day)]
    looked_at = swept[-2:] if since is None else swept
    days = [day for day in swept if day in looked_at or not _all_known(reader, venue.name, day, known)]
    told: dict[str, Any] = {"planned": planned, "progress": progress, "checkpoint": checkpoint}
    return [report for day in days for report in load_day(connection, reader, venue, payments, day, **told)]


def load_day(
    connection: Connection[tuple[Any, ...]],
    reader: RawReader,
    venue: Venue,
    payments: PaymentMap,
    day: date,
    *,
    planned: Planned = lambda _: None,
    progress: Progress = lambda _: None,
    checkpoint: Checkpoint = lambda _: None,
) -> list[LoadReport]:
    """Load the batches of one UTC day that the ledger lacks or has otherwise, in order; those still running wait."""
    known = _ledger(connection)
    replay = replay_from_raw(reader, venue, payments)
    done: list[LoadReport] = []
    with day_batches(reader, venue.name, day, reader.state_folder / SPOOL_FOLDER) as batches:
        wanted = [
            (report, snapshots)
            for report, snapshots in batches
            if known.get(report.batch_id) != content_digest(reader, report)
        ]
        planned(len(wanted))
        for report, snapshots in wanted:
            batch = read_batch(reader, report, venue, payments, snapshots)
            done.append(load_batch(connection, batch, replay=replay, payments=payments, checkpoint=checkpoint))
            progress(done[-1])
    return done


def _ledger(connection: Connection[tuple[Any, ...]]) -> dict[int, str]:
    found = connection.execute("SELECT batch_id, content_digest FROM ops_batch_runs").fetchall()
    connection.commit()
    return dict(found)


def _all_known(reader: RawReader, venue: str, day: date, known: dict[int, str]) -> bool:
    stored = {batch_of(name) for name in reader.snapshot_ids(day, sweep_reports_key(venue))}
    return stored <= known.keys() | {None}
