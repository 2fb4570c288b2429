"""What snapshots know of lifetimes: the lives that began in the window, each between bounds.

A life seen from `b1` to `d1` began after the last complete snapshot without it, `b0`, and ended before the next one,
`d2`. So its length lies between d1 - b1 and d2 - b0; it would not have been seen at all had it ended before `b1`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Lives that began within the window, all times in seconds from each one's first sighting."""

    birth_width: Floats
    """How long before its first sighting a life can have begun at most."""
    low: Floats
    """The life went on at least until this long after its first sighting."""
    high: Floats
    """And ended before this; infinite for one that was still there when the window ended."""
    cluster: Integers
    """Whose it is: lives of one advertiser are not independent of each other."""

    def __len__(self) -> int:
        return len(self.low)

    @property
    def ended(self) -> int:
        """How many lives were seen to end."""
        return int(np.isfinite(self.high).sum())

    @property
    def gap_seconds(self) -> float:
        """The typical time between a birth's two bounds: what lives shorter than it leave mostly unseen."""
        return float(np.median(self.birth_width)) if len(self) else float("nan")

    def taken(self, places: Integers | NDArray[np.bool_]) -> Cohort:
        """The chosen lives."""
        return Cohort(self.birth_width[places], self.low[places], self.high[places], self.cluster[places])


def sampled(births: Floats, deaths: Floats, looks: Floats, last_birth: float) -> Cohort:
    """The cohort that looks at these ascending times make of lives that are visible without a rest.

    Lives first seen after the first look and up to `last_birth` are in it; the last look ends the window. For lives
    whose truth is known.
    """
    first = np.searchsorted(looks, births)
    after = np.searchsorted(looks, deaths)
    is_seen = (first < after) & (first > 0)
    is_seen &= looks[np.minimum(first, len(looks) - 1)] <= last_birth
    first, after = first[is_seen], after[is_seen]
    is_gone = after < len(looks)
    low = looks[after - 1] - looks[first]
    high = np.where(is_gone, looks[np.minimum(after, len(looks) - 1)] - looks[first], np.inf)
    return Cohort(looks[first] - looks[first - 1], low, high, np.arange(len(low)))
