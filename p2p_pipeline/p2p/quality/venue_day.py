"""A venue's day as checks and assets see it: the tables of all its markets, each read once and only when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side, slot_of, slots_of_day
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import usable
from p2p_pipeline.p2p.quality.cadence import collection_began, wanted_of_collection, wanted_of_history
from p2p_pipeline.p2p.quality.newest_answers import newest_answers
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import Damage
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.market_days import market_days, summary_rows
from p2p_pipeline.p2p.tables import TABLES

BASELINE_DAYS = 7
EXPECTATION_ROWS = 300_000
"""Great Expectations works in pandas: a full day at 30 seconds has millions of offers, of which this many are taken."""
SLOTS_IN_FLIGHT = 2
"""The running slot and the one that may just be stored are not missing yet."""


@dataclass(frozen=True)
class VenueDay:
    """One venue, one UTC day."""

    venue: str
    day: date
    now: datetime
    settings: Settings
    reader: RawReader
    lake: Lake

    @cached_property
    def market_keys(self) -> list[str]:
        """The venue's markets that the lake has on that day."""
        found = self.lake.partitions(SNAPSHOTS)
        return [p.market_key for p in found if p.day == self.day and p.market_key.startswith(f"{self.venue}.")]

    @cached_property
    def snapshots(self) -> pa.Table:
        """All snapshots of the day."""
        return self._rows(SNAPSHOTS)

    @cached_property
    def quarantine(self) -> pa.Table:
        """All quarantined records of the day."""
        return self._rows(QUARANTINE)

    @cached_property
    def depth(self) -> pa.Table:
        """Depth of all snapshots of the day."""
        return self._rows(DEPTH)

    @cached_property
    def recent_depth(self) -> pa.Table:
        """Depth of the days before: what prices are compared with."""
        columns = ["snapshot_id", "snapshot_at", "market_key", "side", "median_price", "best_price"]
        days = [self.day - timedelta(days=back) for back in range(1, BASELINE_DAYS + 1)]
        return pa.concat_tables(
            [DEPTH.empty().select(columns)]
            + [self.lake.read(DEPTH, day, key, columns) for day in days for key in self.market_keys]
        )

    def table(self, table: Table) -> pa.Table:
        """All rows of the day of a table."""
        return self._rows(table)

    def summary(self, table: Table, source: str) -> pa.Table:
        """A table without partitions, of all the venue's markets, each as of its last day in the table it is of."""
        return summary_rows(self.lake, table, market_days(self.lake, TABLES[source], self.venue))

    def offers(self, *columns: str) -> pa.Table:
        """Some columns of all offers of the day: all columns of a full day would fill the memory."""
        return self._rows(OFFERS, list(columns))

    def sampled_offers(self) -> pa.Table:
        """Whole snapshots, evenly over the day, with at most EXPECTATION_ROWS offers."""
        total = pc.sum(self.snapshots.column("offers")).as_py() or 0
        every = max(1, -(-total // EXPECTATION_ROWS))
        # Typed: an empty range would be of no type, which can't be taken.
        places = pa.array(range(0, self.snapshots.num_rows, every), pa.int64())
        taken = self.snapshots.column("snapshot_id").take(places)
        offers = self._rows(OFFERS)
        return offers.filter(pc.is_in(offers.column("snapshot_id"), value_set=taken.combine_chunks()))

    def wanted_slots(self) -> dict[MarketSide, list[int]]:
        """The slots that each market side of the day should have a snapshot of; also of a market that has none."""
        configured = {side.market.key for side in self.settings.market_sides(self.venue)}
        wanted = {key: self._wanted_of(key, key in configured) for key in sorted({*self.market_keys, *configured})}
        return {MarketSide(Market.parse(key), side): slots for key, slots in wanted.items() for side in Side}

    def _wanted_of(self, key: str, is_configured: bool) -> list[int]:
        step = self.settings.collection.interval_seconds // SLOT_SECONDS
        of_market = self.snapshots.filter(pc.equal(self.snapshots.column("market_key"), key))
        slots = usable(of_market).column("slot").to_pylist()
        if not is_configured:
            return wanted_of_history(slots, step)
        before = [p.day for p in self.lake.partitions(SNAPSHOTS) if p.market_key == key and p.day < self.day]
        last_before = self.lake.read(SNAPSHOTS, max(before), key) if before else SNAPSHOTS.empty()
        whole_day = slots_of_day(self.day)
        was_running = collection_began(_collected(last_before), step) is not None
        began = whole_day.start if was_running else collection_began(_collected(of_market), step)
        until = min(whole_day.stop, slot_of(self.now) - SLOTS_IN_FLIGHT + 1)
        return wanted_of_collection(slots, began, step, until)

    def newest(self) -> dict[MarketSide, datetime | None]:
        """When each configured market side was last answered, straight from the raw store."""
        limit = self.settings.quality.stale_after_seconds
        return newest_answers(self.reader, self.settings.market_sides(self.venue), self.now, limit)

    def read_back(self) -> tuple[list[Damage], int]:
        """Read every raw byte of the day: what is damaged, and how many snapshots are fine."""
        damages, snapshots = [], 0
        for key in self.reader.file_keys(self.day):
            if key.startswith(f"{self.venue}."):
                for found in self.reader.read(self.day, key):
                    if isinstance(found, Damage):
                        damages.append(found)
                    else:
                        snapshots += 1
        return damages, snapshots

    def markets(self) -> Sequence[MarketDay]:
        """What a person is shown of each market."""
        return [
            MarketDay(
                key,
                self.lake.read(SNAPSHOTS, self.day, key),
                self.lake.read(QUOTES, self.day, key),
                self.lake.read(DEPTH, self.day, key),
            )
            for key in self.market_keys
        ]

    def _rows(self, table: Table, columns: list[str] | None = None) -> pa.Table:
        empty = table.empty().select(columns) if columns else table.empty()
        return pa.concat_tables([empty] + [self.lake.read(table, self.day, key, columns) for key in self.market_keys])


def _collected(snapshots: pa.Table) -> list[int]:
    """The slots that a collector tried, with or without success: what was imported tells nothing of when one ran."""
    slots: list[int] = snapshots.filter(pc.not_equal(snapshots.column("source"), "imported")).column("slot").to_pylist()
    return slots


@dataclass(frozen=True, slots=True)
class MarketDay:
    """The tables of one market and day that the view is made of."""

    market_key: str
    snapshots: pa.Table
    quotes: pa.Table
    depth: pa.Table

    @property
    def pair(self) -> str:
        """`USDT-RUB`: the market where its venue is known."""
        return self.market_key.partition(".")[2]
