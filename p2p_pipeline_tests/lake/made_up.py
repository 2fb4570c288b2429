"""Rows of any table of the lake, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from p2p_pipeline.kernel.table import Table

DAY = date(2024, 10, 25)
MARKET = "binance.USDT-BOB"


def rows_of(table: Table, count: int, **given: Any) -> pa.Table:
    """Made-up rows that fit a table's schema."""
    samples: dict[pa.DataType, Any] = {
        pa.string(): "x",
        pa.bool_(): False,
        pa.int32(): 1,
        pa.int64(): 1,
        pa.float64(): 0.5,
        pa.list_(pa.string()): ["a"],
        pa.list_(pa.float64()): [0.5],
        pa.decimal128(38, 12): Decimal("10.5"),
        pa.timestamp("us", tz="UTC"): datetime(2024, 10, 25, 12, tzinfo=UTC),
        pa.list_(pa.timestamp("us", tz="UTC")): [datetime(2024, 10, 25, 12, tzinfo=UTC)],
    }
    values = {field.name: samples[field.type] for field in table.arrow_schema}
    words = {"side": "BUY", "source": "imported", "stop_reason": "book_end", "stage": "adapter"}
    values |= {name: word for name, word in words.items() if name in values} | given
    return table.table({name: [value] * count for name, value in values.items()})
