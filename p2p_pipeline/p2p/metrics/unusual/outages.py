"""When a market could not be seen: nobody looked, the venue was silent, or the book was nearly empty on both sides."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from statistics import median

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.unusual.grid import HOURS_A_WEEK, Floats

MISSED_LOOKS = 6
"""So many looks in a row that should have been are an outage: three minutes at 30-second slots (so any hour without
a look), three hours at half-hourly ones."""
COLLAPSED_SHARE = 0.15
"""A book with less than this share of its usual offers is nearly empty."""
LEAST_OFFERS = 10
"""Books that usually have fewer offers can't be told from nearly empty ones."""
FORGOTTEN_HOURS = HOURS_A_WEEK
"""After this long without a look a market is no longer watched, which is no outage."""

_LEAST_USUAL_HOURS = 24


def silent_hours(looks: Floats) -> NDArray[np.bool_]:
    """Which hours belong to an outage of looking, as known at their ends; `looks` counts them by hour.

    The usual number of looks an hour is the median of the hours of the last week that had any.
    """
    silent = np.zeros(len(looks), dtype=bool)
    recent: deque[float] = deque(maxlen=HOURS_A_WEEK)
    missed = 0
    for place, count in enumerate(looks):
        if count > 0:
            recent.append(float(count))
            missed = 0
            continue
        missed += 1
        silent[place] = bool(recent) and missed <= FORGOTTEN_HOURS and missed * median(recent) >= MISSED_LOOKS
    return silent


def collapsed_hours(offers: Mapping[Side, Floats]) -> tuple[NDArray[np.bool_], dict[Side, Floats]]:
    """In which hours both sides of the book were nearly empty, and how many offers were usual by then on each.

    Usual is the median of the last week's hours that were not themselves such hours. One side alone that empties is
    no outage: its takers may just be many.
    """
    length = len(next(iter(offers.values()), ()))
    collapsed = np.zeros(length, dtype=bool)
    usual = {side: np.full(length, np.nan) for side in offers}
    if set(offers) != set(Side):
        return collapsed, usual
    recent: dict[Side, deque[tuple[int, float]]] = {side: deque() for side in offers}
    for place in range(length):
        is_empty = []
        for side, counts in offers.items():
            while recent[side] and place - recent[side][0][0] > HOURS_A_WEEK:
                recent[side].popleft()
            if len(recent[side]) >= _LEAST_USUAL_HOURS:
                usual[side][place] = median(count for _, count in recent[side])
            is_empty.append(
                counts[place] <= COLLAPSED_SHARE * usual[side][place] and usual[side][place] >= LEAST_OFFERS
            )
        collapsed[place] = all(is_empty)
        if not collapsed[place]:
            for side, counts in offers.items():
                if np.isfinite(counts[place]):
                    recent[side].append((place, float(counts[place])))
    return collapsed, usual
