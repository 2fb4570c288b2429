"""What the whole history says of each market: advice and its proof, behaviour, how well scores predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.tables import TABLES
from p2p_pipeline.settings import Settings
from p2p_pipeline.steps.behaviour import build_behaviour
from p2p_pipeline.steps.market_days import market_days
from p2p_pipeline.steps.score import build_score_calibration
from p2p_pipeline.steps.windows import build_windows

ACTIVE_DAYS = 14
"""A market without data for longer keeps its last summary: nothing has come that could change it."""

Summarizer = Callable[[Lake, str, date, Settings, datetime], object]


def summarize(
    lake: Lake,
    name: str,
    settings: Settings,
    now: datetime,
    venue: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, date]:
    """Make one summary of every market, of one venue or of all; gives each market's last day, which it is as of."""
    source, make, first_table = SUMMARIZERS[name]
    markets = market_days(lake, TABLES[source], venue)
    for key, last in markets.items():
        is_active = last >= now.date() - timedelta(days=ACTIVE_DAYS)
        if is_active or lake.facts(TABLES[first_table], last, key) is None:
            progress(key)
            make(lake, key, last, settings, now)
    return markets


def _behaviour(lake: Lake, key: str, as_of: date, settings: Settings, _: datetime) -> object:
    return build_behaviour(lake, key, as_of, settings)


def _scoring(lake: Lake, key: str, as_of: date, settings: Settings, _: datetime) -> object:
    return build_score_calibration(lake, key, as_of, settings)


SUMMARIZERS: Mapping[str, tuple[str, Summarizer, str]] = {
    "timing": ("rollups", build_windows, "windows"),
    "behaviour": ("offer_days", _behaviour, "lifetimes"),
    "scoring": ("quotes", _scoring, "score_calibration"),
}
"""By summary: the table whose days it is of, what makes it, and the first table it makes."""
