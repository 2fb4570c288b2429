"""Series whose truth is known: noise, walks, rhythms, and what is put into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.unusual.day import JudgedSeries, MarketHours, judge_series
from p2p_pipeline.p2p.metrics.unusual.grid import HOUR_SECONDS

Floats = NDArray[np.float64]
MARKET = Market("binance", "USDT", "BOB")
FIRST_HOUR = 482_136
"""2025-01-01T00:00Z, a Wednesday, in hours since 1970."""


def series_of(
    values: Floats, measure: str = "vwap", side: Side = Side.BUY, first_hour: int = FIRST_HOUR, step: int | None = None
) -> Series:
    """Hourly values from an hour on; NaN is an hour without a value."""
    seen = np.isfinite(values)
    starts = (first_hour + np.arange(len(values), dtype=np.int64)) * HOUR_SECONDS
    key = SeriesKey(MarketSide(MARKET, side), measure, None if step is None else "wide", step)
    return Series(key, None, HOUR_SECONDS, starts[seen], values[seen], np.full(int(seen.sum()), 60, dtype=np.int64))


def market_hours(
    series: Sequence[Series], days: int, looks: Mapping[Side, Series] | None = None, hours_of_day: int = 24
) -> MarketHours:
    """The last of so many days is asked about; looked at sixty times an hour wherever a series has a value."""
    if looks is None:
        looks = {
            side: series_of(_looks([one for one in series if one.key.market_side.side is side], days), "looks", side)
            for side in Side
        }
    day_hour = FIRST_HOUR + 24 * (days - 1)
    return MarketHours(series, looks, max(FIRST_HOUR, day_hour - 56 * 24), day_hour, day_hour + hours_of_day - 1)


def judged_day(values: Floats, measure: str = "vwap", side: Side = Side.BUY, hours_of_day: int = 24) -> JudgedSeries:
    """The last day of hourly values, judged; the values are of whole days."""
    series = series_of(values, measure, side)
    return judge_series(market_hours([series], -(-len(values) // 24), hours_of_day=hours_of_day), series)[0]


def rhythm(hours: int, daily: float = 0.004, weekly: float = 0.003) -> Floats:
    """Two sine waves, of a day and of a week."""
    place = np.arange(hours)
    return daily * np.sin(2 * np.pi * place / 24) + weekly * np.sin(2 * np.pi * place / 168)


def noisy_prices(hours: int, seed: int, noise: float = 0.003) -> Floats:
    """Prices near 7.4 with a rhythm and independent noise."""
    return np.exp(2 + rhythm(hours) + np.random.default_rng(seed).normal(0, noise, hours))


def walking_prices(hours: int, seed: int, step: float = 0.001) -> Floats:
    """Prices that wander, with a rhythm."""
    return np.exp(2 + rhythm(hours) + np.cumsum(np.random.default_rng(seed).normal(0, step, hours)))


def _looks(series: Sequence[Series], days: int) -> Floats:
    looks = np.zeros(24 * days)
    for one in series:
        places = one.starts // HOUR_SECONDS - FIRST_HOUR
        looks[places[places < len(looks)]] = 60
    return looks
