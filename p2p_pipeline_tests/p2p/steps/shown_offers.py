"""Looks at a few offers, put into a lake."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.behaviour import build_offer_days
from p2p_pipeline_tests.p2p.metrics.behaviour.books import look
from p2p_pipeline_tests.p2p.metrics.behaviour.books import shown as shown_small

KEY = "bybit.USDT-RUB"
DAY = date(2026, 11, 9)


def shown(name: str, **values: Any) -> dict[str, Any]:
    """An offer that can take the settings' middle size."""
    return shown_small(name, **{"max_fiat": "90000", "available_asset": "9000"} | values)


def put(lake: Lake, day: date, looks: list[dict[str, Any]], facts: str = "1") -> None:
    """Store a day's looks as `snapshots` and `offers`."""
    shift = timedelta(days=(day - DAY).days)
    snapshots = [{**_OTHERS, **entry, "snapshot_at": entry["snapshot_at"] + shift} for entry in looks]
    offers = [{**entry, **row} for entry in snapshots for row in entry["rows"]]
    for table, rows in ((SNAPSHOTS, snapshots), (OFFERS, offers)):
        lake.write(table, day, KEY, table.table_of(rows), {"made": facts})


def two_days(lake: Lake) -> None:
    """Looks every half hour on both sides: 96 offers one after another, of three hours each, and one that stays."""
    always = [shown("z", advertiser_id="z", price="12")]
    for number in range(2):
        looks = []
        for half_hour in range(48):
            at = number * 48 + half_hour
            here = [shown(f"o{n}", advertiser_id=f"k{n % 40}") for n in range(96) if n <= at < n + 6]
            looks += [look(half_hour * 30, *here, *always, side=side) for side in Side]
        put(lake, DAY + timedelta(days=number), looks)
        build_offer_days(lake, DAY + timedelta(days=number), KEY, Settings())


_OTHERS: dict[str, Any] = {
    "position": 0, "stated_max_fiat": Decimal(100_000), "payment_methods": [], "payment_methods_from_remark": [],
    "native_payments": [], "completion_rate": 0.9, "orders_30d": 3, "is_merchant": False, "is_promoted": False,
    "payment_minutes": 15, "fiat_scale": 2, "asset_scale": 2, "source": "simulated", "pages": 1, "duplicates": 0,
    "quarantined": 0, "stated_total": None, "captures": 1, "failed_captures": 0, "elapsed_seconds": 0.1,
    "unknown_fields": [], "missing_fields": [], "unknown_payments": [], "raw_path": "x", "raw_offset": 0,
}  # fmt: skip
