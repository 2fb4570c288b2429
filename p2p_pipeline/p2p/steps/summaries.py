"""What the whole history says of each market: advice and its proof, behaviour, how well scores predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.behaviour import build_behaviour
from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market, raise_what_failed
from p2p_pipeline.p2p.steps.market_days import market_days
from p2p_pipeline.p2p.steps.score import build_score_calibration
from p2p_pipeline.p2p.steps.windows import build_windows
from p2p_pipeline.p2p.tables import TABLES

Summarizer = Callable[[Lake, str, date, Settings, datetime], object]


def summarize(
    lake: Lake,
    name: str,
    settings: Settings,
    now: datetime,
    venue: str | None = None,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> dict[str, date]:
    """Make one summary of every market, of one venue or of all; gives each market's last day, which it is as of.

    Raises what a market's summary failed with after those of all others are made. `progress` is told which market is
    next, how many are done, and how many there are.
    """
    source, make = SUMMARIZERS[name]
    markets = market_days(lake, TABLES[source], venue)
    failures: list[MarketFailure] = []

    def make_one(key: str) -> None:
        make(lake, key, markets[key], settings, now)

    for done, (key, last) in enumerate(markets.items()):
        progress(key, done, len(markets))
        for_each_market(last, [key], make_one, failures.append)
    raise_what_failed(failures)
    return markets


def _behaviour(lake: Lake, key: str, as_of: date, settings: Settings, _: datetime) -> object:
    return build_behaviour(lake, key, as_of, settings)


def _scoring(lake: Lake, key: str, as_of: date, settings: Settings, _: datetime) -> object:
    return build_score_calibration(lake, key, as_of, settings)


SUMMARIZERS: Mapping[str, tuple[str, Summarizer]] = {
    "timing": ("rollups", build_windows),
    "behaviour": ("offer_days", _behaviour),
    "scoring": ("quotes", _scoring),
}
"""By summary: the table whose days it is of, and what makes it. Each knows by itself when nothing has changed."""
