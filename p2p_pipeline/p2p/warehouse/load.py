"""Load a batch: one transaction from COPY to the ledger row, so that it is there as a whole or not at all.

    report = load_batch(connection, batch, replay=replay)

Loading the same batch again changes nothing. One that comes late leaves the warehouse as if all had come in order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

from psycopg import Connection
from psycopg.pq import TransactionStatus

from p2p_pipeline.kernel.tracing import batch_span, span
from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.warehouse.batch import Batch, ExtractionError, LoadReport, MarketRead
from p2p_pipeline.p2p.warehouse.late import unload_later
from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold
from p2p_pipeline.p2p.warehouse.merge import Merged, merge
from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.p2p.warehouse.rows import StagedBatch, copy_bytes, copy_line, stored_text
from p2p_pipeline.p2p.warehouse.staging import (
    clear_staging,
    make_staging,
    stage,
    stage_all_lines,
    stage_new_lines,
    stage_sides,
)
from p2p_pipeline.p2p.warehouse.statements import rows, run
from p2p_pipeline.postgres.server import WarehouseError

Checkpoint = Callable[[str], None]
"""Told `staged`, `merged`, `before_commit`, `committed`, in this order: where a test ends the process."""


_PLANNING = (
    # Joins of a whole market in memory: hashing on disk would cost more than the rest.
    "SET LOCAL work_mem = '128MB'",
    # Staging tables have no statistics (ANALYZE would cost more than it saves), so the planner can't know that sorting
    # both sides of a join is never better here, and that what is looked up lies in memory.
    "SET LOCAL enable_mergejoin = off",
    "SET LOCAL enable_sort = off",
    "SET LOCAL random_page_cost = 1.1",
)


class Replay(Protocol):
    """Reads market sides of a stored batch once more, from the raw store."""

    def __call__(self, batch_id: int, market_sides: frozenset[MarketSide], /) -> Iterable[MarketRead]:
        """Only those market sides of the batch."""


def load_batch(
    connection: Connection[tuple[Any, ...]],
    batch: Batch,
    *,
    replay: Replay | None = None,
    payments: PaymentMap | None = None,
    checkpoint: Checkpoint = lambda _: None,
) -> LoadReport:
    """Bring a batch in. Two loaders take turns; what is open on the connection is committed before.

    `replay` is needed where a batch comes late: it gives the later batches' reads of the same market sides. Raises
    WarehouseError without it.
    """
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.commit()
    started = time.perf_counter()
    with batch_span("load", batch.batch_id) as told, connection.transaction():
        hold(connection, WarehouseLock.LOAD)
        known = _known_digest(connection, batch.batch_id, batch.report.venue)
        if known is not None and known == batch.content_digest:
            return LoadReport(batch.batch_id, is_new=False)
        load = _Load(connection, batch, replay, payments or PaymentMap.load(), checkpoint)
        report = load.run(known, started)
        told.set(offers=report.offers_extracted, inserted=report.offers_inserted, updated=report.offers_updated)
        checkpoint("before_commit")
    checkpoint("committed")
    return report


class _Load:
    """The steps of one load, in its transaction."""

    def __init__(
        self,
        connection: Connection[tuple[Any, ...]],
        batch: Batch,
        replay: Replay | None,
        payments: PaymentMap,
        checkpoint: Checkpoint,
    ) -> None:
        self._connection = connection
        self._batch = batch
        self._replay = replay
        self._payments = payments
        self._checkpoint = checkpoint
        self._moment = batch_moment(batch.batch_id)
        self._venue = batch.report.venue

    def run(self, known: str | None, started: float) -> LoadReport:
        for setting in _PLANNING:
            self._connection.execute(setting)
        make_staging(self._connection)
        with StagedBatch() as staged:
            with span("stage"):
                stage(self._connection, staged, self._batch.reads)
            return self._bring_in(staged, known, started)

    def _bring_in(self, staged: StagedBatch, known: str | None, started: float) -> LoadReport:
        digest = self._batch.content_digest or staged.digest
        if known == digest:
            return LoadReport(self._batch.batch_id, is_new=False)
        self._checkpoint("staged")
        with span("merge"):
            merged = self._merge(staged, is_reload=known is not None)
        self._checkpoint("merged")
        errors = tuple(self._batch.errors)
        seconds = time.perf_counter() - started
        with span("ledger"):
            self._write_ledger(staged, merged, errors, digest, seconds)
        return LoadReport(
            self._batch.batch_id,
            is_new=True,
            offers_extracted=staged.offers,
            offers_inserted=merged.inserted,
            offers_updated=merged.updated,
            offers_closed=merged.closed,
            errors=len(errors),
            seconds=seconds,
        )

    def _merge(self, staged: StagedBatch, *, is_reload: bool) -> Merged:
        batch_id = self._batch.batch_id
        # Before any dimension is written: making days waits for who writes one, and must not be waited for meanwhile.
        self._make_partitions(self._moment, staged)
        stage_sides(self._connection, staged, self._venue)
        [(has_later,)] = rows(self._connection, "ledger.sql", "has_later", batch_id=batch_id, venue=self._venue)
        if not has_later and not is_reload:
            stage_new_lines(self._connection, staged)
            return merge(self._connection, staged, self._venue, batch_id, self._moment, self._payments)
        stage_all_lines(self._connection, staged)
        later = unload_later(self._connection, self._venue, batch_id, self._moment, is_reload=is_reload)
        merged = merge(self._connection, staged, self._venue, batch_id, self._moment, self._payments)
        for name in ("first_seen_offers", "first_seen_terms"):
            run(self._connection, "late.sql", name, moment=self._moment)
        for later_id, market_sides in later.items():
            self._merge_again(later_id, market_sides)
        return merged

    def _merge_again(self, batch_id: int, market_sides: frozenset[MarketSide]) -> None:
        if self._replay is None:
            raise WarehouseError(
                f"batch {self._batch.batch_id} comes after batch {batch_id}, which read the same markets; load it from "
                "the raw store (p2p warehouse rebuild) so that both can be brought in order"
            )
        clear_staging(self._connection)
        reads = self._replay(batch_id, market_sides)
        with StagedBatch() as staged:
            stage(self._connection, staged, (read for read in reads if read.market_side in market_sides))
            self._merge_staged_again(batch_id, market_sides, staged)

    def _merge_staged_again(self, batch_id: int, market_sides: frozenset[MarketSide], staged: StagedBatch) -> None:
        moment = batch_moment(batch_id)
        self._refuse_loss(batch_id, market_sides - {side.market_side for side in staged.sides})
        self._make_partitions(moment, staged)
        stage_sides(self._connection, staged, self._venue)
        stage_all_lines(self._connection, staged)
        merged = merge(self._connection, staged, self._venue, batch_id, moment, self._payments)
        run(
            self._connection,
            "late.sql",
            "add_counts",
            batch_id=batch_id,
            inserted=merged.inserted,
            updated=merged.updated,
            closed=merged.closed,
        )

    def _refuse_loss(self, batch_id: int, lost: frozenset[MarketSide]) -> None:
        # What was taken out has to come back: else a late batch would delete what later ones had read.
        if lost:
            first = min(lost, key=str)
            raise WarehouseError(
                f"batch {self._batch.batch_id} comes before batch {batch_id}, of which the raw store no longer gives "
                f"{len(lost)} of the market sides that the warehouse holds, the first {first}; nothing was changed: "
                f"put raw/{batch_moment(batch_id):%Y-%m-%d} back from a backup (p2p verify tells what is damaged) and "
                "load again"
            )

    def _make_partitions(self, moment: datetime, staged: StagedBatch) -> None:
        days = {side.extracted_at.date() for side in staged.sides} | {moment.date()}
        ensure_partitions(self._connection, days)

    def _write_ledger(
        self, staged: StagedBatch, merged: Merged, errors: tuple[ExtractionError, ...], digest: str, seconds: float
    ) -> None:
        report = self._batch.report if self._batch.final_report is None else self._batch.final_report()
        run(
            self._connection,
            "ledger.sql",
            "write",
            batch_id=report.batch_id,
            started_at=self._moment,
            ended_at=max(report.ended_at, self._moment),
            status=str(report.status),
            fiats=len({side.market_side.market.fiat for side in staged.sides}),
            offers=staged.offers,
            inserted=merged.inserted,
            updated=merged.updated,
            closed=merged.closed,
            errors=len(errors),
            venue=report.venue,
            source=str(self._batch.source),
            worker=report.worker,
            workers=report.workers,
            markets=report.markets,
            markets_complete=report.markets_complete,
            sides=len(staged.sides),
            quarantined=staged.quarantined,
            requests=report.requests,
            failed_requests=report.failed_requests,
            seconds=report.seconds,
            load_seconds=seconds,
            digest=digest,
        )
        run(self._connection, "ledger.sql", "forget_errors", batch_id=report.batch_id)
        if errors:
            self._write_errors(errors)

    def _write_errors(self, errors: tuple[ExtractionError, ...]) -> None:
        lines = [
            copy_line(
                (
                    self._batch.batch_id, error.at, error.fiat, error.asset, error.side, error.page,
                    stored_text(error.error_type), error.message, error.stack_trace, error.retry_count,
                    error.is_resolved,
                )
            )
            for error in errors
        ]  # fmt: skip
        command = (
            "COPY ops_extraction_errors (batch_id, error_timestamp, fiat_code, crypto_symbol, trade_type, page_number, "
            "error_type, error_message, stack_trace, retry_count, is_resolved) FROM STDIN"
        )
        with self._connection.cursor() as cursor, cursor.copy(command) as copy:
            copy.write(copy_bytes("".join(lines)))


def _known_digest(connection: Connection[tuple[Any, ...]], batch_id: int, venue: str) -> str | None:
    found = rows(connection, "ledger.sql", "digest", batch_id=batch_id)
    if not found:
        return None
    [(digest, other)] = found
    if other != venue:
        raise WarehouseError(
            f"batch {batch_id} of {venue} began in the same millisecond as one of {other}, and a batch is known by "
            "that: sweeps of one data folder never do: give each data folder a database of its own"
        )
    return str(digest)
