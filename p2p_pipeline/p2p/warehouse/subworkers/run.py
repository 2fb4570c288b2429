"""Give the batches that are waiting to each subworker: in order, one transaction a batch, each worker for itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from psycopg import Connection

from p2p_pipeline.p2p.warehouse.subworkers.batch_rows import batch_rows
from p2p_pipeline.p2p.warehouse.subworkers.interface import (
    OfferRow,
    RunStatus,
    Subworker,
    SubworkerError,
    SubworkerReport,
)
from p2p_pipeline.p2p.warehouse.subworkers.registry import chosen, registered_subworkers
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer, explaining

_log = logging.getLogger(__name__)
_LONGEST_ERROR = 500

_WAITING = """
    SELECT batch.batch_id, batch.batch_start_time, batch.loaded_at
    FROM ops_batch_runs AS batch
    LEFT JOIN ops_subworker_runs AS run ON run.subworker = %s AND run.batch_id = batch.batch_id
    WHERE batch.batch_id <= %s
        AND (run.status IS DISTINCT FROM 'done' OR run.batch_loaded_at <> batch.loaded_at)
        AND NOT EXISTS (
            SELECT FROM ops_data_quality AS judged
            WHERE judged.batch_id = batch.batch_id AND judged.metric_name = ANY(%s) AND NOT judged.passed
        )
    ORDER BY batch.batch_id
    LIMIT %s
"""
# Nothing where the batch was taken out of the warehouse meanwhile: what came of it is given again with the batch.
_RECORD = """
    INSERT INTO ops_subworker_runs
        (subworker, batch_id, status, rows_in, rows_out, started_at, seconds, error, batch_loaded_at)
    SELECT %s, batch_id, %s, %s, %s, %s, %s, %s, %s FROM ops_batch_runs WHERE batch_id = %s
    ON CONFLICT (subworker, batch_id) DO UPDATE SET
        status = excluded.status, rows_in = excluded.rows_in, rows_out = excluded.rows_out,
        started_at = excluded.started_at, seconds = excluded.seconds, error = excluded.error,
        batch_loaded_at = excluded.batch_loaded_at, attempts = ops_subworker_runs.attempts + 1
"""
_NO_LIMIT = 2**63 - 1
HOLDING_BACK = ("no_duplicate_offer", "referential_integrity", "depth_adds_up")
"""Rules of the quality's list that hold a batch back while it breaks one of them. The quality comes after the warehouse
and can't be asked from here; a test holds the two lists together."""


class WaitingBatch(NamedTuple):
    """A batch in the warehouse that a subworker has not done, or not since it was loaded again."""

    batch_id: int
    started_at: datetime
    loaded_at: datetime


def run_subworkers(
    server: WarehouseServer,
    which: Iterable[str] | None = None,
    *,
    up_to: int | None = None,
    most_batches: int | None = None,
    subworkers: Iterable[Subworker] | None = None,
) -> list[SubworkerReport]:
    """Let subworkers do the batches that wait for them; returns a report for each batch given to each.

    `which` names some of them (None: all), `up_to` is the last batch to be given, `most_batches` at most as many to
    each. One that fails keeps its place and costs the others nothing. One that another process is running is left out.
    Raises WarehouseError where there is no warehouse, and SubworkerError for an unknown name.
    """
    known = registered_subworkers() if subworkers is None else tuple(subworkers)
    reports: list[SubworkerReport] = []
    for subworker in chosen(known, which):
        # Connections of its own: whatever a subworker does to them ends with it.
        program = f"p2p subworker {subworker.name}"
        with explaining(server), connect(server, program=program, autocommit=True) as connection:
            if not _is_mine(connection, subworker):
                _log.info("subworker %s is run by another process; it is left to that one", subworker.name)
                continue
            with connect(server, program=program) as writing:
                reports += _run(connection, writing, subworker, up_to, most_batches)
    return reports


def run_on_batch(
    connection: Connection[tuple[object, ...]], subworker: Subworker, batch_id: int, rows: Iterable[OfferRow]
) -> SubworkerReport:
    """Give one batch of rows to a subworker, in the caller's transaction and without the ledger.

    For trying a subworker alone, on rows made by hand. What it raises, this raises.
    """
    _make_tables(connection, subworker)
    counted = _Counted(iter(rows))
    started_at, since = datetime.now(UTC), time.monotonic()
    written = subworker.work(connection, batch_id, counted)
    seconds = time.monotonic() - since
    return SubworkerReport(subworker.name, batch_id, RunStatus.DONE, counted.count, written, started_at, seconds)


def waiting_batches(
    connection: Connection[tuple[object, ...]], subworker: str, up_to: int | None = None, most: int | None = None
) -> list[WaitingBatch]:
    """What a subworker has not done yet, oldest first, without what a rule holds back."""
    last = _NO_LIMIT if up_to is None else up_to
    found = connection.execute(_WAITING, (subworker, last, list(HOLDING_BACK), most))
    return [WaitingBatch._make(row) for row in found]


@dataclass(slots=True)
class _Counted:
    rows: Iterator[OfferRow] = field(default_factory=lambda: iter(()))
    count: int = 0

    def __iter__(self) -> Iterator[OfferRow]:
        return self

    def __next__(self) -> OfferRow:
        row = next(self.rows)
        self.count += 1
        return row


def _is_mine(connection: Connection[tuple[object, ...]], subworker: Subworker) -> bool:
    """Whether nobody else runs it; the lock goes with the connection, however that ends."""
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
    found = connection.execute(query, [f"p2p subworker {subworker.name}"]).fetchone()
    return found is not None and bool(found[0])


def _run(
    reading: Connection[tuple[object, ...]],
    writing: Connection[tuple[object, ...]],
    subworker: Subworker,
    up_to: int | None,
    most_batches: int | None,
) -> Iterator[SubworkerReport]:
    for batch in waiting_batches(reading, subworker.name, up_to, most_batches):
        report = _do(reading, writing, subworker, batch)
        yield report
        if report.status is RunStatus.FAILED:
            # The batches after it wait: a subworker gets them in order.
            return


def _do(
    reading: Connection[tuple[object, ...]],
    writing: Connection[tuple[object, ...]],
    subworker: Subworker,
    batch: WaitingBatch,
) -> SubworkerReport:
    started_at, since = datetime.now(UTC), time.monotonic()
    counted = _Counted()

    def report(status: RunStatus, written: int = 0, error: str | None = None) -> SubworkerReport:
        seconds = time.monotonic() - since
        return SubworkerReport(
            subworker.name, batch.batch_id, status, counted.count, written, started_at, seconds, error
        )

    try:
        with (
            writing.transaction(),
            batch_rows(reading, batch.batch_id, batch.started_at, subworker.receives) as rows,
        ):
            counted.rows = rows
            _make_tables(writing, subworker)
            done = report(RunStatus.DONE, subworker.work(writing, batch.batch_id, counted))
            _record(writing, done, batch)
    except Exception as error:  # noqa: BLE001 - whatever a subworker raises costs only itself
        _log.warning("subworker %s failed on batch %s", subworker.name, batch.batch_id, exc_info=error)
        failed = report(RunStatus.FAILED, error=_sentence(error))
        # Not over `writing`, which the subworker may have spoiled. Where this fails too, the server is gone.
        _record(reading, failed, batch)
        return failed
    return done


def _make_tables(connection: Connection[tuple[object, ...]], subworker: Subworker) -> None:
    if subworker.schema:
        connection.execute(subworker.schema.encode())


def _record(connection: Connection[tuple[object, ...]], report: SubworkerReport, batch: WaitingBatch) -> None:
    values = (
        report.subworker,
        report.status,
        report.rows_in,
        report.rows_out,
        report.started_at,
        report.seconds,
        report.error,
        batch.loaded_at,
        batch.batch_id,
    )
    connection.execute(_RECORD, values)


def _sentence(error: Exception) -> str:
    text = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    told = " ".join((text or str(error)).replace("\0", "").split())
    if isinstance(error, SubworkerError):
        return told[:_LONGEST_ERROR]
    return f"{type(error).__name__}: {told}"[:_LONGEST_ERROR]
