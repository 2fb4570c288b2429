"""Who is behind offers, how large price changes are, and how many come and go by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.by_hour import traffic_by_hour
from p2p_pipeline.p2p.metrics.behaviour.lives import join_lives
from p2p_pipeline.p2p.metrics.behaviour.owners import side_owners
from p2p_pipeline.p2p.metrics.behaviour.price_steps import MINIMUM_STEPS, price_steps
from p2p_pipeline.p2p.metrics.behaviour.schema import OFFER_DAYS

START = datetime(2026, 3, 2, tzinfo=UTC)
MARKET = {"market_key": "bybit.USDT-RUB", "venue": "bybit", "asset": "USDT", "fiat": "RUB", "side": "BUY"}


def stay(offer: str, owner: str | None, first: float = 0.0, last: float = 1.0, **more: Any) -> dict[str, Any]:
    """A row of `offer_days`, from one hour after START to another."""
    moments = [START + timedelta(hours=hour) for hour in (first, last)]
    usual: dict[str, Any] = dict.fromkeys(OFFER_DAYS.arrow_schema.names, 0)
    usual |= {"offer_id": offer, "advertiser_id": owner, "is_floating_price": False, "seen": 10}
    usual |= dict(zip(("first_seen_at", "last_seen_at"), moments, strict=True))
    usual |= dict.fromkeys(("absent_before_at", "absent_after_at", "first_distance"))
    usual |= {name: Decimal(80) for name in ("first_price", "last_price")}
    return {**usual, **MARKET, **more}


def test_two_equal_advertisers_are_as_concentrated_as_two_and_the_bigger_stands_first() -> None:
    rows = OFFER_DAYS.table_of([stay("a", "x"), stay("b", "y"), stay("c", "y", seen=0)])
    told = side_owners(rows, 0.9)
    assert told is not None
    assert (told.concentration.value, told.concentration.like_equals) == (0.5, 2.0)
    assert (told.concentration.low, told.concentration.days) == (None, 1), "one day says nothing of other days"
    assert [(one.advertiser_id, one.offers) for one in told.owners] == [("y", 2), ("x", 1)]
    assert told.owners[0].top_share is None, "nothing was executable"


def test_an_offer_without_a_key_stands_for_itself_and_who_takes_the_top_is_counted() -> None:
    before = START - timedelta(hours=1)
    rows = [
        stay("a", None, best=3),
        stay("b", None),
        stay("c", "z", best=1, absent_before_at=before, first_distance=0.0),
        stay("d", "z", absent_before_at=before, first_distance=0.004),
    ]
    told = side_owners(OFFER_DAYS.table_of(rows), 0.9)
    assert told is not None
    by_key = {one.advertiser_id: one for one in told.owners}
    assert told.concentration.advertisers == 3
    assert (by_key["z"].top_share, by_key["z"].arrivals, by_key["z"].took_top) == (0.25, 2, 1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 500), min_size=3, max_size=3), min_size=2, max_size=9))
def test_the_interval_of_concentration_holds_it_and_stays_possible(days: list[list[int]]) -> None:
    rows = [
        stay(f"{owner}{day}", f"{owner}", 24 * day, 24 * day + 1, seen=seen)
        for day, looks in enumerate(days)
        for owner, seen in enumerate(looks)
    ]
    found = side_owners(OFFER_DAYS.table_of(rows), 0.9)
    assert found is not None
    held = found.concentration
    assert held.low is not None
    assert held.high is not None
    assert 1 / 3 - 1e-9 <= held.low <= held.value + 1e-9 <= held.high + 2e-9 <= 1 + 3e-9
    assert sum(one.share for one in found.owners) == pytest.approx(1.0)


def test_price_steps_are_told_of_single_changes_of_fixed_prices_and_only_of_enough() -> None:
    down: dict[str, Any] = {"price_changes": 1, "last_price": Decimal("79.2")}
    up: dict[str, Any] = {"price_changes": 1, "last_price": Decimal("80.4")}
    rows = [stay(str(number), "x", **(down if number % 4 else up)) for number in range(12)]
    rows += [stay("f", "x", is_floating_price=True, **up), stay("t", "x", price_changes=2, last_price=Decimal(90))]
    told = price_steps(OFFER_DAYS.table_of(rows), Side.BUY)
    assert told is not None
    assert (told.steps, told.better_share) == (12, 0.75)
    assert told.median == pytest.approx(0.01)
    sold = price_steps(OFFER_DAYS.table_of(rows), Side.SELL)
    assert sold is not None
    assert sold.better_share == 0.25
    assert price_steps(OFFER_DAYS.table_of(rows[: MINIMUM_STEPS - 1]), Side.BUY) is None


@pytest.mark.parametrize(("zone", "came_at", "gone_at"), [("UTC", 12, 15), ("Asia/Kolkata", 17, 20)])
def test_offers_come_and_go_on_the_readers_clock(zone: str, came_at: int, gone_at: int) -> None:
    # Looked at every half hour for three days; one offer lives from 12:00 to 14:30 of the second day.
    looks = np.array([int((START + timedelta(hours=half / 2)).timestamp() * 1e6) for half in range(144)])
    rows = [stay("always", "y", 0, 71.5), stay("a", "x", 36, 38.5)]
    lives = join_lives(OFFER_DAYS.table_of(rows), looks)
    assert lives is not None
    hours = traffic_by_hour(lives, zone)
    assert [one.hour for one in hours] == list(range(24))
    assert {one.hour for one in hours if one.came} == {came_at}
    assert {one.hour for one in hours if one.gone} == {gone_at}
    assert sum(one.hours_seen for one in hours) in (60, 61), "three days without a rest at either end"
