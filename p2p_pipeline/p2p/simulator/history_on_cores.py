"""A simulated history written on all cores, a market's day at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from p2p_pipeline.kernel.cores import over_cores
from p2p_pipeline.p2p.markets import Market, Side, slot_start
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.history import (
    HistoryPlan,
    HistoryReport,
    HistoryWriter,
    UnhurriedFiles,
    append_payment_lists,
    write_market_day,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where history goes."""

    data_folder: Path
    min_free_bytes: int


@dataclass(frozen=True, slots=True)
class _Part:
    market: Market
    slots: tuple[int, ...]
    """Of one day."""


def generate_on_cores(
    place: Place,
    plan: HistoryPlan,
    options: CatalogueOptions,
    progress: Callable[[int, int], None] = lambda *_: None,
    processes: int | None = None,
) -> HistoryReport:
    """Write a plan's snapshots, the same bytes as `generate_history` would, each durable when this returns."""
    days = [tuple(slots) for _, slots in groupby(plan.slots(), lambda slot: slot_start(slot).date())]
    files = UnhurriedFiles()
    store = RawStore(place.data_folder, files=files, min_free_bytes=place.min_free_bytes)
    for slots in days:
        append_payment_lists(store, _writer(options), plan.markets, slots[0])
    files.finish()
    total = sum(map(len, days)) * len(plan.markets) * len(Side)
    written = HistoryReport(0, 0, 0, 0)
    parts = [[_Part(market, slots)] for slots in days for market in plan.markets]
    for _, report in over_cores(partial(_write, place, options), parts, processes):
        written += report
        progress(written.snapshots + written.already_there, total)
    return written


def _write(place: Place, options: CatalogueOptions, part: _Part) -> HistoryReport:
    files = UnhurriedFiles()
    store = RawStore(place.data_folder, files=files, min_free_bytes=place.min_free_bytes)
    day = slot_start(part.slots[0]).date()
    report = write_market_day(store, _writer(options), part.market, day, part.slots)
    files.finish()
    return report


@cache
def _writer(options: CatalogueOptions) -> HistoryWriter:
    return HistoryWriter(Catalogue(options))
