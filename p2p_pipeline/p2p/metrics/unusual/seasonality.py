"""The rhythm of a measure: by hour of the day, and by hour of the week where there is history enough for that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.unusual.grid import HOURS_A_WEEK, Floats, HourGrid, bridged, hour_of_week, longest_piece
from p2p_pipeline.p2p.metrics.unusual.states import Rhythm

HOURS_A_DAY = 24
DAILY_HOURS = 4 * HOURS_A_DAY
"""History that the hour of the day needs."""
WEEKLY_HOURS = 4 * HOURS_A_WEEK
"""History that the hour of the week needs."""

_SEASONAL_WINDOW = 101
"""Far more cycles than are looked at: the rhythm of the weeks before is taken to be one and the same."""
_JUMP_HOURS = 12
_INNER_ITERATIONS = 2
_ROUNDING = 1e-24
"""Variances below this are the rounding of numbers near 1, squared."""
_CLIP_SIGMAS = 3.0
_CLIP_WINDOW_HOURS = 25


@dataclass(frozen=True, slots=True, eq=False)
class Seasonality:
    """What an hour usually differs from its days, in levels (see measures.py)."""

    rhythm: Rhythm
    profile: Floats
    """By hour of the week, 0 for Monday 00:00 UTC; mean 0. All zero without a rhythm."""
    daily_strength: float | None
    """0 (none) to 1 (nothing else moves it), of the hour of the day; None when it could not be looked for."""
    weekly_strength: float | None
    """The same of the hour of the week."""
    hours: int
    """How many observed hours it was fitted on."""

    def at(self, hours: NDArray[np.int64]) -> Floats:
        """The profile at hours since 1970 UTC."""
        return self.profile[hour_of_week(hours)]


NO_SEASONALITY = Seasonality(Rhythm.NOT_ENOUGH_HISTORY, np.zeros(HOURS_A_WEEK), None, None, 0)


def seasonality(grid: HourGrid) -> Seasonality:
    """Fit the rhythm of levels on a grid.

    MSTL (Bandara, Hyndman & Bergmeir 2021, "MSTL: a seasonal-trend decomposition algorithm for time series with
    multiple seasonal patterns") with periods of 24 and 168 hours on the longest stretch without a gap above a day;
    shorter gaps are bridged for the fit. Outliers are pulled to three robust sigmas from the running median before.
    The strength follows Wang, Smith & Hyndman 2006 ("Characteristic-based clustering for time series data"): the share
    of the rhythm in its own and the remainder's variance, without what chance alone gives to the mean of so few cycles.
    The profile is pulled towards none by that chance's share, as James and Stein do, so that a rhythm that isn't there
    does not add its noise to what is expected.
    """
    piece = longest_piece(grid.values)
    values, hours = grid.values[piece], grid.hours[piece]
    count = int(np.isfinite(values).sum())
    if len(values) < DAILY_HOURS or count < len(values) // 2:
        return NO_SEASONALITY
    is_weekly = len(values) >= WEEKLY_HOURS
    periods = (HOURS_A_DAY, HOURS_A_WEEK) if is_weekly else (HOURS_A_DAY,)
    parts, rest = _decomposed(_clipped(bridged(values)), periods)
    strengths = [_strength(part, rest, period) for part, period in zip(parts, periods, strict=True)]
    profile = np.zeros(HOURS_A_WEEK)
    for part, (_, kept) in zip(parts, strengths, strict=True):
        profile += kept * _by_hour_of_week(part, hours, HOURS_A_WEEK if part is parts[-1] and is_weekly else 24)
    return Seasonality(
        Rhythm.WEEKLY if is_weekly else Rhythm.DAILY,
        profile - profile.mean(),
        strengths[0][0],
        strengths[1][0] if is_weekly else None,
        count,
    )


def _decomposed(values: Floats, periods: tuple[int, ...]) -> tuple[list[Floats], Floats]:
    # Local means instead of lines, evaluated every 12th hour: 8 times as fast, and the same within the noise.
    options = {
        "seasonal_deg": 0,
        "seasonal_jump": _JUMP_HOURS,
        "trend_jump": _JUMP_HOURS,
        "low_pass_jump": _JUMP_HOURS,
        "inner_iter": _INNER_ITERATIONS,
    }
    # It brings scipy.stats and 30 MB: who only tells what was judged needs none of it.
    from statsmodels.tsa.seasonal import MSTL

    fit = MSTL(values, periods=periods, windows=[_SEASONAL_WINDOW] * len(periods), stl_kwargs=options).fit()
    seasonal = np.asarray(fit.seasonal, dtype=np.float64).reshape(len(values), -1)
    return [seasonal[:, place] for place in range(len(periods))], np.asarray(fit.resid, dtype=np.float64)


def _strength(part: Floats, rest: Floats, period: int) -> tuple[float, float]:
    """The corrected strength, and the share of the part that is more than the noise it was estimated from.

    The noise of a cycle's mean shape is what the cycles differ by among themselves, over their number: neighbouring
    hours hang together, so that the remainder's variance alone would make it far too small.
    """
    cycles = len(part) // period
    shapes = (part + rest)[-cycles * period :].reshape(cycles, period)
    shapes = shapes - np.nanmean(shapes, axis=1, keepdims=True)
    within = float(np.nanmean(np.nanvar(shapes, axis=0, ddof=1)))
    own = float(np.nanvar(np.nanmean(shapes, axis=0)))
    signal = own - within / cycles
    if signal <= _ROUNDING:
        return 0.0, 0.0
    return signal / (signal + within), signal / own


def _by_hour_of_week(part: Floats, hours: NDArray[np.int64], period: int) -> Floats:
    place = hour_of_week(hours) % period
    sums = np.bincount(place, weights=part, minlength=period)
    means = sums / np.maximum(np.bincount(place, minlength=period), 1)
    return np.tile(means, HOURS_A_WEEK // period)


def _clipped(values: Floats) -> Floats:
    middle = pd.Series(values).rolling(_CLIP_WINDOW_HOURS, center=True, min_periods=1).median().to_numpy()
    away = values - middle
    limit = _CLIP_SIGMAS * max(1.4826 * float(np.median(np.abs(away))), float(np.quantile(np.abs(away), 0.8)) / 1.2816)
    return np.asarray(middle + np.clip(away, -limit, limit), dtype=np.float64)
