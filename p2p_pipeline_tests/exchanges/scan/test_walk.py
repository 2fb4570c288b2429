"""Quantities out of books and steps, whatever numbers come: exact, monotone, and never more than is there."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.scan.exact import EXACT, least_common_step, rounded_quotient
from p2p_pipeline.exchanges.scan.walk import affordable, depth, eaten, floored, is_crossed, present, worth

FEW = settings(max_examples=60, deadline=None)

POSITIVE = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(1, 10**15), st.integers(-24, 12)
)
"""From 1e-24 to 1e27, with up to 15 digits."""
LEVELS = st.lists(st.tuples(POSITIVE, POSITIVE), max_size=6)
ASKS = LEVELS.map(lambda levels: tuple(sorted(levels)))
STEPS = st.builds(lambda n, e: Decimal(n).scaleb(e), st.integers(1, 999), st.integers(-12, 3))


@FEW
@given(ASKS, POSITIVE, STEPS)
def test_what_is_bought_is_whole_steps_is_paid_for_and_one_step_more_would_not_be_or_is_not_there(
    asks: tuple[tuple[Decimal, Decimal], ...], money: Decimal, step: Decimal
) -> None:
    with localcontext(EXACT):
        quantity = affordable(asks, money, step).quantity
        assert quantity % step == 0
        assert 0 <= quantity <= depth(asks)
        assert worth(asks, quantity) <= money
        assert quantity + step > depth(asks) or worth(asks, quantity + step) > money


@FEW
@given(ASKS, POSITIVE, POSITIVE, STEPS)
def test_more_money_never_buys_less_and_more_quantity_never_costs_less(
    asks: tuple[tuple[Decimal, Decimal], ...], money: Decimal, more: Decimal, step: Decimal
) -> None:
    with localcontext(EXACT):
        less, much = affordable(asks, money, step).quantity, affordable(asks, money + more, step).quantity
        assert less <= much
        assert worth(asks, less) <= worth(asks, much)


@FEW
@given(ASKS, st.integers(1, 1_000), st.integers(0, 1_000))
def test_the_levels_eaten_add_up_to_the_quantity_and_to_what_it_costs_the_last_one_partly(
    asks: tuple[tuple[Decimal, Decimal], ...], parts: int, taken: int
) -> None:
    with localcontext(EXACT):
        whole = depth(asks)
        quantity = min(whole, floored(whole * min(taken, parts), Decimal(parts)) if parts > taken else whole)
        rows = eaten(asks, quantity)
        assert sum((row.taken for row in rows), Decimal(0)) == quantity
        assert sum((row.taken * row.price for row in rows), Decimal(0)) == worth(asks, quantity)
        assert all(row.taken == row.quantity for row in rows[:-1])


@FEW
@given(STEPS, STEPS)
def test_the_common_step_is_the_smallest_that_is_whole_in_both(one: Decimal, other: Decimal) -> None:
    common = Fraction(least_common_step(one, other))
    a, b = common / Fraction(one), common / Fraction(other)
    assert a.denominator == b.denominator == 1
    whole_a, whole_b = a.numerator, b.numerator
    assert not any(whole_a % n == 0 and whole_b % n == 0 for n in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31))


@FEW
@given(st.integers(-(10**40), 10**40), st.integers(-30, 30), st.integers(1, 10**40), st.integers(-30, 30))
def test_a_quotient_is_rounded_half_even_to_twelve_decimals_whatever_the_numbers(
    n: int, e: int, d: int, f: int
) -> None:
    numerator, denominator = Decimal(n).scaleb(e, EXACT), Decimal(d).scaleb(f, EXACT)
    with localcontext(EXACT):
        found = rounded_quotient(numerator, denominator)
    assert Fraction(found) == Fraction(round(Fraction(numerator) / Fraction(denominator) * 10**12), 10**12)


@pytest.mark.parametrize(
    ("numerator", "text"),
    [
        ("0.0000000000005", "0.000000000000"),
        ("0.0000000000015", "0.000000000002"),
        ("-0.0000000000025", "-0.000000000002"),
        # To 28 digits, and then to 12 decimals, it would be 0.5 and then 0.
        ("0.00000000000050000000000000000000000000000000000000000000001", "0.000000000001"),
    ],
)
def test_a_tie_goes_to_the_even_digit_and_what_is_a_hair_above_it_up(numerator: str, text: str) -> None:
    with localcontext(EXACT):
        assert format(rounded_quotient(Decimal(numerator), Decimal(1)), "f") == text


def test_a_book_whose_bid_meets_its_ask_is_crossed_and_one_with_an_empty_side_is_not() -> None:
    level = (Decimal(10), Decimal(1))
    assert is_crossed([level], [level])
    assert is_crossed([(Decimal(11), Decimal(1))], [level])
    assert not is_crossed([(Decimal("9.99"), Decimal(1))], [level])
    assert not is_crossed([], [level])
    assert not is_crossed([level], [])


def test_a_level_without_quantity_is_absent() -> None:
    assert present([(Decimal(1), Decimal(0)), (Decimal(2), Decimal(3))]) == ((Decimal(2), Decimal(3)),)


def test_prices_of_a_millionth_of_a_millionth_and_quantities_of_a_million_millions_keep_every_digit() -> None:
    asks = ((Decimal("0.000000000001"), Decimal(10**12)), (Decimal("0.0000000000010001"), Decimal(10**12)))
    with localcontext(EXACT):
        assert affordable(asks, Decimal(2), Decimal(1)).quantity == Decimal(10**12) + 999_900_009_999
        assert worth(asks, Decimal(10**12) + 1) == Decimal("1.0000000000010001")


def test_a_step_is_spelled_alike_whichever_spelling_came_first() -> None:
    for one, other in (("0.10", "0.100"), ("0.1", "0.1"), ("0.1000", "0.1")):
        assert str(least_common_step(Decimal(one), Decimal(other))) == "0.1"
    assert str(least_common_step(Decimal("1E+2"), Decimal(50))) == "100"
