from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Offer, Side
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.sheet import Sheet, best_deal, crossing, sheet_of_offers, single_deals
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.deals.made_up import offer

AMOUNT = Decimal(1000)


def sheet(offers: Sequence[Offer], side: Side = Side.BUY) -> Sheet:
    return sheet_of_offers(side, offers, [True] * len(offers))


def best(offers: Sequence[Offer], amount: Decimal = AMOUNT, side: Side = Side.BUY) -> Deal:
    found = best_deal(quote(Book.from_offers(side, offers), amount))
    assert found is not None
    return found


def test_room_to_spare_is_what_the_offer_takes_beyond_the_leg() -> None:
    asks = [offer("1", "10", maximum="2500")]
    assert sheet(asks).headroom(best(asks).legs[0]) == pytest.approx(1.5)
    assert sheet(asks).used(best(asks).legs[0]) == pytest.approx(0.4)
    assert sheet(asks).limits_ratio(best(asks).legs[0]) == pytest.approx(25)
    bids = [offer("1", "10", maximum="2500", side=Side.SELL, available_asset=Decimal(120))]
    deal = best(bids, Decimal(100), Side.SELL)
    assert sheet(bids, Side.SELL).headroom(deal.legs[0]) == pytest.approx(0.2)


def test_cover_counts_only_what_is_near_the_price_and_takes_the_amount() -> None:
    asks = [
        offer("1", "10", maximum="2000"),
        offer("2", "10.01", maximum="3000"),
        offer("3", "10.03", maximum="9000"),
        offer("4", "10", minimum="1500", maximum="9000"),
    ]
    assert sheet(asks).near_cover(best(asks)) == pytest.approx(5.0)


def test_a_lead_is_measured_against_offers_of_others_that_could_take_the_leg() -> None:
    asks = [
        offer("1", "9.5"),
        offer("2", "9.4", advertiser_id="advertiser 1"),
        offer("3", "9.3", maximum="500"),
        offer("4", "10"),
        offer("5", "10.1"),
        offer("6", "10.2"),
    ]
    leg = single_deals(Book.from_offers(Side.BUY, asks), AMOUNT, (1, 2))[2].legs[0]
    assert leg.offer_id == "1"
    assert sheet(asks).lead(leg) == pytest.approx((10.1 - 9.5) / 10.1)
    assert sheet(asks[:4]).lead(leg) is None, "one other offer is nothing to compare with"


def test_a_crossing_is_measured_against_the_other_sides_first_offers() -> None:
    asks = [offer("1", "9.9")]
    bids = [offer(str(n), price, side=Side.SELL) for n, price in enumerate(("12", "10", "9.8", "9.7"))]
    assert crossing(best(asks), sheet(bids, Side.SELL)) == pytest.approx(0.1 / 10)
    assert crossing(best(asks), None) is None
    tiny = [offer("9", "12", maximum="200", side=Side.SELL)]
    assert crossing(best(asks), sheet(tiny, Side.SELL)) is None


@given(
    st.lists(st.tuples(st.integers(900, 1100), st.integers(1, 50), st.integers(1, 300)), min_size=1, max_size=8),
    st.sampled_from(Side),
)
def test_single_deals_are_the_books_own_single_offers(rows: list[tuple[int, int, int]], side: Side) -> None:
    offers = [
        offer(str(n), str(Decimal(price) / 100), str(low * 10), str(low * 10 + more * 10), side=side)
        for n, (price, low, more) in enumerate(rows)
    ]
    book = Book.from_offers(side, offers)
    amount = Decimal(500) if side is Side.BUY else Decimal(50)
    found = quote(book, amount)
    singles = single_deals(book, amount, range(1, 9))
    assert (1 in singles) == (found.best_single is not None)
    if found.best_single is not None:
        assert singles[1].legs == (found.best_single,)
    prices = [deal.price for deal in singles.values()]
    assert prices == sorted(prices, reverse=side is Side.SELL)
