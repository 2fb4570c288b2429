"""Which sweeps the raw store has, and what each of them read.

    stored_batches(reader, "binance", day)            # -> [SweepReport] in order, without those that still run
    batch_snapshots(reader, "binance", batch_id)      # -> StoredSnapshot | Damage, fiat after fiat
    with day_batches(reader, "binance", day, folder) as batches:        # a whole day in order, closed days too
        for report, snapshots in batches: …

A batch lies in the files of the day it began on, a file a fiat. While a file grows, one batch is found by the index
without decompressing the others. A repacked day can only be read from its beginning on, so that reading it batch by
batch would decompress it once a batch: `day_batches` reads each file once instead, and keeps the batches apart in a
spool on the disk. Only one file is open at a time: each has a window of up to 128 MB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path

import orjson

from p2p_pipeline.p2p.capture.sweeps.claim import running_batches
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus, batch_id_of, batch_moment
from p2p_pipeline.p2p.capture.sweeps.spool import BatchSpool
from p2p_pipeline.p2p.markets import moment_text
from p2p_pipeline.p2p.raw.capture import Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot, moment_in_id, sweep_key, sweep_reports_key


class Told(StrEnum):
    """What a sweep says of itself, and when."""

    BEGUN = "begun"
    ENDED = "ended"


Snapshots = Iterable[StoredSnapshot | Damage]


def report_id(venue: str, told: Told, batch_id: int) -> str:
    """The snapshot id of what a sweep says of itself, at its beginning or at its end."""
    return f"{sweep_reports_key(venue)}:{told}:{moment_text(batch_moment(batch_id))}"


def told_in(snapshot_id: str) -> Told | None:
    """Which of a sweep's reports an id names; None where it names none."""
    _, _, rest = snapshot_id.partition(":")
    try:
        return Told(rest.partition(":")[0])
    except ValueError:
        return None


def batch_of(snapshot_id: str) -> int | None:
    """The batch a sweep's snapshot belongs to; None for an id that names no moment."""
    moment = moment_in_id(snapshot_id)
    return None if moment is None else batch_id_of(moment)


def stored_batches(reader: RawReader, venue: str, day: date) -> list[SweepReport]:
    """The sweeps that began on a UTC day, in order, as they ended.

    One that was killed is INTERRUPTED, and its report only says what it set out to do: `ended_at` is its beginning,
    and what it read has to be counted from its snapshots. One that still runs on this machine is left out.
    """
    key = sweep_reports_key(venue)
    if key not in reader.file_keys(day):
        return []
    listed = set(reader.snapshot_ids(day, key))
    # In this order: a sweep that was listed and does not run now has written its end before the file is read.
    running = running_batches(reader.state_folder, venue)
    begun: dict[int, SweepReport] = {}
    ended: dict[int, SweepReport] = {}
    for name, report in _reports(reader, day, key):
        (ended if told_in(name) is Told.ENDED else begun)[report.batch_id] = report
    for batch_id, report in begun.items():
        if batch_id not in ended and batch_id not in running and report_id(venue, Told.BEGUN, batch_id) in listed:
            ended[batch_id] = _interrupted(reader, report)
    return [ended[batch_id] for batch_id in sorted(ended)]


def batch_snapshots(reader: RawReader, venue: str, batch_id: int) -> Iterator[StoredSnapshot | Damage]:
    """Everything a sweep stored of its market sides, fiat after fiat, one snapshot in memory at a time."""
    day, accept_id = batch_moment(batch_id).date(), _is_of(batch_id)
    for key in sweep_keys(reader, venue, day):
        yield from reader.read_some(day, key, accept_id)


def batch_snapshot_ids(reader: RawReader, venue: str, batch_id: int) -> list[str]:
    """Which snapshots a sweep stored, without decompressing any."""
    day, accept_id = batch_moment(batch_id).date(), _is_of(batch_id)
    return [name for key in sweep_keys(reader, venue, day) for name in reader.snapshot_ids(day, key) if accept_id(name)]


def day_snapshot_ids(reader: RawReader, venue: str, day: date) -> dict[int, list[str]]:
    """Which snapshots each sweep of a day stored, in one pass over the indexes and without decompressing any."""
    found: dict[int, list[str]] = defaultdict(list)
    for key in sweep_keys(reader, venue, day):
        for name in reader.snapshot_ids(day, key):
            batch_id = batch_of(name)
            if batch_id is not None:
                found[batch_id].append(name)
    return found


@contextmanager
def day_batches(
    reader: RawReader, venue: str, day: date, spool_folder: Path, wanted: Container[int] | None = None
) -> Iterator[Iterator[tuple[SweepReport, Snapshots]]]:
    """All batches of a day, or those that are `wanted`, in order, each with its snapshots, however the day is stored.

    A file that holds nothing of them is not read. `spool_folder` is where the snapshots of a repacked day are kept
    apart until the block is left; a batch's spool goes as soon as the next one is asked for. Each batch's snapshots can
    be gone through once.
    """
    batches = [report for report in stored_batches(reader, venue, day) if wanted is None or report.batch_id in wanted]
    kept = {report.batch_id for report in batches}
    keys = [
        key
        for key in (sweep_keys(reader, venue, day) if kept else ())
        if not kept.isdisjoint(map(batch_of, reader.snapshot_ids(day, key)))
    ]
    # A packed frame holds many batches: read batch by batch, it would be decompressed anew for each.
    if not any(reader.is_packed(day, key) for key in keys):
        yield ((report, batch_snapshots(reader, venue, report.batch_id)) for report in batches)
        return
    with BatchSpool(spool_folder) as spool:
        for key in keys:
            for where, lines in reader.lines_of_all(day, key):
                batch_id = batch_of(where.snapshot_id)
                if batch_id in kept:
                    spool.keep(batch_id, where, lines)
        yield ((report, spool.take(report.batch_id)) for report in batches)


def sweep_keys(reader: RawReader, venue: str, day: date) -> list[str]:
    """The files of a day that hold what a venue's sweeps read, one a fiat."""
    beginning = sweep_key(venue, "")
    return [key for key in reader.file_keys(day) if key.startswith(beginning)]


def _is_of(batch_id: int) -> Callable[[str], bool]:
    end = f":{moment_text(batch_moment(batch_id))}"
    return lambda name: name.endswith(end)


def _reports(reader: RawReader, day: date, key: str) -> Iterator[tuple[str, SweepReport]]:
    for found in reader.read(day, key):
        if not isinstance(found, StoredSnapshot):
            continue
        for capture, _ in found.captures:
            if capture.purpose is Purpose.SWEEP_REPORT:
                try:
                    yield found.snapshot_id, SweepReport.from_json(orjson.loads(capture.body))
                except (ValueError, KeyError, TypeError):
                    # Another version's report: its snapshots tell what it read, as for one that was killed.
                    continue


def _interrupted(reader: RawReader, begun: SweepReport) -> SweepReport:
    stored = len(batch_snapshot_ids(reader, begun.venue, begun.batch_id))
    return replace(
        begun,
        status=SweepStatus.INTERRUPTED,
        ended_at=begun.started_at,
        trouble=f"It was killed before its end: {stored} of {begun.sides} market sides had been stored.",
    )
