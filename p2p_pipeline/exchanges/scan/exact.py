"""Arithmetic without rounding: sums and products keep every digit, and a quotient is rounded once, at the very end."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow
from functools import lru_cache

DECIMALS = 12
"""What percentages, average prices and profits are rounded to, half even."""

EXACT = Context(
    prec=2_000,
    rounding=ROUND_HALF_EVEN,
    traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, Underflow],
)
"""Whoever would lose a digit in it fails instead: `with localcontext(EXACT):` around sums, products and `//`."""


def rounded_quotient(numerator: Decimal, denominator: Decimal, decimals: int = DECIMALS) -> Decimal:
    """A quotient rounded half even, right to the last digit whatever the numbers; only inside EXACT.

    A division to many digits and a rounding after it rounds twice: whole numbers and their remainder don't.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(abs(numerator).scaleb(decimals), denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and whole % 2):
        whole += 1
    return (-whole if numerator < 0 else whole).scaleb(-decimals)


@lru_cache(maxsize=4096)
def least_common_step(one: Decimal, other: Decimal) -> Decimal:
    """The smallest step that is a whole number of both, with no digit more behind its point than they need.

    Steps that are equal give the same spelling, 0.10 and 0.1: what is kept from an earlier scan spells alike too.
    """
    decimals = max(0, decimals_of(one.normalize(EXACT)), decimals_of(other.normalize(EXACT)))
    return Decimal(math.lcm(_units(one, decimals), _units(other, decimals))).scaleb(-decimals, EXACT)


def decimals_of(number: Decimal) -> int:
    """How many digits stand behind its point; below 0 for whole tens."""
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - amounts are finite: who reads them sees to it
    return -exponent


def _units(number: Decimal, decimals: int) -> int:
    return int(number.scaleb(decimals, EXACT))
