"""The recorded year as a market: vwap and median of both sides, hour by hour."""

from __future__ import annotations

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline_tests.p2p.metrics.timing.recorded_series import RECORDING, recorded
from p2p_pipeline_tests.p2p.metrics.unusual.jumps import Market, pair_of

__all__ = ["RECORDING", "recorded_year"]


def recorded_year(first_side: Side = Side.BUY) -> Market:
    """The vwap of a side first, for that is what jumps where one measure does."""
    sides = (first_side, next(side for side in Side if side is not first_side))
    names = [(side, measure) for side in sides for measure in ("vwap", "median")]
    found = [recorded(side, measure) for side, measure in names]
    first = min(int(series.starts[0]) for series in found) // 86400 * 24
    last = max(int(series.starts[-1]) for series in found) // 3600
    levels = np.full((last - first + 1, len(names)), np.nan)
    for column, series in enumerate(found):
        levels[series.starts // 3600 - first, column] = np.log(series.values)
    return pair_of(f"recorded, {first_side} first", names, first, levels)
