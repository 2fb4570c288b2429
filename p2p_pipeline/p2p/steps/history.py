"""Numbers about snapshots to numbers over time: `history` and `rollups` of one day and market."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.history.observe import history_rows
from p2p_pipeline.p2p.metrics.history.rollup import rhythm_of, rollup_rows
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH, QUOTES, ROUND_TRIPS
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, remake
from p2p_pipeline.p2p.versions import HISTORY_VERSION

_SOURCES = (SNAPSHOTS, QUOTES, DEPTH, ROUND_TRIPS)


def build_history(
    lake: Lake,
    day: date,
    market_key: str,
    settings: Settings,  # noqa: ARG001 - every step of a day is called alike
    full: bool = False,
) -> StepReport:
    """Bring `history` of one day and market up to its quotes, depth and round trips."""
    with lake.writing(market_key):
        make = {HISTORY: lambda: history_rows(*(lake.read(table, day, market_key) for table in _SOURCES))}
        return remake(lake, day, market_key, _SOURCES, make, {"history_version": HISTORY_VERSION}, full)


def build_rollups(lake: Lake, day: date, market_key: str, settings: Settings, full: bool = False) -> StepReport:
    """Bring `rollups` of one day and market up to its history; coverage is against the settings' interval."""
    interval = settings.collection.interval_seconds

    def rows() -> pa.Table:
        history = lake.read(HISTORY, day, market_key)
        return rollup_rows(history, rhythm_of(history, interval))

    with lake.writing(market_key):
        facts = {"history_version": HISTORY_VERSION, "interval_seconds": str(interval)}
        return remake(lake, day, market_key, (HISTORY,), {ROLLUPS: rows}, facts, full)
