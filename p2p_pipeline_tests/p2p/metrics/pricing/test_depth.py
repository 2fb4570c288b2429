from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.depth import depth_ladder, measure_depth, round_trip
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Advert, Sheet

PRICES = [Decimal("10.00"), Decimal("10.10"), Decimal("10.10"), Decimal("11.00")]
ASSETS = [Decimal(1), Decimal(2), Decimal(3), Decimal("4.5")]


def test_one_side_in_numbers() -> None:
    depth = measure_depth(Side.BUY, PRICES, ASSETS, ["a", "b", "a", None], steps_percent=(0.5, 1, 10))
    assert (depth.offers, depth.total_asset, depth.best_price) == (4, Decimal("10.5"), Decimal(10))
    assert depth.median_price == Decimal("10.10")
    assert depth.vwap == pytest.approx((10 + 10.1 * 5 + 11 * 4.5) / 10.5)
    assert depth.hhi == pytest.approx((4**2 + 2**2 + 4.5**2) / 10.5**2)
    # Exactly 1 % off the best is within 1 %.
    assert dict(depth.asset_within_percent) == {0.5: Decimal(1), 1: Decimal(6), 10: Decimal("10.5")}


def test_for_a_seller_the_best_price_is_the_highest() -> None:
    depth = measure_depth(Side.SELL, PRICES, ASSETS, ["a"] * 4, steps_percent=(5, 9))
    assert depth.best_price == Decimal(11)
    assert dict(depth.asset_within_percent) == {5: Decimal("4.5"), 9: Decimal("9.5")}
    assert depth.hhi == pytest.approx(1.0)


def test_an_empty_side_and_one_without_volume_have_no_averages() -> None:
    empty = measure_depth(Side.BUY, [], [], [])
    assert (empty.offers, empty.total_asset) == (0, Decimal(0))
    assert (empty.best_price, empty.vwap, empty.hhi) == (None, None, None)
    drained = measure_depth(Side.BUY, [Decimal(5)], [Decimal(0)], ["a"])
    assert (drained.best_price, drained.vwap, drained.hhi) == (Decimal(5), None, None)


def test_the_median_of_an_even_number_of_prices_lies_between_the_middle_two() -> None:
    depth = measure_depth(Side.BUY, [Decimal("1.01"), Decimal("1.02")], [Decimal(1)] * 2, ["a", "b"])
    assert depth.median_price == Decimal("1.015")


def test_the_ladder_adds_up_price_by_price_from_the_best() -> None:
    buy = depth_ladder(Side.BUY, PRICES, ASSETS)
    assert [(level.price, level.offers, float(level.asset)) for level in buy] == [
        (Decimal("10.00"), 1, 1),
        (Decimal("10.10"), 2, 5),
        (Decimal("11.00"), 1, Decimal("4.5")),
    ]
    assert (buy[1].cumulative_asset, buy[1].cumulative_fiat) == (Decimal(6), Decimal("60.5"))
    assert [level.price for level in depth_ladder(Side.SELL, PRICES, ASSETS)] == [11, Decimal("10.1"), 10]
    assert depth_ladder(Side.BUY, [], []) == ()


@given(
    st.lists(
        st.tuples(st.decimals("0.01", 99, places=2), st.decimals(0, 9999, places=3), st.sampled_from([None, "a", "b"])),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(Side),
)
def test_the_ladder_and_the_summary_tell_of_the_same_book(
    rows: list[tuple[Decimal, Decimal, str | None]], side: Side
) -> None:
    prices, assets, advertisers = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    depth = measure_depth(side, prices, assets, advertisers, steps_percent=(1, 10**6 if side is Side.BUY else 100))
    ladder = depth_ladder(side, prices, assets)
    assert ladder[0].price == depth.best_price
    assert ladder[-1].cumulative_asset == depth.total_asset == depth.asset_within_percent[-1][1]
    assert ladder[-1].cumulative_fiat == sum(p * a for p, a in zip(prices, assets, strict=True))
    if depth.hhi is not None:
        assert depth.vwap is not None
        assert 0 < depth.hhi <= 1
        assert float(min(prices)) * (1 - 1e-9) <= depth.vwap <= float(max(prices)) * (1 + 1e-9)


def _book(side: Side, price: str, low: str = "1", high: str = "1000", asset_scale: int = 2) -> Sheet:
    return Sheet(side, (Advert("1", Decimal(price), Decimal(low), Decimal(high), Decimal(1000)),), 2, asset_scale)


def test_a_round_trip_buys_and_sells_back_all_that_can_be_counted() -> None:
    trip = round_trip(_book(Side.BUY, "3", asset_scale=4).book(), _book(Side.SELL, "2.9").book(), Decimal(100))
    # 33.3333 bought, 33.33 of it sellable, 96.657 back, rounded down.
    assert (trip.bought_asset, trip.returned_fiat) == (Decimal("33.33"), Decimal("96.65"))
    assert trip.cost == pytest.approx(0.0335)


def test_a_round_trip_in_a_crossed_market_costs_less_than_nothing() -> None:
    trip = round_trip(_book(Side.BUY, "10").book(), _book(Side.SELL, "11").book(), Decimal(100))
    assert trip.cost == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("buy", "sell", "reason"),
    [
        (_book(Side.BUY, "10", low="500"), _book(Side.SELL, "10"), "buy:below_every_minimum"),
        (_book(Side.BUY, "10"), _book(Side.SELL, "10", high="20"), "sell:above_total_capacity"),
        (_book(Side.BUY, "10"), Sheet(Side.SELL, ()), "sell:no_offers"),
        (_book(Side.BUY, "1000"), _book(Side.SELL, "10", asset_scale=0), "sell:below_every_minimum"),
    ],
)
def test_a_round_trip_that_cannot_be_made_says_on_which_side(buy: Sheet, sell: Sheet, reason: str) -> None:
    trip = round_trip(buy.book(), sell.book(), Decimal(100), partial(quote, max_splits=2))
    assert (trip.cost, trip.reason) == (None, reason)
