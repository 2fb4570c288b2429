"""When each market side was last answered: what freshness means, for the watch, the check and the board's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from p2p_pipeline.p2p.capture.sweeps.batches import Told, told_in
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import StoredSnapshot, moment_in_id, sweep_reports_key

LOOK_BACK = timedelta(hours=1)
"""A venue that refuses for days leaves thousands of failed snapshots, which a look each minute must not all read."""


def newest_answers(
    reader: RawReader, sides: Iterable[MarketSide], now: datetime, stale_after_seconds: float
) -> dict[MarketSide, datetime | None]:
    """When each side's newest snapshot with a usable page was answered; None when that is long ago or never was.

    A snapshot that only tells how collecting failed is none: it would make a dead market look fresh.
    """
    oldest = now - max(LOOK_BACK, timedelta(seconds=stale_after_seconds))
    return {side: _answered_at(newest_answer(reader, side, now, oldest)) for side in sides}


def newest_answer(reader: RawReader, side: MarketSide, now: datetime, oldest: datetime) -> StoredSnapshot | None:
    """The newest snapshot of a side with a usable page, if it is not older than `oldest`."""
    young = takewhile(lambda stored: stored.snapshot_at >= oldest, reader.newest_first(side, now))
    return next((stored for stored in young if stored.has_answer), None)


def newest_sweep(reader: RawReader, venue: str, now: datetime) -> datetime | None:
    """When the newest stored sweep of today or yesterday that has ended began, told without decompressing any."""
    key = sweep_reports_key(venue)
    for day in (now.date(), now.date() - timedelta(days=1)):
        if key in reader.file_keys(day):
            began = [moment_in_id(name) for name in reader.snapshot_ids(day, key) if told_in(name) is Told.ENDED]
            found = [moment for moment in began if moment is not None]
            if found:
                return max(found)
    return None


def _answered_at(snapshot: StoredSnapshot | None) -> datetime | None:
    return None if snapshot is None else snapshot.snapshot_at
