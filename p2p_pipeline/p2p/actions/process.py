"""The way of the data, step after step, for whole days: what `p2p process` runs and Dagster runs a step at a time.

Each step continues where its own partition ends, or remakes it whole; both give the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.anomalies import build_anomalies
from p2p_pipeline.p2p.steps.behaviour import build_offer_days
from p2p_pipeline.p2p.steps.combos import build_combos
from p2p_pipeline.p2p.steps.continuing import market_keys
from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market
from p2p_pipeline.p2p.steps.history import build_history, build_rollups
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes

COMBOS = "combos"
"""The part of the work that needs all markets of a day."""


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What `p2p process` did."""

    snapshots: int
    offers: int
    quarantined: int
    partitions: int
    seconds: float
    failed: tuple[MarketFailure, ...] = ()
    """Markets' days that could not be made."""


def process_days(
    reader: RawReader,
    lake: Lake,
    days: Iterable[date],
    settings: Settings,
    payments: PaymentMap,
    now: datetime,
    full: bool = False,
    only: str | None = None,
) -> ProcessReport:
    """Run all steps for every market that the raw store has on those days, or only for one market, or COMBOS.

    A market's day that can't be made is left out, and the report says so; all others are made.
    """
    started = time.perf_counter()
    totals = dict.fromkeys(("snapshots", "offers", "quarantine"), 0)
    partitions = 0
    failed: list[MarketFailure] = []
    combos = {f"{combo.source} to {combo.target}": combo for combo in settings.analytics.combos}

    for day in days:

        def make_market(key: str, day: date = day) -> None:
            nonlocal partitions
            report = build_offers(reader, lake, day, key, payments, full)
            for name in totals:
                totals[name] += report.total_rows[name]
            _build_numbers(lake, day, key, settings, now, full)
            partitions += 1

        def make_combo(name: str, day: date = day) -> None:
            build_combos(lake, day, combos[name], settings, full)

        keys = market_keys(reader, day) if only is None else {only} - {COMBOS}
        for_each_market(day, keys, make_market, failed.append)
        for_each_market(day, combos if only in (None, COMBOS) else (), make_combo, failed.append)
    seconds = time.perf_counter() - started
    return ProcessReport(
        totals["snapshots"], totals["offers"], totals["quarantine"], partitions, seconds, tuple(failed)
    )


def _build_numbers(lake: Lake, day: date, market_key: str, settings: Settings, now: datetime, full: bool) -> None:
    build_quotes(lake, day, market_key, settings, full)
    build_depth(lake, day, market_key, full)
    build_history(lake, day, market_key, settings, full)
    build_rollups(lake, day, market_key, settings, full)
    build_offer_days(lake, day, market_key, settings, full)
    build_anomalies(lake, market_key, day, settings, now, full)
