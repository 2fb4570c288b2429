from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.money import Terms, expected_price, lost_share, points, sign_of
from p2p_pipeline.p2p.metrics.deals.sheet import best_deal, single_deals
from p2p_pipeline.p2p.metrics.deals.terms import next_price
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.deals.made_up import GOOD, TERMS, offer, scored, with_leg

SIDES = st.sampled_from(Side)
CHANCES = st.floats(0, 1)


def score_of_price(terms: Terms, price: float, chance: float) -> float:
    lost = lost_share(sign_of(terms.side), terms.expected(price, chance), terms.reference)
    return float(points(lost))


@st.composite
def books(draw: st.DrawFn) -> tuple[Book, Decimal]:
    """Up to a dozen offers, some of them small, and an amount."""
    side = draw(SIDES)
    limits = draw(
        st.lists(st.tuples(st.integers(900, 1100), st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=12)
    )
    offers = [
        offer(str(place), str(Decimal(price) / 100), str(low * 10), str((low + more) * 10), side=side)
        for place, (price, low, more) in enumerate(limits)
    ]
    return Book.from_offers(side, offers), Decimal(draw(st.integers(1, 60)) * 10)


@settings(max_examples=60, deadline=None)
@given(found=books(), chances=st.tuples(CHANCES, CHANCES), fair=st.none() | st.floats(8, 13), waiting=st.floats(0, 0.2))
def test_for_one_amount_in_one_book_a_worse_price_with_no_better_chance_never_scores_higher(
    found: tuple[Book, Decimal], chances: tuple[float, float], fair: float | None, waiting: float
) -> None:
    book, amount = found
    best = best_deal(quote(book, amount, 3, with_nearest=False))
    assume(best is not None)
    assert best is not None
    following = next_price(book, best, 3)
    terms = Terms(book.side, float(best.price), following, fair, None, waiting, 5.0, 15.0)
    deals: list[Deal] = [best, *single_deals(book, amount, range(1, 13)).values()]
    sign = sign_of(book.side)
    prices = sorted(sign * float(deal.price) for deal in deals)
    better_chance, worse_chance = max(chances), min(chances)
    scores = [
        (score_of_price(terms, sign * p, better_chance), score_of_price(terms, sign * p, worse_chance)) for p in prices
    ]
    for (high, _), (same, low) in pairwise(scores):
        assert same <= high + 1e-9, "the same chance"
        assert low <= high + 1e-9, "a worse one"


@settings(max_examples=60, deadline=None)
@given(
    side=SIDES,
    price=st.floats(1, 100),
    otherwise=st.floats(1, 100),
    chances=st.tuples(CHANCES, CHANCES),
    waiting=st.floats(0, 0.2),
)
def test_a_better_chance_never_costs_more(
    side: Side, price: float, otherwise: float, chances: tuple[float, float], waiting: float
) -> None:
    sign = sign_of(side)
    less, more = (sign * float(expected_price(sign, price, chance, otherwise, waiting)) for chance in sorted(chances))
    assert more <= less + 1e-9


def test_the_expected_price_is_what_was_promised_or_the_next_best_and_the_waiting() -> None:
    assert expected_price(1.0, 10.0, 0.75, 10.4, 0.01) == pytest.approx(0.75 * 10 + 0.25 * 10.4 * 1.01)
    assert expected_price(-1.0, 10.0, 0.75, 9.6, 0.01) == pytest.approx(0.75 * 10 + 0.25 * 9.6 * 0.99)
    assert expected_price(1.0, 10.0, 0.0, 9.0, 0.0) == 10.0, "a failed attempt at a dear deal is no gain"
    assert expected_price(1.0, 10.0, 0.5, float("nan"), 0.02) == pytest.approx(10.1)


def test_losing_one_percent_halves_the_score_and_nothing_lost_is_a_hundred() -> None:
    assert [float(points(lost)) for lost in (0.0, 0.01, 0.02)] == [100.0, 50.0, 25.0]
    assert lost_share(1.0, 9.9, 10.0) == 0.0
    assert np.allclose(lost_share(np.array([1.0, -1.0]), np.array([10.1, 9.9]), 10.0), 0.01)


def test_the_fair_price_counts_across_moments_however_good_a_deal_is_in_its_book() -> None:
    dear = replace(TERMS, best_price=13.7, next_price=13.71, fair_price=10.0)
    cheap = replace(TERMS, best_price=10.0, next_price=10.01, fair_price=10.0)
    shaky = with_leg(GOOD, 0, breaks_per_hour=3.0, held_minutes=0.0, completion_rate=0.8)
    assert scored(GOOD, dear, "13.7").total < 1 < scored(shaky, cheap, "10").total


def test_bait_may_be_tried_but_is_no_price_to_be_had() -> None:
    bait = scored(with_leg(GOOD, 0, lead=0.06), replace(TERMS, best_price=9.4, next_price=10.0), "9.4")
    assert bait.money.chance < 0.1
    assert bait.money.expected_price > 9.9
    assert bait.total < 5


def test_the_lost_money_is_told_in_fiat_and_gains_are_below_zero() -> None:
    money = scored(GOOD, replace(TERMS, fair_price=10.5)).money
    assert money.asset == 100
    told = money.to_json()
    assert told["lost_against_best_fiat"] == pytest.approx(100 * (money.expected_price - 10))
    assert told["lost_against_fair_fiat"] < 0
    assert told["expected_fiat"] == pytest.approx(100 * money.expected_price)
