"""What a route cost over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey

FINE_DAYS = 3
"""Up to so many days are drawn by five minutes, more of them by the hour."""


@dataclass(frozen=True, slots=True)
class HistoryQuestion:
    """Which history is meant; of the sizes kept, the one nearest to the amount is shown."""

    source: str
    target: str
    amount: Decimal
    profile: str
    first: date | None
    last: date | None


def combo_rows_between(lake: Any, key: SeriesKey, asked: HistoryQuestion, period_seconds: int) -> pa.Table:
    """The rollups of a route's series in the days asked for, oldest first."""
    field = compute.field
    wanted = (field("period_seconds") == period_seconds) & (field("measure") == key.measure)
    wanted &= (field("profile") == key.profile) & (field("step") == key.step)
    columns = ["period_start", "amount_fiat", "seen", "observations", "low", "high", "median"]
    found = lake.read_range(ROLLUPS, key.market_side.market.key, asked.first, asked.last, columns, wanted)
    rows: pa.Table = found.sort_by("period_start")
    return rows
