"""Small books written out by hand: which offers each snapshot shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.side_day import OFFER_COLUMNS, SNAPSHOT_COLUMNS, SideDay, side_day
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS

MIDNIGHT = datetime(2026, 11, 9, tzinfo=UTC)
SIZE = (Decimal(1000), Decimal(100))


def shown(name: str, **values: Any) -> dict[str, Any]:
    """One offer; unless said otherwise of an advertiser of its own, at 10, with 500 available, 100 to 5000 an order."""
    row: dict[str, Any] = {
        "offer_id": name,
        "advertiser_id": f"key-{name}",
        "advertiser_name": f"name-{name}",
        "is_floating_price": False,
        "price": "10",
        "min_fiat": "100",
        "max_fiat": "5000",
        "available_asset": "500",
    } | values
    money = ("price", "min_fiat", "max_fiat", "available_asset")
    return row | {column: Decimal(row[column]) for column in money}


def look(minutes: float, *offers: dict[str, Any], stop: str = "book_end", side: Side = Side.BUY) -> dict[str, Any]:
    """One snapshot, so many minutes after midnight."""
    return {
        "snapshot_id": f"{side}{minutes}",
        "snapshot_at": MIDNIGHT + timedelta(minutes=minutes),
        "market_key": "bybit.USDT-RUB",
        "venue": "bybit",
        "asset": "USDT",
        "fiat": "RUB",
        "side": str(side),
        "slot": int(minutes * 2),
        "offers": len(offers),
        "is_complete": stop == "book_end",
        "pages": 1,
        "stop_reason": stop,
        "rows": list(offers),
    }


def tables_of(looks: Sequence[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    """The rows of `snapshots` and `offers`, in the order given."""
    return typed(SNAPSHOTS.arrow_schema, list(looks), SNAPSHOT_COLUMNS), typed(
        OFFERS.arrow_schema, [row for entry in looks for row in entry["rows"]], OFFER_COLUMNS
    )


def typed(schema: pa.Schema, rows: list[dict[str, Any]], names: tuple[str, ...]) -> pa.Table:
    """A table of these columns, typed as the schema says."""
    return pa.table({name: pa.array([row[name] for row in rows], schema.field(name).type) for name in names})


def day_of(*looks: dict[str, Any], side: Side = Side.BUY) -> SideDay:
    """One side of a day of these snapshots."""
    found = side_day(*tables_of(looks), side, SIZE)
    assert found is not None
    return found
