"""What is remembered of each market side from sweep to sweep: one small file a worker, `state/sweeps/<share>.json`.

How many requests a second the venue put up with is in it too: to find that out again costs refusals.
It is written at a sweep's end and may be deleted at any time: then everything is due, and which market sides had offers
is told by their newest sweeps of today and yesterday, unless those are repacked already. How often an empty one was not
believed is counted anew. What a killed sweep read is told by the raw store's index.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import orjson

from p2p_pipeline.p2p.capture.sweeps.batches import Told, batch_of, batch_snapshot_ids, report_id, sweep_keys, told_in
from p2p_pipeline.p2p.capture.sweeps.claim import Share
from p2p_pipeline.p2p.capture.sweeps.plan import UNKNOWN, SideRecord, after_reading, share_of
from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage, RawStoreError, StoredSnapshot, sweep_reports_key
from p2p_pipeline.p2p.venues.wire import Venue

SWEEPS_FOLDER = "sweeps"
_VERSION = 1
_CEILING_SECONDS = 3600.0
"""What a venue puts up with may have changed since: a ceiling that was learnt before is not taken for it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How many requests a second a venue put up with, where that was less than we wanted."""

    per_second: float
    learnt_in: int
    """The batch that found it out."""

    @classmethod
    def after(cls, known: float | None, before: Self | None, batch_id: int, *, is_refused: bool) -> Self | None:
        """What to keep after a sweep that knows so much now, and was refused or was not.

        Only a refusal, or getting beyond the old one, tells something new: the old one goes on growing old otherwise.
        """
        if known is None or before is None or is_refused or known > before.per_second:
            return None if known is None else cls(known, batch_id)
        return before


class SweepMemory:
    """The records of a share's market sides."""

    def __init__(self, share: Share, records: dict[MarketSide, SideRecord], newest_batch: int = 0) -> None:
        self.records = records
        self.newest_batch = newest_batch
        """The last sweep that the records know of."""
        self._share = share

    @classmethod
    def load(cls, state_folder: Path, share: Share) -> SweepMemory:
        """Read what is there; a file that can't be read is as good as none.

        The other workers' files are looked at too: the number of workers may have changed since.
        """
        records: dict[MarketSide, SideRecord] = {}
        newest = 0
        for path in sorted((state_folder / SWEEPS_FOLDER).glob(f"{share.venue}.*.json")):
            try:
                said = orjson.loads(path.read_bytes())
                found = _read(said, share)
                batch_id = int(said["batch_id"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("%s can't be read and is passed over: %s", path, error)
                continue
            newest = max(newest, batch_id) if path.name == f"{share}.json" else newest
            for side, record in found.items():
                if (record.read_at or 0.0) >= (records.get(side, UNKNOWN).read_at or 0.0):
                    records[side] = record
        return cls(share, records, newest)

    def learn_from_stored(self, reader: RawReader, venue: Venue, listed: Collection[MarketSide], now: datetime) -> None:
        """Take in which of the sides that nothing is remembered of had offers: their absence must not be believed."""
        newest: dict[MarketSide, tuple[date, str, str]] = {}
        try:
            for day in (now.date() - timedelta(days=1), now.date()):
                # Sides' newest snapshots lie spread over a repacked file's frames: not within a sweep's time.
                for key in (key for key in sweep_keys(reader, venue.name, day) if not reader.is_packed(day, key)):
                    for name in reader.snapshot_ids(day, key):
                        side = _side_of(name)
                        if side is not None and side in listed and side not in self.records:
                            newest[side] = day, key, name
            for day, key in sorted({place[:2] for place in newest.values()}):
                names = {name for *place, name in newest.values() if place == [day, key]}
                for found in reader.read_some(day, key, names.__contains__):
                    self._learn_snapshot(found, venue)
        except (RawStoreError, OSError) as error:
            _log.warning("what earlier sweeps saw can't be read and is passed over: %s", error)

    def learn_from_killed(self, reader: RawReader, now: datetime) -> None:
        """Take in what sweeps read that were killed since: it was read, so it is not first in line."""
        key = sweep_reports_key(self._share.venue)
        for day in (now.date() - timedelta(days=1), now.date()):
            names = set(reader.snapshot_ids(day, key))
            for name in names:
                batch_id = batch_of(name)
                if told_in(name) is not Told.BEGUN or batch_id is None:
                    continue
                is_killed = report_id(self._share.venue, Told.ENDED, batch_id) not in names
                if is_killed and self._is_news(batch_id):
                    self._learn_batch(reader, batch_id)

    def save(
        self, state_folder: Path, batch_id: int, listed: Collection[MarketSide], ceiling: Ceiling | None = None
    ) -> None:
        """Write the records of what is listed now, in one step. Where it can't be written, only memory is lost."""
        sides = [
            [side.market.asset, side.market.fiat, side.side, *astuple(record)]
            for side, record in sorted(self.records.items())
            if side in listed
        ]
        path = state_folder / SWEEPS_FOLDER / f"{self._share}.json"
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            said = {"version": _VERSION, "batch_id": batch_id, "ceiling": ceiling, "sides": sides}
            aside.write_bytes(orjson.dumps(said))
            aside.replace(path)
        except OSError as error:
            _log.warning("what the sweep learnt could not be kept: %s", error, extra={"batch_id": batch_id})
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def _learn_snapshot(self, found: StoredSnapshot | Damage, venue: Venue) -> None:
        batch_id = batch_of(found.snapshot_id) if isinstance(found, StoredSnapshot) else None
        if not isinstance(found, StoredSnapshot) or batch_id is None or found.market_side is None:
            return
        side = found.market_side
        first = (c for c, _ in found.captures if c.page == 1 and c.outcome is Outcome.OK)
        pages = (venue.read_search(capture.body, side.market, side.side, 1) for capture in first)
        offers = max((page.total or len(page.offers) for page in pages), default=0)
        if offers:
            self.records[side] = after_reading(batch_moment(batch_id).timestamp(), offers)

    def _is_news(self, batch_id: int) -> bool:
        # The milliseconds name the worker.
        return batch_id > self.newest_batch and batch_id % 1000 == self._share.worker

    def _learn_batch(self, reader: RawReader, batch_id: int) -> None:
        read_at = batch_moment(batch_id).timestamp()
        for name in batch_snapshot_ids(reader, self._share.venue, batch_id):
            side = _side_of(name)
            if side is not None:
                # Whether it was read to its end would have to be read: it may come a sweep late then, not never.
                self.records[side] = replace(self.records.get(side, UNKNOWN), read_at=read_at, is_missed=False)


def kept_ceiling(state_folder: Path, share: Share, now: datetime) -> Ceiling | None:
    """What this share's sweeps of the last hour learnt of the venue's pace."""
    try:
        said = orjson.loads((state_folder / SWEEPS_FOLDER / f"{share}.json").read_bytes())["ceiling"]
        ceiling = Ceiling(float(said["per_second"]), int(said["learnt_in"]))
        age_seconds = (now - batch_moment(ceiling.learnt_in)).total_seconds()
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return ceiling if 0.0 <= age_seconds < _CEILING_SECONDS and ceiling.per_second > 0.0 else None


def _read(said: Any, share: Share) -> dict[MarketSide, SideRecord]:
    if said["version"] != _VERSION:
        raise ValueError(f"version was {said['version']!r}")
    return {
        MarketSide(Market(share.venue, asset, fiat), Side(side)): SideRecord(*fields)
        for asset, fiat, side, *fields in said["sides"]
        if share_of(fiat, share.workers) == share.worker
    }


def _side_of(name: str) -> MarketSide | None:
    key, _, rest = name.partition(":")
    try:
        return MarketSide(Market.parse(key), Side(rest.partition(":")[0]))
    except ValueError:
        return None
