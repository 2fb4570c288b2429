from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.gather import Surroundings
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.past import Looks, OfferPast, Sightings
from p2p_pipeline.p2p.metrics.deals.prices import PricePast
from p2p_pipeline.p2p.metrics.deals.sheet import best_deal, sheet_of_offers
from p2p_pipeline.p2p.metrics.deals.terms import Effort, next_price, terms_of
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.deals.made_up import offer

Floats = NDArray[np.float64]
NOW = 1_000_000 * 600.0
ASKS = [offer("1", "10", maximum="600"), offer("2", "10.1", maximum="900"), offer("3", "10.4"), offer("4", "10.5")]
BIDS = [offer("5", "9.6", side=Side.SELL)]


def best() -> tuple[Book, Deal]:
    book = Book.from_offers(Side.BUY, ASKS)
    found = best_deal(quote(book, Decimal(1000)))
    assert found is not None
    return book, found


def around(prices: PricePast | None, has_other: bool = True) -> Surroundings:
    nothing = np.array([], dtype=float)
    past = OfferPast(Side.BUY, Looks(nothing, nothing), Sightings(nothing.astype(np.int64), [], [], nothing, nothing))
    other = sheet_of_offers(Side.SELL, BIDS, [True]) if has_other else None
    return Surroundings(sheet_of_offers(Side.BUY, ASKS, [True] * 4), other, past, prices, NOW, 0.0, True)


def steady(side: Side, steps: list[float]) -> PricePast:
    """A price an hour for two days that goes through these again and again."""
    at: Floats = NOW - 3600.0 * np.arange(48.0, 0.0, -1.0, dtype=np.float64)
    return PricePast(side, at, np.resize(np.array(steps), 48))


def test_the_next_best_deal_is_what_the_book_gives_when_the_offers_of_the_best_are_gone() -> None:
    book, deal = best()
    assert {leg.offer_id for leg in deal.legs} == {"1", "2"}
    assert next_price(book, deal, 3) == 10.4
    everything = replace(deal, legs=tuple(replace(deal.legs[0], offer_id=str(n)) for n in range(1, 5)))
    assert next_price(book, everything, 3) is None


def test_the_fair_price_is_what_the_size_cost_in_the_middle_of_the_day_before() -> None:
    _, deal = best()
    terms = terms_of(deal, 10.4, around(steady(Side.BUY, [10.2])), Effort())
    assert (terms.fair_price, terms.fair_source) == (10.2, "usual")
    assert terms.waiting_share == 0.0


def test_without_a_past_it_lies_half_way_between_the_sides_and_without_both_is_not_known() -> None:
    _, deal = best()
    terms = terms_of(deal, 10.4, around(None), Effort())
    assert terms.fair_source == "middle"
    assert terms.fair_price is not None
    assert 9.6 < terms.fair_price < 10.4
    assert terms_of(deal, 10.4, around(None, has_other=False), Effort()).fair_price is None


@pytest.mark.parametrize("side", Side)
def test_waiting_costs_how_far_the_price_moves_against_the_taker(side: Side) -> None:
    wild = steady(side, [10.0, 10.1])
    an_hour, a_quarter = (wild.moves_against(NOW, seconds) for seconds in (3600.0, 900.0))
    assert an_hour is not None
    assert an_hour == pytest.approx(np.log(1.01) / 2, rel=0.05), "half of the steps are against him"
    assert a_quarter == pytest.approx(an_hour / 2)
    assert steady(side, [10.0]).moves_against(NOW, 900.0) == 0.0
    assert PricePast(side, np.array([NOW - 3600.0]), np.array([10.0])).moves_against(NOW, 900.0) is None


def test_what_the_price_did_afterwards_is_not_known() -> None:
    at: Floats = NOW - 3600.0 * np.arange(48.0, -24.0, -1.0, dtype=np.float64)
    later = PricePast(Side.BUY, at, np.where(at < NOW, 10.0, 99.0))
    assert later.level_before(NOW) == 10.0
    assert later.moves_against(NOW, 900.0) == 0.0


def test_lost_minutes_are_the_persons_own_and_cost_more_the_more_they_are() -> None:
    _, deal = best()
    costs = [terms_of(deal, 10.4, around(None), Effort(5.0, minutes)).waiting_share for minutes in (0.0, 15.0, 60.0)]
    assert costs == sorted(costs)
    assert costs[0] == 0.0
    assert costs[2] == pytest.approx(2 * costs[1])
