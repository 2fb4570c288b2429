"""A calm series that anomalies are put into."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import DayRows, write_month
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS

KEY = "binance.USDT-BOB"
FIRST = date(2025, 1, 1)
DAYS = 36
Values = dict[tuple[str, str, int | None], np.ndarray[Any, Any]]


def calm_values(days: int = DAYS) -> Values:
    generator = np.random.default_rng(1)
    hours = 24 * days
    price = np.exp(2 + np.cumsum(generator.normal(0, 0.001, hours)))
    return {
        ("BUY", "executable", 0): price,
        ("SELL", "executable", 0): price * 0.99,
        ("BUY", "offers", None): generator.poisson(300, hours).astype(np.float64),
        ("SELL", "offers", None): generator.poisson(200, hours).astype(np.float64),
    }


def store(lake: Lake, values: Values, key: str = KEY, first: date = FIRST, days: Iterable[int] | None = None) -> None:
    """Rollups by hour; NaN is an hour without a row."""
    tables = {}
    for number in range(len(next(iter(values.values()))) // 24) if days is None else days:
        day = first + timedelta(days=number)
        tables[day] = ROLLUPS.table_of(
            [
                _row(name, datetime(day.year, day.month, day.day, hour, tzinfo=UTC), float(series[24 * number + hour]))
                for name, series in values.items()
                for hour in range(24)
                if np.isfinite(series[24 * number + hour])
            ]
        )
    for path, month in groupby(tables, lambda day: lake.month_path(ROLLUPS, day, key)):
        rows = {day: tables[day] for day in month}
        if days is None:
            kept = {day: DayRows({"rows": str(hash(str(found["median"])))}, [found]) for day, found in rows.items()}
            write_month(path, ROLLUPS.arrow_schema, kept)
        else:
            for day, found in rows.items():
                lake.write(ROLLUPS, day, key, found, {"rows": str(hash(str(found["median"])))})


def _row(name: tuple[str, str, int | None], start: datetime, value: float) -> dict[str, Any]:
    side, measure, step = name
    return {
        **dict.fromkeys(ROLLUPS.arrow_schema.names),
        "market_key": KEY, "venue": "binance", "asset": "USDT", "fiat": "BOB", "side": side, "measure": measure,
        "profile": None if step is None else "wide", "step": step,
        "amount_fiat": None if step is None else Decimal(700),
        "period_seconds": 3600, "period_start": start, "seen": 120, "observations": 120, "longest_gap_seconds": 30.0,
        "median": value,
    }  # fmt: skip
