"""As much of an amount as one book takes: all of it, or the largest part that can be placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal

from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import Quote, Split, quote
from p2p_pipeline.p2p.metrics.pricing.refusal import Reason, explain

PriceAmount = Callable[[Book, Decimal], Quote]
"""How an amount is priced; it must tell the nearest amounts (`with_nearest`), or nothing less than all is placed."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of an amount in one book: fiat on BUY, the asset on SELL."""

    asked: Decimal
    split: Split | None
    """The best split of the part that is placed; None when no part of it can be."""
    left_over: Decimal
    """What is not placed: less than a tick, or what the offers' limits leave out."""
    reason: Reason | None = None
    """Why not all of it is placed; None where only less than a tick is left over."""
    explanation: str | None = None
    proven_gap: float = 0.0
    """As in a quote."""

    @property
    def share(self) -> float:
        """How much of the amount is placed, 0..1."""
        return 1.0 - float(self.left_over / self.asked)

    @property
    def would_more_steps_help(self) -> bool:
        """Whether a longer search could place more of it, or place it better."""
        return self.proven_gap > 0.0 or self.reason is Reason.UNDECIDED_IN_TIME


_ROUNDED_DOWN = Context(prec=100, rounding=ROUND_FLOOR)

Taker = Callable[[Decimal], Placed]
"""One book ready to take amounts."""


def place_up_to(book: Book, amount: Decimal, price_amount: PriceAmount = quote) -> Placed:
    """Place an amount above 0, or the largest one below it that the offers' limits allow.

    An amount finer than the book counts in is rounded down first. What is left over is told, never dropped.
    """
    whole = amount.quantize(Decimal(1).scaleb(-book.tick_scale), context=_ROUNDED_DOWN) if len(book) else amount
    whole = amount if whole == amount else whole  # as it was written, for people to read
    if not whole:
        reason = Reason.BELOW_EVERY_MINIMUM
        return Placed(amount, None, amount, reason, explain(reason, book, amount, 1))
    found = price_amount(book, whole)
    if found.best_split is not None:
        return Placed(amount, found.best_split, amount - whole, proven_gap=found.proven_gap)
    nearest = found.nearest
    below = nearest.below if nearest else None
    part = price_amount(book, below) if below else None
    why, explanation = found.reason, found.explanation
    if part is None or part.best_split is None or below is None:
        # What was not found in the steps given may be there all the same.
        is_unknown = nearest is not None and below is None and not nearest.is_proven
        if is_unknown or (part is not None and part.is_undecided):
            why, explanation = _cut_off(whole)
        return Placed(amount, None, amount, why, explanation)
    if nearest is not None and not nearest.is_proven:
        why, explanation = _cut_off(whole)
    return Placed(amount, part.best_split, amount - below, why, explanation, part.proven_gap)


def _cut_off(amount: Decimal) -> tuple[Reason, str]:
    told = f"The search had to end before it was known how much of {amount} can be placed; a longer one may place more."
    return Reason.UNDECIDED_IN_TIME, told
