"""A market in figures: what counts, in which order a table shows it, and who stands behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, Offer, Side
from p2p_pipeline.p2p.metrics.markets.figures import KnownFrom, MarketFigures, SideFigures, side_figures
from p2p_pipeline.p2p.metrics.markets.hands import biggest_advertisers, paid_by
from p2p_pipeline.p2p.metrics.markets.ranking import SortedBy, ranks_of, sorted_markets
from p2p_pipeline_tests.p2p.warehouse.made_offers import offer

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def priced(number: int, price: str, asset: str, **changes: Any) -> Offer:
    return offer(str(number), price=Decimal(price), available_asset=Decimal(asset), **changes).offer


def market(name: str, near_asset: str | None, offers: int = 1) -> MarketFigures:
    price = None if near_asset is None else Decimal(10)
    side = SideFigures(offers, 1, price, Decimal(near_asset or 0), Decimal(5), NOON, True)
    return MarketFigures(Market("binance", "USDT", name), KnownFrom.SWEEP, side, None, 1)


def test_what_can_not_fill_its_own_minimum_is_an_offer_but_no_price() -> None:
    bait = priced(1, "70", "3", min_fiat=Decimal(500), max_fiat=Decimal(210))
    offers = [bait, priced(2, "80", "10"), priced(3, "80.8", "20"), priced(4, "80.9", "40")]
    found = side_figures(Side.BUY, offers, NOON, is_complete=True)
    assert (found.offers, found.best_price, found.near_asset, found.total_asset) == (
        4,
        Decimal(80),
        Decimal(30),
        Decimal(73),
    )


def test_a_side_on_which_nothing_can_be_filled_has_no_price_and_no_depth() -> None:
    empty = priced(1, "70", "3", max_fiat=Decimal(0))
    found = side_figures(Side.SELL, [empty], NOON, is_complete=True)
    assert (found.best_price, found.near_asset, found.advertisers) == (None, Decimal(0), 1)
    assert side_figures(Side.SELL, [], NOON, is_complete=True).offers == 0


@given(
    st.dictionaries(st.sampled_from(["AED", "BOB", "RUB", "USD", "VND", "ZAR"]), st.none() | st.integers(0, 3)),
    st.booleans(),
)
def test_a_table_is_in_order_and_what_has_no_figure_comes_last(
    depths: dict[str, int | None], is_descending: bool
) -> None:
    markets = [market(name, None if depth is None else str(depth)) for name, depth in depths.items()]
    found = sorted_markets(markets, SortedBy.DEPTH, is_descending=is_descending)
    assert sorted(one.market.key for one in found) == sorted(one.market.key for one in markets)
    shown = [one.near_asset for one in found]
    having = [depth for depth in shown if depth is not None]
    assert shown == [*sorted(having, reverse=is_descending), *[None] * (len(shown) - len(having))]
    for depth in set(having):
        equal = [one.market.key for one in found if one.near_asset == depth]
        assert equal == sorted(equal), "equal ones stand by their keys"


def test_equal_markets_share_the_better_place() -> None:
    markets = [market("AED", "9"), market("BOB", "9"), market("RUB", "4"), market("USD", None)]
    places = {one.market.fiat: {rank.by: (rank.place, rank.of) for rank in ranks_of(one, markets)} for one in markets}
    assert [places[fiat].get(SortedBy.DEPTH) for fiat in ("AED", "BOB", "RUB", "USD")] == [(1, 3), (1, 3), (3, 3), None]


def test_an_advertiser_is_counted_once_and_whom_the_venue_gives_no_id_by_the_name() -> None:
    offers = [
        priced(1, "80", "10", advertiser_id="a"),
        priced(2, "81", "10", advertiser_id="a", is_merchant=True),
        priced(3, "82", "5", advertiser_id=None, advertiser_name="bea"),
        priced(4, "83", "5", advertiser_id=None, advertiser_name="bea"),
    ]
    found = biggest_advertisers(Side.BUY, offers, 5)
    assert [(one.name, one.offers, one.asset, one.best_price) for one in found] == [
        ("anna", 2, Decimal(20), Decimal(80)),
        ("bea", 2, Decimal(10), Decimal(82)),
    ]
    assert found[0].share == 20 / 30


def test_an_offer_counts_in_full_for_each_payment_method_it_takes() -> None:
    offers = [(priced(1, "80", "10"), ("sbp", "tbank")), (priced(2, "79", "30"), ("sbp",))]
    assert [(one.method, one.offers, one.share, one.best_price) for one in paid_by(Side.SELL, offers)] == [
        ("sbp", 2, 1.0, Decimal(80)),
        ("tbank", 1, 0.25, Decimal(80)),
    ]
