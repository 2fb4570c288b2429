"""The shape behind an advice, for the eye: every hour of the day with its band, and every hour of the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from p2p_pipeline.kernel.resampling import masked_means
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.timing import best_hours
from p2p_pipeline.p2p.metrics.timing.choice import shrunk_to_hour_of_day
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.hours import as_share
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours
from p2p_pipeline.p2p.metrics.timing.recency import half_life, is_under_way, weights_of_weeks
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TimingProfile:
    """Improvements against a random time, as shares of the price; NaN where unknown."""

    day: Floats
    """By hour of the day: 24."""
    low: Floats
    high: Floats
    """The interval of each hour's long-run mean, by itself."""
    week: Floats
    """By weekday (Monday first) and hour: 7 x 24, the weekday's part shrunk as far as it is noise."""


def timing_profile(
    series: Series, timezone: str, confidence: float = 0.9, seed: int = 0, trading: TradingHours = ALL_DAY
) -> TimingProfile | None:
    """The shape of a series' day and week; None where nothing can be compared."""
    side = series.key.market_side.side
    try:
        gains = GainHistory.of(local_hours(series, timezone), side, trading).all()
    except SeriesUnusable:
        return None
    daily, weekly = gains.daily, gains.weekly
    used = np.isfinite(daily).any(axis=1)
    if used.sum() < 2:
        return None
    weights = weights_of_weeks(gains.weeks, half_life(gains.daily), is_under_way(gains.daily))
    found = best_hours.estimate(daily[used], np.repeat(weights, 7)[used], np.random.default_rng(seed))
    reach = float(ndtri((1 + confidence) / 2)) * found.deviations
    shares = np.vectorize(lambda gain: as_share(gain, side), otypes=[float])
    week = masked_means(weights[None, :], shrunk_to_hour_of_day(daily, weekly, weights))[0]
    week[np.tile(~np.isfinite(found.means), 7)] = np.nan
    return TimingProfile(
        shares(found.means), shares(found.means - reach), shares(found.means + reach), shares(week).reshape(7, 24)
    )
