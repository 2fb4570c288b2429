"""Behaviour as tables of the lake: made once, made again only when what they are made from has changed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.markets import Side
from p2p_pipeline.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.metrics.behaviour.summary_schema import ADVERTISERS, ENDINGS, LIFETIMES, STABILITY
from p2p_pipeline.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.settings import Settings
from p2p_pipeline.steps.behaviour import build_behaviour, build_offer_days
from p2p_pipeline.tables import Table
from p2p_pipeline_tests.metrics.behaviour.books import look
from p2p_pipeline_tests.metrics.behaviour.books import shown as shown_small

KEY = "bybit.USDT-RUB"
DAY = date(2026, 11, 9)
_OTHERS: dict[str, Any] = {
    "position": 0, "stated_max_fiat": Decimal(100_000), "payment_methods": [], "payment_methods_from_remark": [],
    "native_payments": [], "completion_rate": 0.9, "orders_30d": 3, "is_merchant": False, "is_promoted": False,
    "payment_minutes": 15, "fiat_scale": 2, "asset_scale": 2, "source": "simulated", "pages": 1, "duplicates": 0,
    "quarantined": 0, "stated_total": None, "captures": 1, "failed_captures": 0, "elapsed_seconds": 0.1,
    "unknown_fields": [], "missing_fields": [], "unknown_payments": [], "raw_path": "x", "raw_offset": 0,
}  # fmt: skip


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


def rows_of(lake: Lake, table: Table, day: date) -> pa.Table:
    found = lake.read(table, day, KEY)
    assert table.failures(found) == {}
    return found


def test_a_day_is_made_once_and_again_only_when_its_offers_change(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    put(lake, DAY, [look(0, shown("a")), look(10, shown("a"), shown("b"))])
    first = build_offer_days(lake, DAY, KEY, Settings())
    assert first.new_rows == {"offer_days": 2, "advertiser_days": 2, "stability_hours": 1}
    assert set(build_offer_days(lake, DAY, KEY, Settings()).new_rows.values()) == {0}
    put(lake, DAY, [look(0, shown("a")), look(10, shown("a"))], "2")
    assert build_offer_days(lake, DAY, KEY, Settings()).new_rows["offer_days"] == 1
    for table in (OFFER_DAYS, ADVERTISER_DAYS, STABILITY_HOURS):
        assert rows_of(lake, table, DAY).num_rows >= 1


def test_a_day_without_anything_gives_empty_tables(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    put(lake, DAY, [])
    assert build_offer_days(lake, DAY, KEY, Settings()).total_rows["offer_days"] == 0
    build_behaviour(lake, KEY, DAY, Settings())
    assert {row["state"] for row in rows_of(lake, LIFETIMES, DAY).to_pylist()} == {"no_complete_snapshots"}


def test_days_are_joined_and_a_life_over_midnight_is_one(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    two_days(lake)
    last = DAY + timedelta(days=1)
    build_behaviour(lake, KEY, last, Settings(), days=2, rest_seconds=3600.0)
    everything = {row["side"]: row for row in rows_of(lake, LIFETIMES, last).to_pylist() if row["place"] == "all"}
    for row in everything.values():
        assert row["state"] == "ok"
        assert row["lives"] == 97
        # Seen six times half an hour apart: between 2.5 and 3.5 hours.
        assert row["median_seconds"] == pytest.approx(3 * 3600, rel=0.1)
        assert row["free_median_seconds"] == pytest.approx(3 * 3600, rel=0.15)
    endings = [row for row in rows_of(lake, ENDINGS, last).to_pylist() if row["hours"] == 6 and row["place"] == "all"]
    assert {row["ending"]: round(row["share"], 2) for row in endings} == {"filled": 0, "withdrawn": 1, "unknown": 0}
    (z,) = [row for row in rows_of(lake, ADVERTISERS, last).to_pylist() if row["advertiser_id"] == "z"]
    assert (z["days_seen"], z["sides"], z["offers"]) == (2, ["BUY", "SELL"], 1)
    assert {row["horizon_seconds"] for row in rows_of(lake, STABILITY, last).to_pylist()} == {0, 3600}


def test_the_summary_is_made_again_when_any_of_its_days_changes_and_not_otherwise(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    two_days(lake)
    last = DAY + timedelta(days=1)
    asked: dict[str, Any] = {"days": 2, "rest_seconds": 3600.0}
    assert build_behaviour(lake, KEY, last, Settings(), **asked).new_rows["lifetimes"] == 8
    assert build_behaviour(lake, KEY, last, Settings(), **asked).new_rows["lifetimes"] == 0
    put(lake, DAY, [look(0, shown("a"))], "2")
    build_offer_days(lake, DAY, KEY, Settings())
    assert build_behaviour(lake, KEY, last, Settings(), **asked).new_rows["lifetimes"] == 8
