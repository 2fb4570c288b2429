"""What a money column of every stored table holds: 26 digits before the point and 12 after."""

from __future__ import annotations

from decimal import Context, Decimal

MONEY_DIGITS, MONEY_SCALE = 38, 12
SMALLEST_MONEY = Decimal(1).scaleb(-MONEY_SCALE)
LARGEST_MONEY = Decimal(10) ** (MONEY_DIGITS - MONEY_SCALE) - 1

_AS_STORED = Context(prec=MONEY_DIGITS)


def storable(amount: Decimal) -> Decimal:
    """An amount of at most LARGEST_MONEY, rounded to the decimal places that are stored.

    Python's own context has 28 digits and would refuse a price of 17 before the point.
    """
    return amount.quantize(SMALLEST_MONEY, context=_AS_STORED)
