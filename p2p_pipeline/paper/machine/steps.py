"""Prices and quantities in the steps of their instrument. Pure; only inside EXACT."""

from __future__ import annotations

from decimal import Decimal


def rounded_down(value: Decimal, step: Decimal) -> Decimal:
    """The largest whole number of steps that is not above a value from 0 on."""
    return value // step * step


def rounded_up(value: Decimal, step: Decimal) -> Decimal:
    """The smallest whole number of steps that is not below a value from 0 on."""
    down = rounded_down(value, step)
    return down if down == value else down + step


def quantity_for(notional: Decimal, price: Decimal, step: Decimal) -> Decimal:
    """How much of it an amount buys, rounded down to the step; nothing at a price of 0."""
    return notional // (price * step) * step if price else Decimal(0)
