"""What the raw store says of the sweeps: read beside whoever writes it, a little at a time."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from p2p_pipeline.monitoring.catalogue import Sample
from p2p_pipeline.p2p.capture.sweeps.batches import Told, batch_of, told_in
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.raw.capture import Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import StoredSnapshot

DAYS_LOOKED_AT = 2
KILLED_AFTER = timedelta(minutes=20)
"""A sweep that began longer ago and has not ended will not end: its budget is far less."""
_REPORTS = ".sweeps"


@dataclass(slots=True)
class _Day:
    """What was read of a day's reports so far."""

    read_to: int = 0
    begun: dict[int, SweepReport | None] = field(default_factory=dict)
    ended: dict[int, SweepReport] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawNumbers:
    """The sweeps of the last days as they tell of themselves."""

    ended: tuple[SweepReport, ...]
    running: tuple[SweepReport, ...]
    """Begun, not ended, and young enough to be still at it."""
    to_be_loaded: frozenset[int]
    """Ids of batches that are over: ended, or killed."""
    free_bytes: float | None


class RawWatcher:
    """Remembers what it has read: a look after the first costs only what was stored since."""

    def __init__(self, data_folder: Path) -> None:
        self._root = data_folder
        self._reader = RawReader(data_folder)
        self._days: dict[tuple[date, str], _Day] = {}
        self._mutex = threading.Lock()

    def read(self, now: datetime) -> RawNumbers:
        """Look at the reports of the last days. Raises RawStoreError where another version wrote the folder."""
        with self._mutex:
            self._update(now)
            days = list(self._days.values())
        begun = {batch_id: said for day in days for batch_id, said in day.begun.items()}
        ended = {batch_id: said for day in days for batch_id, said in day.ended.items()}
        open_ids = begun.keys() - ended.keys()
        running = {
            batch_id: said
            for batch_id in open_ids
            if (said := begun[batch_id]) is not None and now - said.started_at < KILLED_AFTER
        }
        return RawNumbers(
            tuple(ended.values()),
            tuple(running.values()),
            frozenset(ended.keys() | (open_ids - running.keys())),
            _free_bytes(self._root),
        )

    def _update(self, now: datetime) -> None:
        today = now.astimezone(UTC).date()
        looked_at = {today - timedelta(days=back) for back in range(DAYS_LOOKED_AT)}
        self._days = {key: day for key, day in self._days.items() if key[0] in looked_at}
        for day in looked_at.intersection(self._reader.days()):
            for file_key in self._reader.file_keys(day):
                if file_key.endswith(_REPORTS):
                    known = self._days.setdefault((day, file_key), _Day())
                    _take_in(known, self._reader, day, file_key)


def _take_in(known: _Day, reader: RawReader, day: date, file_key: str) -> None:
    end = reader.end_offset(day, file_key)
    if end < known.read_to:
        # The file was replaced by a shorter one, as after a restored backup.
        known.read_to, known.begun, known.ended = 0, {}, {}
    for found in reader.read(day, file_key, known.read_to, end):
        if isinstance(found, StoredSnapshot):
            _note(known, found)
    known.read_to = end


def _note(known: _Day, snapshot: StoredSnapshot) -> None:
    told, report = told_in(snapshot.snapshot_id), _report(snapshot)
    batch_id = report.batch_id if report else batch_of(snapshot.snapshot_id)
    if batch_id is None:
        return
    if told is Told.BEGUN:
        known.begun[batch_id] = report
    elif told is Told.ENDED and report is not None:
        known.ended[batch_id] = report


def _report(snapshot: StoredSnapshot) -> SweepReport | None:
    for capture, _ in snapshot.captures:
        if capture.purpose is Purpose.SWEEP_REPORT:
            try:
                return SweepReport.from_json(orjson.loads(capture.body))
            except (ValueError, KeyError, TypeError):
                return None
    return None


def raw_samples(numbers: RawNumbers, loaded_ids: frozenset[int] | None, now: datetime) -> list[Sample]:
    """The numbers as samples; what is to be loaded can be told only where the warehouse said what it has."""
    samples = []
    running = {_labels(report): report for report in numbers.running}
    newest = _newest(numbers.ended)
    for labels in sorted(newest.keys() | running.keys()):
        if labels in newest:
            age = max(0.0, (now - newest[labels].ended_at).total_seconds())
            samples.append(Sample("p2p_raw_sweep_age_seconds", age, labels))
        for_seconds = max(0.0, (now - running[labels].started_at).total_seconds()) if labels in running else 0.0
        samples.append(Sample("p2p_sweep_running_seconds", for_seconds, labels))
    if loaded_ids is not None:
        samples.append(Sample("p2p_load_pending_batches", len(numbers.to_be_loaded - loaded_ids)))
    if numbers.free_bytes is not None:
        samples.append(Sample("p2p_data_folder_free_bytes", numbers.free_bytes))
    return samples


def pending_since(now: datetime) -> datetime:
    """From when on a batch in the raw store may be one that RawNumbers speaks of."""
    return now - timedelta(days=DAYS_LOOKED_AT)


def _newest(reports: Iterable[SweepReport]) -> dict[tuple[str, str], SweepReport]:
    """Of each worker of as many as there are now the newest report."""
    ordered = sorted(reports, key=lambda report: report.batch_id)
    workers = {report.venue: report.workers for report in ordered}
    return {_labels(report): report for report in ordered if report.workers == workers[report.venue]}


def _labels(report: SweepReport) -> tuple[str, str]:
    return report.venue, str(report.worker)


def _free_bytes(folder: Path) -> float | None:
    try:
        return float(shutil.disk_usage(folder).free)
    except OSError:
        return None
