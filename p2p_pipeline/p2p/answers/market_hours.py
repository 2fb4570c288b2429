"""A market hour by hour over its last weeks: from sweeps where it is swept, else from the history kept in the lake."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.history import ShownSeries, find_history
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE
from p2p_pipeline.p2p.metrics.markets.hours import HourOfMarket, MarketHours
from p2p_pipeline.p2p.steps.series import NoSeries, available_series, choose_series, newest_day

WEEKS = 4


def hours_of_history(lake: Lake, market: Market) -> MarketHours | None:
    """What a usual amount cost, else what the first kept series has; None where no history is kept."""
    found = {side: series for side in Side if (series := _series(lake, MarketSide(market, side))) is not None}
    if not found:
        return None
    values: dict[datetime, dict[Side, float]] = {}
    for side, series in found.items():
        for period in series.periods:
            if period.median is not None:
                values.setdefault(period.start, {})[side] = period.median
    hours = [
        HourOfMarket(start, values[start].get(Side.BUY), values[start].get(Side.SELL), None) for start in sorted(values)
    ]
    return MarketHours(hours, next(iter(found.values())).key.measure)


def _series(lake: Lake, market_side: MarketSide) -> ShownSeries | None:
    try:
        measure = _measure(lake, market_side)
        newest = newest_day(lake, choose_series(lake, market_side, measure))
        named = (measure, None, None)
        return find_history(lake, market_side, named, (_weeks_up_to(newest), PeriodName.HOUR, ZoneInfo("UTC")))
    except NoSeries:
        return None


def _measure(lake: Lake, market_side: MarketSide) -> str:
    try:
        return choose_series(lake, market_side, EXECUTABLE).measure
    except NoSeries:
        listed = available_series(lake, market_side)
        return listed[0].key.measure if listed else EXECUTABLE


def _weeks_up_to(newest: date | None) -> tuple[date, date]:
    last = newest or datetime.now(UTC).date()
    return last - timedelta(weeks=WEEKS) + timedelta(days=1), last
