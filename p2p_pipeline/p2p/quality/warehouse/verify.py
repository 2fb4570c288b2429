"""Look at everything the warehouse holds of some days again, batch by batch, against the raw store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from p2p_pipeline.p2p.capture.sweeps.batches import day_batches, stored_batches
from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.warehouse.batch import Connection, RawBatch, rows, sql_text
from p2p_pipeline.p2p.quality.warehouse.index_checks import check_indexes
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judged_batch
from p2p_pipeline.p2p.quality.warehouse.raw import reads_and_damage
from p2p_pipeline.p2p.quality.warehouse.record import record_outcomes
from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.quality.warehouse.verify_report import VerifiedBatch, VerifyReport
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.venues.wire import Venue
from p2p_pipeline.p2p.warehouse.retention import first_kept_day
from p2p_pipeline.p2p.warehouse.swept_days import no_sweeps, swept_days
from p2p_pipeline.postgres.server import WarehouseError

__all__ = ["Progress", "VerifyReport", "verify_batches"]

Progress = Callable[[int, int], None]
"""Batches done, of how many."""


def verify_batches(
    connection: Connection,
    reader: RawReader,
    venue: Venue,
    payments: PaymentMap,
    from_day: date,
    to_day: date,
    progress: Progress = lambda _done, _of: None,
    *,
    settings: WarehouseSettings,
    now: datetime,
    spool_folder: Path,
    interval_minutes: int = 10,
    is_recorded: bool = True,
    with_indexes: bool = True,
) -> VerifyReport:
    """Judge every batch that began on these UTC days by every rule of a batch, reading all of them again from raw.

    `spool_folder` is where a repacked day is kept apart by batch while it is read. With `is_recorded` the outcomes
    replace those of ops_data_quality, batch by batch. Takes some seconds a batch of a full market. Raises
    WarehouseError where these days have no batch, neither stored nor loaded: that nothing holds is not that all does.
    """
    began = monotonic()
    report = VerifyReport(from_day, to_day)
    days = [from_day + timedelta(days=step) for step in range((to_day - from_day).days + 1)]
    loaded = {day: _loaded(connection, venue.name, day) for day in days}
    stored = {day: {run.batch_id for run in stored_batches(reader, venue.name, day)} for day in days}
    total = sum(len(loaded[day] | stored[day]) for day in days)
    if not total:
        there = swept_days(connection, reader, venue.name)
        raise WarehouseError("there is nothing to verify: {no_sweeps}", no_sweeps=no_sweeps(there, from_day, to_day))
    verifier = _Verifier(connection, settings, now, is_recorded, report, progress, total)
    for day in days:
        with day_batches(reader, venue.name, day, spool_folder) as batches:
            for run, snapshots in batches:
                if run.batch_id in loaded[day]:
                    loaded[day].discard(run.batch_id)
                    verifier.judge(run.batch_id, partial(reads_and_damage, reader, run, venue, payments, snapshots))
                else:
                    verifier.miss(run.batch_id)
        for batch_id in sorted(loaded[day]):
            verifier.judge(batch_id, None)
    report.batches.sort(key=lambda batch: batch.batch_id)
    report.missing_steps = _missing_steps(connection, venue.name, days, now, interval_minutes)
    if with_indexes:
        report.indexes = check_indexes(connection)
        connection.commit()
    report.seconds = monotonic() - began
    return report


@dataclass(slots=True)
class _Verifier:
    connection: Connection
    settings: WarehouseSettings
    now: datetime
    is_recorded: bool
    report: VerifyReport
    progress: Progress
    total: int
    done: int = 0

    def judge(self, batch_id: int, raw: RawBatch | None) -> None:
        batch = judged_batch(self.connection, batch_id, self.settings, self.now, raw=raw)
        # Great Expectations' suites look at one batch for people; what they ask is asked here in SQL already.
        names = rule_names(of_now=False, raw=raw is not None, own_connection=False)
        outcomes = [WAREHOUSE_JUDGES[name](batch) for name in names]
        if self.is_recorded:
            record_outcomes(self.connection, batch_id, outcomes, self.now)
        # So that no transaction stays open over a verification of days.
        self.connection.commit()
        failed = tuple(outcome for outcome in outcomes if not outcome.passed)
        self.report.batches.append(VerifiedBatch(batch_id, raw is not None, failed))
        self._tell()

    def miss(self, batch_id: int) -> None:
        oldest = first_kept_day(self.now.date(), self.settings.keep_days)
        # No sweep loads what retention has dropped.
        is_expired = batch_moment(batch_id).date() < oldest
        (self.report.expired if is_expired else self.report.not_loaded).append(batch_id)
        self._tell()

    def _tell(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


def _loaded(connection: Connection, venue: str, day: date) -> set[int]:
    begins = datetime.combine(day, time(), UTC)
    found = rows(
        connection,
        b"SELECT batch_id FROM ops_batch_runs "
        b"WHERE venue = %(venue)s AND batch_start_time >= %(begins)s AND batch_start_time < %(ends)s",
        {"venue": venue, "begins": begins, "ends": begins + timedelta(days=1)},
    )
    return {int(row["batch_id"]) for row in found}


def _missing_steps(connection: Connection, venue: str, days: list[date], now: datetime, minutes: int) -> list[datetime]:
    if not days:
        return []
    begins = datetime.combine(days[0], time(), UTC)
    ends = min(datetime.combine(days[-1], time(), UTC) + timedelta(days=1), now - timedelta(minutes=minutes))
    asked = {"venue": venue, "minutes": minutes, "from_time": begins, "to_time": ends}
    found = rows(connection, sql_text("warehouse_gaps"), asked)
    return [row["begins"] for row in found]
