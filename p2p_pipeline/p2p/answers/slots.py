"""Which slots of the last day were collected, straight from the raw store: a gap shows before anything is processed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side, Source, parse_time, slot_of, slot_start
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.offers.usable import usable
from p2p_pipeline.p2p.quality.cadence import collection_began, wanted_of_collection
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings

HOURS = 24
CELL_MINUTES = 30


@dataclass(frozen=True, slots=True)
class SlotCell:
    """Half an hour of one market side."""

    starts_at: datetime
    wanted: int
    """Slots that should have a snapshot by now."""
    seen: int

    @property
    def kind(self) -> str:
        """`none` was due, or the `whole` of what was, `part` of it, or all is `missing`."""
        if not self.wanted:
            return "none"
        return "whole" if self.seen >= self.wanted else "part" if self.seen else "missing"


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A day of one market side, oldest cell first."""

    market_side: MarketSide
    cells: tuple[SlotCell, ...]

    @property
    def wanted(self) -> int:
        """Slots that were due by its own pace; what was before collection began is not missing."""
        return sum(cell.wanted for cell in self.cells)

    @property
    def seen(self) -> int:
        """Of those, collected."""
        return sum(cell.seen for cell in self.cells)

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "market_key": self.market_side.market.key,
            "side": self.market_side.side,
            "wanted": self.wanted,
            "seen": self.seen,
            "cells": [{"starts_at": cell.starts_at, "wanted": cell.wanted, "seen": cell.seen} for cell in self.cells],
        }


def slot_lines(
    reader: RawReader, lake: Lake, settings: Settings, now: datetime, markets: Iterable[Market] | None = None
) -> list[SlotLine]:
    """A line for each side of the configured markets, or of these. The running slot isn't wanted yet."""
    step = CELL_MINUTES * 60
    end = datetime.fromtimestamp(int(now.timestamp()) // step * step + step, now.tzinfo)
    first, last = slot_of(end - timedelta(hours=HOURS)), slot_of(now)
    every = settings.collection.interval_seconds // SLOT_SECONDS
    lines = []
    for market in markets if markets is not None else [entry.market for entry in settings.markets]:
        seen = _seen_slots(reader, lake, market, first, last)
        wanted = _wanted_slots(seen, every, first, last)
        lines += [SlotLine(MarketSide(market, s), _cells(first, end, wanted, seen.usable[s])) for s in Side]
    return lines


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is stored of one market since the day of the first slot began."""

    attempted: frozenset[int]
    """Slots that a collector tried, with or without success; what was imported tells nothing of when one ran."""
    usable: Mapping[Side, frozenset[int]]


def _seen_slots(reader: RawReader, lake: Lake, market: Market, first: int, last: int) -> _Seen:
    attempted: set[int] = set()
    usable_slots: dict[Side, set[int]] = {side: set() for side in Side}
    for day in sorted({slot_start(first).date(), slot_start(last).date()} & set(reader.days())):
        found: dict[Side, set[int]] = {side: set() for side in Side}
        for name in reader.snapshot_ids(day, market.key):
            _, side, moment = name.split(":", 2)
            slot = slot_of(parse_time(moment))
            if slot <= last:
                found[Side(side)].add(slot)
        if reader.sources(day, market.key) != {Source.IMPORTED}:
            attempted.update(*found.values())
        failed = _failed_slots(lake, market, day)
        for side, slots in found.items():
            usable_slots[side] |= slots - failed[side]
    return _Seen(frozenset(attempted), {side: frozenset(slots) for side, slots in usable_slots.items()})


def _failed_slots(lake: Lake, market: Market, day: date) -> dict[Side, set[int]]:
    """Slots whose snapshot only tells how collecting failed, as far as the day is processed."""
    rows = lake.read(SNAPSHOTS, day, market.key, ["side", "slot", "pages", "stop_reason"])
    good = usable(rows)
    return {side: _slots_of(rows, side) - _slots_of(good, side) for side in Side}


def _slots_of(rows: pa.Table, side: Side) -> set[int]:
    return set(rows.filter(compute.equal(rows.column("side"), side.value)).column("slot").to_pylist())


def _wanted_slots(seen: _Seen, every: int, first: int, last: int) -> list[int]:
    """The slots of both sides by the market's own pace: a history's, and from where collection began the settings'."""
    slots = frozenset().union(*seen.usable.values())
    began = collection_began(seen.attempted, every)
    return [slot for slot in wanted_of_collection(slots, began, every, last) if slot >= first]


def _cells(first: int, end: datetime, wanted: list[int], seen: frozenset[int]) -> tuple[SlotCell, ...]:
    width = CELL_MINUTES * 60 // SLOT_SECONDS
    starts = range(first, slot_of(end), width)
    due: dict[int, int] = {}
    got: dict[int, int] = {}
    for slot in wanted:
        cell = (slot - first) // width
        due[cell] = due.get(cell, 0) + 1
        got[cell] = got.get(cell, 0) + (slot in seen)
    return tuple(SlotCell(slot_start(slot), due.get(n, 0), got.get(n, 0)) for n, slot in enumerate(starts))
