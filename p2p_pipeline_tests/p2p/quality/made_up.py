"""Small made-up tables for the quality tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS

START = datetime(2026, 9, 1, tzinfo=UTC)
_SAMPLES: dict[pa.DataType, Any] = {
    pa.string(): "x",
    pa.bool_(): False,
    pa.int32(): 0,
    pa.int64(): 0,
    pa.float64(): 0.5,
    pa.list_(pa.string()): [],
    pa.decimal128(38, 12): Decimal(10),
    pa.timestamp("us", tz="UTC"): START,
}


def made(table: Table, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a table; columns that a row does not give have a plain value."""
    return table.table(
        {field.name: [row.get(field.name, _SAMPLES[field.type]) for row in rows] for field in table.arrow_schema}
    )


def snapshot(slot: int, side: str = "BUY", **given: Any) -> dict[str, Any]:
    """A good snapshot of bybit.USDT-RUB in a slot counted from START."""
    return {
        "snapshot_id": f"bybit.USDT-RUB:{side}:{slot}",
        "market_key": "bybit.USDT-RUB",
        "side": side,
        "slot": slot,
        "snapshot_at": START + timedelta(seconds=30 * slot),
        "pages": 1,
        "stop_reason": "book_end",
        "is_complete": True,
        "raw_path": "2026-09-01/bybit.USDT-RUB.jsonl",
        **given,
    }


def snapshots(*rows: dict[str, Any]) -> pa.Table:
    """A table of snapshots."""
    return made(SNAPSHOTS, *rows)


def offers(*rows: dict[str, Any]) -> pa.Table:
    """A table of offers."""
    return made(OFFERS, *rows)


def quarantine(*rows: dict[str, Any]) -> pa.Table:
    """A table of quarantined records."""
    return made(QUARANTINE, *rows)


def depth(*rows: dict[str, Any]) -> pa.Table:
    """A table of depth."""
    return made(DEPTH, *rows)
