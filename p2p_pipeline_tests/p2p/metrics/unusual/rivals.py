"""Two simple ways to see jumps, to be measured against: a median of a day with hour offsets, and STL's remainder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.seasonal import STL

from p2p_pipeline.p2p.metrics.unusual.grid import bridged

Floats = NDArray[np.float64]
HISTORY_HOURS = 28 * 24
USUAL_THRESHOLD = 4.0
_LEAST = 0.0005


def median_scores(levels: Floats, hours: NDArray[np.int64], first: int) -> Floats:
    """From entry `first` on: distance to the median of the 24 hours before, with the offset of its hour of the day, in
    robust sigmas (MAD) of what such distances were in the 28 days before."""
    count = len(levels)
    padded = np.concatenate([np.full(24, np.nan), levels])
    with np.errstate(all="ignore"):
        middles = np.array([_middle(padded[place : place + 24]) for place in range(count)])
    away = levels - middles
    scores = np.full(count, np.nan)
    for place in range(first, count):
        past = slice(max(place - HISTORY_HOURS, 0), place)
        offsets = np.array([_middle(away[past][hours[past] % 24 == hour]) for hour in range(24)])
        rest = away[past] - offsets[hours[past] % 24]
        sigma = max(1.4826 * _middle(np.abs(rest - _middle(rest))), _LEAST)
        scores[place] = (away[place] - offsets[hours[place] % 24] - _middle(rest)) / sigma
    return scores[first:]


def stl_scores(levels: Floats, first: int, every: int = 1) -> Floats:
    """From entry `first` on: the last remainder of an STL (24 hours) of the 28 days up to the hour, in robust sigmas
    (MAD) of the remainders before."""
    found = []
    for place in range(first, len(levels), every):
        part = levels[max(place + 1 - HISTORY_HOURS, 0) : place + 1]
        if not np.isfinite(part[-1]):
            found.append(np.nan)
            continue
        rest = np.asarray(
            STL(bridged(part), period=24, seasonal=13, seasonal_jump=6, trend_jump=6, low_pass_jump=6).fit().resid
        )
        before = rest[:-1][np.isfinite(part[:-1])]
        sigma = max(1.4826 * float(np.median(np.abs(before - np.median(before)))), _LEAST)
        found.append((rest[-1] - float(np.median(before))) / sigma)
    return np.array(found)


def _middle(values: Floats) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else np.nan
