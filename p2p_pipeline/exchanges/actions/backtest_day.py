"""A day of frames under other rules, into the lake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pyarrow import parquet

from p2p_pipeline.exchanges.actions.replay_hours import first_of_run
from p2p_pipeline.exchanges.backtest.running import Moment, backtest
from p2p_pipeline.exchanges.backtest.setups import Sweep
from p2p_pipeline.exchanges.backtest.summary import Summary
from p2p_pipeline.exchanges.frames.folder import HOUR
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.replay.notes import SERVICE, ScanBegan, Started, moment, note_of
from p2p_pipeline.exchanges.replay.scans import RunReplay, Unread
from p2p_pipeline.exchanges.tables.rows import stored
from p2p_pipeline.exchanges.tables.schema import BACKTESTS
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.parquet_file import WRITING, replacing


def backtest_hours(paths: DataPaths, hours: list[datetime], sweep: Sweep | None = None) -> list[Summary]:
    """Try all choices of rules on hours of one day, and write the day's table. Nothing where there is no run."""
    moments = _Moments(paths, hours)
    first = next(moments, None)
    if first is None or moments.started is None:
        return []
    started = moments.started
    found = backtest(_with(first, moments), started.rules, sweep or Sweep(), started.scan_seconds)
    day = hours[0].replace(hour=0)
    rows = BACKTESTS.table_of([_row(day, moments.count, one) for one in found])
    with replacing(paths.lake / BACKTESTS.name / f"date={day:%Y-%m-%d}" / "day.parquet") as aside:
        parquet.write_table(rows, aside, **WRITING)
    return found


class _Moments(Iterator[Moment]):
    """The market at every place of the grid that had a scan."""

    def __init__(self, paths: DataPaths, hours: list[datetime]) -> None:
        self.started: Started | None = None
        self.count = 0
        self._found = self._moments(paths, hours)

    def __next__(self) -> Moment:
        return next(self._found)

    def _moments(self, paths: DataPaths, hours: list[datetime]) -> Iterator[Moment]:
        if not hours:
            return
        folder, end = paths.exchange_frames, hours[-1] + HOUR
        run, start = first_of_run(paths, hours[0])
        if run is not None:
            self.started = run.started
        unread = Unread(read_frames(folder, [SERVICE], start, end + HOUR))
        for frame in read_frames(folder, None, start, end):
            note = note_of(frame) if frame.exchange == SERVICE else None
            if isinstance(note, Started):
                run, self.started = RunReplay(note), note
            elif run is None:
                continue
            elif isinstance(note, ScanBegan):
                at = moment(note.at_ns)
                if at >= hours[0]:
                    self.count += 1
                    yield Moment(note.cycle, at, run.books.view(frame.received_at_ns or 0), run.identity)
            elif not unread.was_passed_over(frame):
                run.take(frame)


def _with(first: Moment, rest: Iterator[Moment]) -> Iterator[Moment]:
    yield first
    yield from rest


def _row(day: datetime, scans: int, found: Summary) -> dict[str, Any]:
    setup, later, interval = found.setup, found.later, found.later.edge_interval
    survived = {
        key: value
        for cycles, one in found.survived.items()
        for key, value in ((f"survived_{cycles}", one.survived), (f"survived_{cycles}_known", one.known))
    }
    return {
        "day": day,
        "min_net_edge_pct": stored(setup.min_net_edge_pct),
        "max_age_seconds": setup.max_age_seconds,
        "notional": stored(setup.notional),
        "fee_factor": stored(setup.fee_factor),
        "scans": scans,
        "opportunities": found.opportunities,
        "still_alive": found.still_alive,
        "lived": json.dumps({str(scans): count for scans, count in found.lived.items()}),
        **survived,
        "survived_transfer": found.survived_transfer.survived,
        "survived_transfer_known": found.survived_transfer.known,
        "promised_profit": stored(found.promised_profit),
        "acted": later.opportunities,
        "later_profit": stored(later.total_profit),
        "later_edge_pct": later.mean_edge_pct,
        "later_edge_low_pct": None if interval is None else interval.low,
        "later_edge_high_pct": None if interval is None else interval.high,
        "share_still_paying": later.share_still_paying,
    }
