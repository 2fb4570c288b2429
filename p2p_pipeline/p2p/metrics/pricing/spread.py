"""The spread: the share of the money that is lost by buying and selling back, 1 - sell / buy. One meaning everywhere.

0.01 means that of 100 spent 99 come back; below 0 the sides cross. Not 'buy / sell - 1', which is larger, and not a
share of the middle of both prices, of which nobody pays or receives any.
"""

from __future__ import annotations

from decimal import Decimal


def spread_of(buy: Decimal, sell: Decimal) -> float:
    """The share lost, of two prices, or of an amount paid and what came back of it. `buy` is above 0."""
    return 1.0 - float(sell / buy)
