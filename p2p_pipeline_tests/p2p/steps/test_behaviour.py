"""Behaviour as tables of the lake: made once, made again only when what they are made from has changed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS, ENDINGS, LIFETIMES, STABILITY
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.behaviour import build_behaviour, build_offer_days
from p2p_pipeline_tests.p2p.metrics.behaviour.books import look
from p2p_pipeline_tests.p2p.steps.shown_offers import DAY, KEY, put, shown, two_days


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
