"""A series on a grid of whole hours, with its gaps kept as gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.history.series import Series

HOUR_SECONDS = 3600
HOURS_A_WEEK = 168
BRIDGED_HOURS = 24
"""A gap up to this long is bridged where a method needs every hour; the bridge is never shown as a value."""

Floats = NDArray[np.float64]
_THURSDAY_HOURS = 72
"""1970 began on a Thursday: hours from Monday 00:00 to the epoch's start."""


@dataclass(frozen=True, slots=True, eq=False)
class HourGrid:
    """A value an hour, NaN where there is none."""

    first_hour: int
    """Hours since 1970 UTC of the first entry."""
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @property
    def hours(self) -> NDArray[np.int64]:
        """Hours since 1970 UTC of every entry."""
        return self.first_hour + np.arange(len(self.values), dtype=np.int64)


def hour_of_week(hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for Monday 00:00 UTC to 167, of hours since 1970 UTC."""
    return (hours + _THURSDAY_HOURS) % HOURS_A_WEEK


def hour_grid(series: Series, first_hour: int, last_hour: int) -> HourGrid:
    """The hours from first to last, both included; of shorter periods the median of each hour's values."""
    values = np.full(max(last_hour - first_hour + 1, 0), np.nan)
    places = series.starts // HOUR_SECONDS - first_hour
    is_inside = (places >= 0) & (places < len(values)) & np.isfinite(series.values)
    places, given = places[is_inside], series.values[is_inside]
    if series.period_seconds >= HOUR_SECONDS:
        values[places] = given
        return HourGrid(first_hour, values)
    for place in np.unique(places):
        values[place] = np.median(given[places == place])
    return HourGrid(first_hour, values)


def longest_piece(values: Floats) -> slice:
    """The longest stretch without a gap above `BRIDGED_HOURS`, from its first to its last value."""
    seen = np.flatnonzero(np.isfinite(values))
    if not len(seen):
        return slice(0, 0)
    breaks = np.flatnonzero(np.diff(seen) > BRIDGED_HOURS + 1)
    begins = seen[np.concatenate([[0], breaks + 1])]
    ends = seen[np.concatenate([breaks, [len(seen) - 1]])]
    best = int(np.argmax(ends - begins))
    return slice(int(begins[best]), int(ends[best]) + 1)


def bridged(values: Floats) -> Floats:
    """The values with straight lines over the gaps: for a method that needs every hour, not for showing."""
    seen = np.flatnonzero(np.isfinite(values))
    return np.interp(np.arange(len(values)), seen, values[seen])
