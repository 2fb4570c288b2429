"""Which slots of the last day were collected, straight from the raw store: a gap shows before anything is processed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from p2p_pipeline.p2p.markets import SLOT_SECONDS, MarketSide, Side, parse_time, slot_of, slot_start
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


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A day of one market side, oldest cell first."""

    market_side: MarketSide
    cells: tuple[SlotCell, ...]

    @property
    def wanted(self) -> int:
        """Slots since its first snapshot of these hours; what was before collection began is not missing."""
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


def slot_lines(reader: RawReader, settings: Settings, now: datetime, hours: int = HOURS) -> list[SlotLine]:
    """A line for each configured market side. The running slot isn't wanted yet."""
    step = CELL_MINUTES * 60
    end = datetime.fromtimestamp(int(now.timestamp()) // step * step + step, now.tzinfo)
    first, last = slot_of(end - timedelta(hours=hours)), slot_of(now)
    every = settings.collection.interval_seconds // SLOT_SECONDS
    lines = []
    for entry in settings.markets:
        seen = _seen_slots(reader, entry.market.key, first, last)
        for side in Side:
            mine = seen.get(side.value, frozenset())
            began = min(mine, default=last)
            wanted = [slot for slot in range(max(first, began), last) if slot % every == 0]
            lines.append(SlotLine(MarketSide(entry.market, side), _cells(first, end, wanted, mine)))
    return lines


def _seen_slots(reader: RawReader, market_key: str, first: int, last: int) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    days = {slot_start(first).date(), slot_start(last).date()}
    for day in days & set(reader.days()):
        for name in reader.snapshot_ids(day, market_key):
            _, side, moment = name.split(":", 2)
            slot = slot_of(parse_time(moment))
            if first <= slot <= last:
                found.setdefault(side, set()).add(slot)
    return {side: frozenset(slots) for side, slots in found.items()}


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
