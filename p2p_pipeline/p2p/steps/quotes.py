"""Offers to numbers about each snapshot: `quotes`, `round_trips` and `depth` of one day and market."""

from __future__ import annotations

import time
from datetime import date

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.pricing.day_tables import PAIR_WITHIN, depth_rows, quote_rows, round_trip_rows
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES, ROUND_TRIPS
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, step_report
from p2p_pipeline.p2p.steps.day_source import DaySource


def build_quotes(lake: Lake, day: date, market_key: str, settings: Settings, full: bool = False) -> StepReport:
    """Bring `quotes` and `round_trips` of one day and market up to its offers' end."""
    started = time.perf_counter()
    plan = QuotePlan.for_market(settings.market_settings(Market.parse(market_key)), settings.all_profiles())
    with lake.writing(market_key):
        source = DaySource(lake, day, market_key, {"plan": plan.version})
        report = {
            QUOTES.name: source.extend(QUOTES, lambda first: quote_rows(source.books, plan, first), full),
            ROUND_TRIPS.name: _extend_round_trips(source, plan, full),
        }
    return step_report(day, market_key, report, started)


def build_depth(lake: Lake, day: date, market_key: str, full: bool = False) -> StepReport:
    """Bring `depth` of one day and market up to its offers' end."""
    started = time.perf_counter()
    with lake.writing(market_key):
        source = DaySource(lake, day, market_key, {})
        report = {DEPTH.name: source.extend(DEPTH, lambda first: depth_rows(source.books, first), full)}
    return step_report(day, market_key, report, started)


def _extend_round_trips(source: DaySource, plan: QuotePlan, full: bool) -> tuple[int, int]:
    done = 0 if full else source.done(ROUND_TRIPS)
    fresh = [snapshot["snapshot_at"] for snapshot in source.books.snapshots[done:]]
    if not done:
        return source.write(ROUND_TRIPS, ROUND_TRIPS.empty(), round_trip_rows(source.books, plan))
    rows = source.read(ROUND_TRIPS)
    if not fresh:
        return source.write(ROUND_TRIPS, rows, ROUND_TRIPS.empty())
    # The sides of a pair may come in two micro-batches: rows that a fresh snapshot can be a nearer partner of are
    # made again.
    since = min(fresh) - PAIR_WITHIN
    kept = rows.filter(compute.less(rows["snapshot_at"], pa.scalar(since, MOMENT)))
    return source.write(ROUND_TRIPS, kept, round_trip_rows(source.books, plan, since))
