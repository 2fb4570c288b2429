"""What a combo was worth over time, from the kept history: the best route's rate by the hour and by the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.combos.routes import combo_series_side
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.steps.series import NoSeries, choose_series

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


@dataclass(frozen=True, slots=True)
class ComboHistory:
    """The best route's rate over the days asked for."""

    question: HistoryQuestion
    key: SeriesKey
    size: Decimal
    """The kept size nearest to the amount asked for."""
    hours: pa.Table
    drawn: pa.Table
    """The rollups for a picture: finer where the days are few."""

    @property
    def days(self) -> list[dict[str, Any]]:
        """A row a day, from its hours; the median is that of the hours' medians."""
        days: dict[date, list[dict[str, Any]]] = {}
        for row in self.hours.to_pylist():
            days.setdefault(row["period_start"].date(), []).append(row)
        return [_day_row(day, rows) for day, rows in days.items()]

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p combo --history --json` prints it."""
        return {
            "source": self.question.source,
            "target": self.question.target,
            "market_key": self.key.market_side.market.key,
            "side": self.key.market_side.side.value,
            "measure": self.key.measure,
            "profile": self.key.profile,
            "step": self.key.step,
            "amount": self.size,
            "history": self.days,
        }


def answer_combo_history(lake: Lake, asked: HistoryQuestion) -> ComboHistory:
    """The kept rates; raises NoSeries, with what to do, when there are none."""
    key = choose_series(lake, combo_series_side(asked.source, asked.target), EXECUTABLE, asked.profile, asked.amount)
    hours = _rows_between(lake, key, asked, 3600)
    if not hours.num_rows:
        raise NoSeries(
            "the history of {source} to {target} has nothing between those days",
            source=asked.source,
            target=asked.target,
        )
    moments = hours["period_start"].to_pylist()
    is_fine = moments[-1] - moments[0] <= timedelta(days=FINE_DAYS)
    drawn = _rows_between(lake, key, asked, 300) if is_fine else hours
    return ComboHistory(asked, key, hours["amount_fiat"][-1].as_py(), hours, drawn)


def _day_row(day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    priced = [row for row in rows if row["observations"]]
    return {
        "day": day,
        "seen": sum(row["seen"] for row in rows),
        "executable": sum(row["observations"] for row in rows),
        "hours": len(rows),
        "low": min((row["low"] for row in priced), default=None),
        "median": median(row["median"] for row in priced) if priced else None,
        "high": max((row["high"] for row in priced), default=None),
    }


def _rows_between(lake: Lake, key: SeriesKey, asked: HistoryQuestion, period_seconds: int) -> pa.Table:
    field = compute.field
    wanted = (field("period_seconds") == period_seconds) & (field("measure") == key.measure)
    wanted &= (field("profile") == key.profile) & (field("step") == key.step)
    columns = ["period_start", "amount_fiat", "seen", "observations", "low", "high", "median"]
    found = lake.read_range(ROLLUPS, key.market_side.market.key, asked.first, asked.last, columns, wanted)
    rows: pa.Table = found.sort_by("period_start")
    return rows
