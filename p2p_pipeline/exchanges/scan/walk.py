"""Taking a quantity out of a book, level by level, the last one partly. Exact; call inside EXACT.

Levels are (price, quantity in base), best first, both above 0: a level with quantity 0 is absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.exchanges.scan.results import Eaten

Levels = Sequence[tuple[Decimal, Decimal]]

_NOTHING = Decimal(0)


def present(levels: Iterable[tuple[Decimal, Decimal]]) -> tuple[tuple[Decimal, Decimal], ...]:
    """The levels that are there."""
    return tuple(level for level in levels if level[1] > 0)


def is_crossed(bids: Levels, asks: Levels) -> bool:
    """Whether a book's best bid is not below its best ask: no exchange leaves that standing."""
    return bool(bids and asks) and bids[0][0] >= asks[0][0]


def depth(levels: Levels) -> Decimal:
    """All that can be taken, in base."""
    return sum((quantity for _, quantity in levels), _NOTHING)


def floored(quantity: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of a step that is not above a quantity."""
    return quantity // step * step


class Afforded(NamedTuple):
    """What money buys of a book."""

    quantity: Decimal
    """The largest multiple of the step whose cost is at most the money, and which the book has."""
    is_all: bool
    """The book ended before the money did."""


def affordable(asks: Levels, money: Decimal, step: Decimal) -> Afforded:
    """What money buys."""
    taken = spent = _NOTHING
    for price, quantity in asks:
        after = spent + price * quantity
        if after > money:
            # (taken + (money - spent) / price) / step, as whole numbers: the quotient itself may have no end.
            return Afforded((taken * price + money - spent) // (price * step) * step, is_all=False)
        taken, spent = taken + quantity, after
    return Afforded(floored(taken, step), is_all=spent < money)


def worth(levels: Iterable[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal:
    """What a quantity costs over asks, or brings over bids; it must not be more than the depth."""
    left, total = quantity, _NOTHING
    for price, there in levels:
        if there >= left:
            return total + price * left
        left, total = left - there, total + price * there
    return total


def eaten(levels: Levels, quantity: Decimal) -> tuple[Eaten, ...]:
    """The levels that a quantity takes, and how much of each."""
    left, found = quantity, []
    for price, there in levels:
        if left <= 0:
            break
        taken = min(left, there)
        found.append(Eaten(price, there, taken))
        left -= taken
    return tuple(found)
