"""Bring in, in order, whatever the raw store has and the warehouse lacks.

A sweep only writes the raw store; this follows, from the same files that a rebuild reads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg import Connection, errors

from p2p_pipeline.p2p.capture.sweeps.batches import batch_of, day_batches, day_snapshot_ids, stored_batches
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import sweep_reports_key
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.batch import LoadReport
from p2p_pipeline.p2p.warehouse.load import Checkpoint, load_batch
from p2p_pipeline.p2p.warehouse.read_batch import content_digest, read_batch, replay_from_raw
from p2p_pipeline.postgres.troubles import WarehouseError, said

Progress = Callable[[LoadReport], None]
"""Told after each batch what it did."""
Planned = Callable[[int], None]
"""Told before a day is loaded how many of its batches will be."""

SPOOL_FOLDER = "load-spool"
"""In the raw store's state folder: where a repacked day's batches are kept apart while they are read."""

_MOST_NAMED = 5
_logger = logging.getLogger(__name__)


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
    Raises as `load_days` does.
    """
    known = _ledger(connection)
    key = sweep_reports_key(venue.name)
    first, last = max(since or date.min, oldest), until or date.max
    swept = [day for day in reader.days() if first <= day <= last and key in reader.file_keys(day)]
    looked_at = swept[-2:] if since is None else swept
    days = [day for day in swept if day in looked_at or not _all_known(reader, venue.name, day, known)]
    return load_days(
        connection, reader, venue, payments, days, planned=planned, progress=progress, checkpoint=checkpoint
    )


def load_days(
    connection: Connection[tuple[Any, ...]],
    reader: RawReader,
    venue: Venue,
    payments: PaymentMap,
    days: Iterable[date],
    *,
    planned: Planned = lambda _: None,
    progress: Progress = lambda _: None,
    checkpoint: Checkpoint = lambda _: None,
) -> list[LoadReport]:
    """Load the batches of some UTC days that the ledger lacks or has otherwise, in order; those still running wait.

    A batch that can't be loaded doesn't keep the others out: they are loaded, and then WarehouseError names it and why.
    What is wrong with the connection or the server is raised at once.
    """
    loading = _Loading(connection, reader, venue, payments, planned, progress, checkpoint)
    for day in days:
        loading.load(day)
    if loading.refused:
        raise WarehouseError(_told(loading.refused, len(loading.done)))
    return loading.done


@dataclass(slots=True)
class _Loading:
    connection: Connection[tuple[Any, ...]]
    reader: RawReader
    venue: Venue
    payments: PaymentMap
    planned: Planned
    progress: Progress
    checkpoint: Checkpoint
    done: list[LoadReport] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    """Why not, by batch."""

    def load(self, day: date) -> None:
        known = _ledger(self.connection)
        # In this order: a sweep that has ended has stored all it will.
        reports = stored_batches(self.reader, self.venue.name, day)
        names = day_snapshot_ids(self.reader, self.venue.name, day)
        digests = {report.batch_id: content_digest(report, names.get(report.batch_id, ())) for report in reports}
        wanted = {batch_id: digest for batch_id, digest in digests.items() if known.get(batch_id) != digest}
        self.planned(len(wanted))
        replay = replay_from_raw(self.reader, self.venue, self.payments)
        spool_folder = self.reader.state_folder / SPOOL_FOLDER
        with day_batches(self.reader, self.venue.name, day, spool_folder, wanted.keys()) as batches:
            for report, snapshots in batches:
                digest = wanted[report.batch_id]
                batch = read_batch(self.reader, report, self.venue, self.payments, snapshots, digest)
                try:
                    done = load_batch(
                        self.connection, batch, replay=replay, payments=self.payments, checkpoint=self.checkpoint
                    )
                except Exception as error:
                    if not _is_of_the_batch(error):
                        raise
                    _logger.exception("batch %d could not be loaded; the others go on", report.batch_id)
                    self.refused[report.batch_id] = _reason(error)
                    continue
                self.done.append(done)
                self.progress(done)


_OF_THE_BATCH = (errors.DataError, errors.IntegrityError, errors.CardinalityViolation, errors.ProgramLimitExceeded)


def _is_of_the_batch(error: Exception) -> bool:
    # Of PostgreSQL's errors those that a batch's values make; a right, a table or a connection is missing for all.
    return isinstance(error, _OF_THE_BATCH) or not isinstance(error, psycopg.Error)


def _reason(error: Exception) -> str:
    if isinstance(error, WarehouseError):
        return str(error)
    return f"{type(error).__name__}: {said(error)}"


def _told(refused: dict[int, str], loaded: int) -> str:
    reasons = [f"batch {batch_id} ({reason})" for batch_id, reason in sorted(refused.items())[:_MOST_NAMED]]
    if len(refused) > _MOST_NAMED:
        reasons.append(f"{len(refused) - _MOST_NAMED} more (see the log)")
    return (
        f"{len(refused)} of {loaded + len(refused)} batches could not be loaded, the others are: {'; '.join(reasons)}; "
        "every load tries them again, so nothing is lost"
    )


def _ledger(connection: Connection[tuple[Any, ...]]) -> dict[int, str]:
    found = connection.execute("SELECT batch_id, content_digest FROM ops_batch_runs").fetchall()
    connection.commit()
    return dict(found)


def _all_known(reader: RawReader, venue: str, day: date, known: dict[int, str]) -> bool:
    stored = {batch_of(name) for name in reader.snapshot_ids(day, sweep_reports_key(venue))}
    return stored <= known.keys() | {None}
