from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from p2p_pipeline.p2p.markets import Offer, Side
from p2p_pipeline.p2p.metrics.deals.outcomes import amount_held, later_looks, legs_held, spread_evenly
from p2p_pipeline.p2p.metrics.deals.sheet import best_deal
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.deals.made_up import offer

ASKS = [offer("1", "10", maximum="600"), offer("2", "10.1", maximum="900")]
BIDS = [replace(ask, side=Side.SELL) for ask in reversed(ASKS)]


def held(before: list[Offer], after: list[Offer], side: Side = Side.BUY) -> bool:
    amount = Decimal(1000) if side is Side.BUY else Decimal(90)
    deal = best_deal(quote(Book.from_offers(side, before), amount))
    assert deal is not None
    assert len(deal.legs) == 2
    return legs_held(deal, Book.from_offers(side, after))


def test_a_deal_holds_while_every_leg_can_still_be_placed_at_no_worse_a_price() -> None:
    assert held(ASKS, ASKS)
    assert held(ASKS, [offer("0", "9"), *ASKS]), "a better offer elsewhere takes nothing away"
    assert held(ASKS, [replace(ASKS[0], price=Decimal("9.9")), ASKS[1]])
    assert not held(ASKS, [replace(ASKS[0], price=Decimal("10.01")), ASKS[1]])
    assert not held(ASKS, ASKS[:1])
    assert not held(ASKS, [ASKS[0], replace(ASKS[1], max_fiat=Decimal(399))])
    assert held(ASKS, [ASKS[0], replace(ASKS[1], max_fiat=Decimal(400))])
    assert not held(ASKS, [replace(ASKS[0], min_fiat=Decimal(601)), ASKS[1]])


def test_a_seller_is_worse_off_with_a_lower_price() -> None:
    assert held(BIDS, BIDS, Side.SELL)
    assert held(BIDS, [replace(BIDS[0], price=Decimal("10.11")), BIDS[1]], Side.SELL)
    assert not held(BIDS, [replace(BIDS[0], price=Decimal("10.09")), BIDS[1]], Side.SELL)
    assert not held(BIDS, [replace(BIDS[0], available_asset=Decimal(10)), BIDS[1]], Side.SELL)


def test_an_amount_holds_up_to_two_thousandths_worse() -> None:
    deal = best_deal(quote(Book.from_offers(Side.BUY, ASKS[:1]), Decimal(500)))
    assert deal is not None
    assert amount_held(deal, Decimal("10.02"))
    assert not amount_held(deal, Decimal("10.021"))
    assert not amount_held(deal, None)
    assert amount_held(replace(deal, side=Side.SELL), Decimal("9.98"))
    assert not amount_held(replace(deal, side=Side.SELL), Decimal("9.979"))


def test_a_later_look_counts_only_when_it_comes_about_then() -> None:
    at = np.array([0.0, 61, 250, 301, 1000])
    later = later_looks(at, 0)
    assert {name: found.place for name, found in later.items()} == {"1": 1, "5": 3, "15": 4}
    assert later["15"].seconds == 1000
    assert {name: found.seconds for name, found in later_looks(np.array([0.0, 240]), 0).items()} == {"5": 240}


def test_where_looks_are_hours_apart_the_next_one_is_followed_for_a_day_at_most() -> None:
    assert later_looks(np.array([0.0, 14_400, 28_800]), 0)["next"].place == 1
    assert later_looks(np.array([0.0, 100_000]), 0) == {}
    assert later_looks(np.array([0.0]), 0) == {}


@pytest.mark.parametrize("most", [1, 3, 10, 200])
def test_moments_are_spread_evenly(most: int) -> None:
    found = spread_evenly(range(100), most)
    assert len(found) == len(set(found)) == min(most, 100)
    assert found == sorted(found)
    if most == 3:
        assert found == [0, 50, 99]
