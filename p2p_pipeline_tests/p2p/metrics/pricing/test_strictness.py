"""What a stricter profile costs, now and over time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline.p2p.metrics.pricing.schema import QUOTES
from p2p_pipeline.p2p.metrics.pricing.strictness import cost_of_strictness
from p2p_pipeline.p2p.metrics.pricing.strictness_history import strictness_rows, usual_strictness
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import KINDS, Advert, Sheet, amounts_for

patient = partial(quote, most_steps=300_000)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def two_offers(side: Side, good: str, bad: str) -> Sheet:
    adverts = [Advert(price, Decimal(price), Decimal(1), Decimal(90_000), Decimal(9000)) for price in (good, bad)]
    return Sheet(side, tuple(adverts))


@pytest.mark.parametrize(
    ("side", "good", "bad", "cost"), [(Side.BUY, "100", "101", 0.01), (Side.SELL, "100", "99", 0.01)]
)
def test_strictness_costs_what_is_paid_more_or_received_less(side: Side, good: str, bad: str, cost: float) -> None:
    sheet = two_offers(side, good, bad)
    found = cost_of_strictness(
        "strict", patient(sheet.book([False, True]), Decimal(50)), patient(sheet.book(), Decimal(50))
    )
    assert found.cost_against_wide == pytest.approx(cost)
    assert (found.profile, found.price, found.is_executable, found.reason) == ("strict", Decimal(bad), True, None)


def test_a_profile_that_can_not_place_the_amount_has_a_reason_and_no_cost() -> None:
    sheet = two_offers(Side.BUY, "100", "101")
    found = cost_of_strictness(
        "strict", patient(sheet.book([False, False]), Decimal(50)), patient(sheet.book(), Decimal(50))
    )
    assert (found.cost_against_wide, found.price, found.reason) == (None, None, "none_admitted_by_profile")
    assert "admits none of the 2 offers" in str(found.explanation)


def test_quotes_of_different_amounts_are_not_compared() -> None:
    book = two_offers(Side.BUY, "100", "101").book()
    with pytest.raises(ValueError, match="can't be compared"):
        cost_of_strictness("strict", patient(book, Decimal(50)), patient(book, Decimal(60)))


@given(st.integers(0, 10**6), st.sampled_from(sorted(KINDS)), st.sampled_from(Side), st.integers(1, 3))
def test_a_profile_that_admits_fewer_offers_never_costs_less(seed: int, kind: str, side: Side, max_splits: int) -> None:
    rng = random.Random(seed)
    sheet = KINDS[kind](rng, 12, side)
    admitted = [rng.random() < 0.6 for _ in sheet.adverts]
    (amount,) = amounts_for(rng, sheet, sheet.book(), 1, max_splits)
    narrow, wide = patient(sheet.book(admitted), amount, max_splits), patient(sheet.book(), amount, max_splits)
    found = cost_of_strictness("strict", narrow, wide)
    if found.is_executable:
        assert found.cost_against_wide is not None
        assert found.cost_against_wide >= -1e-11
    else:
        assert found.reason


def quote_row(minute: int, side: Side, profile: str, price: str | None) -> dict[str, Any]:
    return {
        "snapshot_id": f"{side}{minute}",
        "profile": profile,
        "amount_fiat": Decimal(1000),
        "amount_asset": None if side is Side.BUY else Decimal(10),
        "snapshot_at": NOON + timedelta(minutes=minute),
        "market_key": "bybit.USDT-RUB",
        "venue": "bybit",
        "asset": "USDT",
        "fiat": "RUB",
        "side": side.value,
        "best_single_price": None,
        "best_single_offer_id": None,
        "best_split_price": None if price is None else Decimal(price),
        "split_count": 1,
        "greedy_price": None,
        "is_executable": price is not None,
        "reason": None if price else "above_total_capacity",
        "proven_gap": 0.0,
    }


def quotes() -> pa.Table:
    """Three looks at each side; strict once can't place the amount, and once not even wide can."""
    rows = []
    for side, prices in ((Side.BUY, ("101", "103")), (Side.SELL, ("99", "97"))):
        for minute, price in enumerate(prices):
            rows += [quote_row(minute, side, "wide", "100"), quote_row(minute, side, "strict", price)]
        rows += [quote_row(2, side, "wide", "100"), quote_row(2, side, "strict", None)]
        rows += [quote_row(3, side, "wide", None), quote_row(3, side, "strict", None)]
    return QUOTES.table_of(rows)


def test_the_cost_over_time_is_a_row_for_each_look_that_the_whole_book_could_serve() -> None:
    rows = strictness_rows(quotes()).to_pylist()
    assert [(row["side"], row["profile"]) for row in rows[:2]] == [("BUY", "strict"), ("SELL", "strict")]
    costs = [None if row["cost"] is None else round(row["cost"], 9) for row in rows]
    assert costs == [0.01, 0.01, 0.03, 0.03, None, None]
    assert {row["reason"] for row in rows if row["cost"] is None} == {"above_total_capacity"}


def test_the_usual_cost_counts_the_looks_that_could_not_be_placed() -> None:
    (found,) = usual_strictness(strictness_rows(quotes()), Decimal(1000))
    assert (found.profile, found.looks, found.placed) == ("strict", 6, 4)
    assert (found.low, found.median, found.high) == pytest.approx((0.01, 0.02, 0.03))


def test_without_quotes_there_is_nothing_usual() -> None:
    assert usual_strictness(strictness_rows(QUOTES.empty()), Decimal(1)) == ()
    never = [quote_row(0, Side.BUY, "wide", "100"), quote_row(0, Side.BUY, "strict", None)]
    (found,) = usual_strictness(strictness_rows(QUOTES.table_of(never)), Decimal(1000))
    assert (found.looks, found.placed, found.median) == (1, 0, None)
