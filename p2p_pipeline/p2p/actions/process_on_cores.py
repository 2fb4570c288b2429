"""The work of `process_days` on all cores: each market's days in their order, the markets side by side."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache, partial, reduce
from typing import Any

from p2p_pipeline.kernel.cores import over_cores
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.actions.process import COMBOS, ProcessReport, process_days
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import market_keys


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does at a time: a market's day, or a day's combos."""

    day: date
    name: str


Progress = Callable[[int, int, Part, ProcessReport], None]
"""Hears how many parts of how many are done, which the last one was, and what came of it."""


def process_on_cores(
    paths: DataPaths,
    days: Sequence[date],
    settings: Settings,
    now: datetime,
    full: bool = False,
    progress: Progress = lambda *_: None,
    processes: int | None = None,
) -> ProcessReport:
    """Run all steps for every market that the raw store has on those days. The tables are the same as ever.

    A market's day needs its days before and nothing of other markets; only combos need them all, and come last.
    """
    started = time.perf_counter()
    chains: dict[str, list[Part]] = {}
    for day in sorted(days):
        for key in market_keys(RawReader(paths.root), day):
            chains.setdefault(key, []).append(Part(day, key))
    combos = [Part(day, COMBOS) for day in sorted(days)] if settings.analytics.combos else []
    total = sum(map(len, chains.values())) + len(combos)
    work = partial(_make, paths, settings, now, full)
    reports: list[ProcessReport] = []
    for those in (list(chains.values()), [combos]):
        for part, report in over_cores(work, those, processes):
            reports.append(report)
            progress(len(reports), total, part, report)
    return _together(reports, time.perf_counter() - started)


def _make(paths: DataPaths, settings: Settings, now: datetime, full: bool, part: Part) -> ProcessReport:
    reader, lake = RawReader(paths.root), Lake(paths.lake)
    return process_days(reader, lake, [part.day], settings, _payments(), now, full, only=part.name)


@cache
def _payments() -> PaymentMap:
    return PaymentMap.load()


def _together(reports: Sequence[ProcessReport], seconds: float) -> ProcessReport:
    counted = [entry.name for entry in fields(ProcessReport) if entry.name != "seconds"]
    if not reports:
        return ProcessReport(0, 0, 0, 0, seconds)
    sums: dict[str, Any] = {
        name: reduce(operator.add, (getattr(report, name) for report in reports)) for name in counted
    }
    return ProcessReport(**sums, seconds=seconds)
