"""What a stricter profile costs now: the same amount in the same book, priced under it and under `wide`.

Here: two quotes. Not here: who is admitted (markets.Profile), the cost over time (strictness_history.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.p2p.metrics.pricing.execution import Quote, cost_against


@dataclass(frozen=True, slots=True)
class Strictness:
    """What one profile makes of an amount, against the whole book."""

    profile: str
    price: Decimal | None
    """Of its best split; None where none was found."""
    cost_against_wide: float | None
    """The share that is paid more (BUY) or received less (SELL); None without both prices."""
    is_executable: bool
    reason: str | None
    explanation: str | None
    is_undecided: bool = False
    """Without a price: whether the search had to end before it was known that there is none."""


def cost_of_strictness(profile: str, narrow: Quote, wide: Quote) -> Strictness:
    """Compare two quotes of the same amount, side and book; `wide` is the one that admits every offer."""
    if (narrow.side, narrow.amount) != (wide.side, wide.amount):
        raise ValueError("quotes of different sides or amounts can't be compared; price the same amount twice")
    price = narrow.best_split.price if narrow.best_split else None
    wide_price = wide.best_split.price if wide.best_split else None
    return Strictness(
        profile=profile,
        price=price,
        cost_against_wide=None if price is None or wide_price is None else cost_against(narrow.side, price, wide_price),
        is_executable=narrow.is_executable,
        reason=None if narrow.reason is None else narrow.reason.value,
        explanation=narrow.explanation,
        is_undecided=narrow.is_undecided,
    )
