"""Why an amount can't be placed, in a word and a sentence, and which amounts near it can.

Here: reasons. Not here: prices (execution.py), the search for sums of limits (placeable.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.metrics.pricing.book import MAX_TICKS, Book
from p2p_pipeline.p2p.metrics.pricing.placeable import largest_sum_not_above, smallest_sum_not_below
from p2p_pipeline.p2p.metrics.pricing.split import best_split
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS, Work


class Reason(StrEnum):
    """Why an amount can't be placed."""

    NO_OFFERS = "no_offers"
    NONE_ADMITTED_BY_PROFILE = "none_admitted_by_profile"
    NO_OFFER_CAN_FILL_ITS_MINIMUM = "no_offer_can_fill_its_minimum"
    FINER_THAN_TICK = "finer_than_tick"
    BEYOND_COUNTING = "beyond_counting"
    """Larger than a book counts in 64 bits, in ticks as fine as its offers'."""
    BELOW_EVERY_MINIMUM = "below_every_minimum"
    ABOVE_TOTAL_CAPACITY = "above_total_capacity"
    GAP_BETWEEN_LIMITS = "gap_between_limits"
    UNDECIDED_IN_TIME = "undecided_in_time"


@dataclass(frozen=True, slots=True)
class Nearest:
    """The placeable amounts next to one that can't be placed; None where there is none on that side."""

    below: Decimal | None = None
    above: Decimal | None = None
    is_proven: bool = True
    """False when the search had to end: these can be placed, but nearer ones may exist."""


def plain_refusal(book: Book, ticks: int, is_whole: bool, max_splits: int) -> Reason | None:
    """The reason that shows without a search, if any: the first that applies."""
    reasons = (
        (Reason.NO_OFFERS, not book.received),
        (Reason.NONE_ADMITTED_BY_PROFILE, not book.admitted),
        (Reason.NO_OFFER_CAN_FILL_ITS_MINIMUM, not len(book)),
        (Reason.FINER_THAN_TICK, not is_whole),
        (Reason.BEYOND_COUNTING, ticks > MAX_TICKS),
        (Reason.BELOW_EVERY_MINIMUM, ticks < book.choices.lowest),
        (Reason.ABOVE_TOTAL_CAPACITY, ticks > book.choices.capacity(max_splits)),
    )
    return next((reason for reason, applies in reasons if applies), None)


def explain(reason: Reason, book: Book, amount: Decimal, max_splits: int) -> Told:
    """The reason as a sentence, with the limit that was hit."""
    return Told(
        _SENTENCES[reason],
        amount=amount,
        max_splits=max_splits,
        lowest=book.amount(book.choices.lowest),
        capacity=book.amount(book.choices.capacity(max_splits)),
        received=book.received,
        admitted=book.admitted,
        places=book.tick_scale,
        most=book.amount(MAX_TICKS),
    )


_SENTENCES = {
    Reason.NO_OFFERS: Told("The snapshot has no offers on this side."),
    Reason.NONE_ADMITTED_BY_PROFILE: Told("The profile admits none of the {received} offers; use a wider one."),
    Reason.NO_OFFER_CAN_FILL_ITS_MINIMUM: Told(
        "None of the {admitted} admitted offers has enough left to fill its own minimum."
    ),
    Reason.FINER_THAN_TICK: Told("{amount} has more than the {places} decimal places this market counts in."),
    Reason.BEYOND_COUNTING: Told("{amount:f} is more than this book can count; the most is {most:f}."),
    Reason.BELOW_EVERY_MINIMUM: Told("{amount} is below every offer's minimum; the lowest is {lowest}."),
    Reason.ABOVE_TOTAL_CAPACITY: Told(
        "{amount} is above what any {max_splits} offers can fill together; the most is {capacity}."
    ),
    Reason.GAP_BETWEEN_LIMITS: Told("No {max_splits} or fewer offers have limits that add up to {amount}."),
    Reason.UNDECIDED_IN_TIME: Told(
        "The search had to end before it was known whether {max_splits} offers can fill {amount}; a longer search, "
        "fewer or more offers, or another amount may tell."
    ),
}


def refusal_words(amount: str, reason: Reason | None, explanation: str | None) -> Told:
    """What is said of an amount without a placement: that it can't be placed only where that is proven."""
    if reason is Reason.UNDECIDED_IN_TIME:
        return Told("it is not known whether {amount} can be placed: {why}", amount=amount, why=explanation)
    return Told("{amount} can't be placed: {why}", amount=amount, why=explanation)


def nearest_placeable(
    book: Book, ticks: int, is_whole: bool, max_splits: int, most_steps: int = MOST_STEPS, *, is_decided: bool = True
) -> Nearest:
    """The largest placeable amount below and the smallest above one that can't be placed.

    Each side is a search of its own, however much the one for the amount itself took. `is_whole` is False for an
    amount between `ticks` and the next tick: then `ticks` itself is a candidate below. `is_decided` is False where it
    is not known whether the amount itself can be placed: then nothing is known of those between either.
    """
    below, is_below_proven = largest_sum_not_above(book.maxima, ticks, max_splits, Work(most_steps))
    above, is_above_proven = smallest_sum_not_below(book.minima, ticks + 1, max_splits, Work(most_steps))
    is_proven = is_decided and is_below_proven and is_above_proven
    if not is_whole:
        for tick in filter(None, (ticks, ticks + 1)):
            can_place, is_known = _can_place(book, tick, max_splits, most_steps)
            is_proven = is_proven and is_known
            if can_place:
                below, above = (tick, above) if tick == ticks else (below, tick)
    return Nearest(
        below=None if below is None else book.amount(below),
        above=None if above is None else book.amount(above),
        is_proven=is_proven,
    )


def _can_place(book: Book, ticks: int, max_splits: int, most_steps: int) -> tuple[bool, bool]:
    """Whether an amount can be placed, as far as the search came, and whether that is known."""
    found = best_split(book.choices, ticks, max_splits, Work(most_steps))
    return bool(found.places), bool(found.places) or found.is_complete
