"""The recorded year of prices, as series."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from functools import cache

import numpy as np

from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MARKET
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDING = RECORDINGS / "binance_usdt_bob_series_2024-08_2025-07.csv"
ZONE = "America/La_Paz"


@cache
def recorded(side: Side, measure: str) -> Series:
    """A column of the recording, the median of each UTC hour."""
    hours: dict[int, list[float]] = defaultdict(list)
    with RECORDING.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["side"] == side and row[measure]:
                at = datetime.fromisoformat(row["observed_at"])
                hours[int(at.timestamp()) // 3600 * 3600].append(float(row[measure]))
    starts = sorted(hours)
    return Series(
        SeriesKey(MarketSide(MARKET, side), measure),
        None,
        3600,
        np.array(starts, dtype=np.int64),
        np.array([np.median(hours[at]) for at in starts]),
        np.array([len(hours[at]) for at in starts], dtype=np.int64),
    )
