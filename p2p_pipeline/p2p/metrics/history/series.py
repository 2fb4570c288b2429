"""A series as arrays: what the timing and the anomaly tools work on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import MarketSide


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """Names one series: what is measured where, for measures of an amount under which profile and for which size."""

    market_side: MarketSide
    measure: str
    profile: str | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One series, a value a period. Periods that nobody saw, or in which nothing could be placed, are not there."""

    key: SeriesKey
    amount_fiat: Decimal | None
    """The size of the newest row; None for measures of the whole book."""
    period_seconds: int
    starts: NDArray[np.int64]
    """When each period begins, seconds since 1970 UTC: ascending, each once."""
    values: NDArray[np.float64]
    """The median over the period."""
    observations: NDArray[np.int64]
    """How many values each median is of, at least 1."""

    def __len__(self) -> int:
        return len(self.starts)
