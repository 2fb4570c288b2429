"""What an amount really costs: the best single offer, the best split, and why not when not.

Here: quotes of one book. Not here: how the split is found (split.py), when and for which amounts (orchestration/).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from math import prod

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.book import MAX_TICKS, Book
from p2p_pipeline.p2p.metrics.pricing.choices import MOST_SPLITS
from p2p_pipeline.p2p.metrics.pricing.refusal import Nearest, Reason, explain, nearest_placeable, plain_refusal
from p2p_pipeline.p2p.metrics.pricing.split import SplitResult, best_split
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS, Work

PRICE_DIGITS = 18
"""Significant digits of an effective price; a single offer's price is exact."""

_ROUNDED = Context(prec=PRICE_DIGITS)
_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Leg:
    """One order to place: this much fiat against this much of the asset, at one offer.

    What the taker gets (asset on BUY, fiat on SELL) is rounded down to the venue's decimal places.
    """

    offer_id: str
    price: Decimal
    fiat: Decimal
    asset: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """Orders that together place the amount. `price` is fiat for one asset before rounding what the taker gets."""

    price: Decimal
    fiat: Decimal
    asset: Decimal
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What an amount costs in one book. The amount is fiat on BUY and the asset on SELL."""

    side: Side
    amount: Decimal
    max_splits: int
    is_executable: bool
    best_single: Leg | None
    best_split: Split | None
    greedy_price: Decimal | None
    """What taking the best prices first would give with as many orders; None when that fails to place the amount."""
    proven_gap: float
    """0.0 when the split is the best; else the share that the best one could return more, at most."""
    reason: Reason | None = None
    explanation: str | None = None
    nearest: Nearest | None = None

    @property
    def is_proven(self) -> bool:
        """Whether nothing better exists: no better split, or none at all where there is none."""
        return self.proven_gap == 0.0

    @property
    def is_undecided(self) -> bool:
        """Whether the search had to end before it was known that the amount can be placed."""
        return self.reason is Reason.UNDECIDED_IN_TIME

    @property
    def single_cost_against_split(self) -> float | None:
        """The share that the best single offer costs more (BUY) or gives less (SELL); None without one."""
        if self.best_single is None or self.best_split is None:
            return None
        return cost_against(self.side, self.best_single.price, self.best_split.price)

    @property
    def would_more_steps_help(self) -> bool:
        """Whether a longer search could say more: a better split, one at all, or nearer amounts."""
        return not self.is_proven or (self.nearest is not None and not self.nearest.is_proven)


def cost_against(side: Side, price: Decimal, better: Decimal) -> float:
    """The share that is paid more (BUY) or received less (SELL) at a price than at a better one."""
    return float(price / better - 1) if side is Side.BUY else float(1 - price / better)


def quote(
    book: Book,
    amount: Decimal,
    max_splits: int = 3,
    *,
    most_steps: int = MOST_STEPS,
    with_nearest: bool = True,
) -> Quote:
    """Price an amount: fiat to spend on a BUY book, asset to sell on a SELL book.

    The split is the best one over at most `max_splits` offers, to one part in 10^12; of equally good ones it has the
    fewest legs. Where the search has to end after `most_steps`, `proven_gap` says what may be lost; the same question
    is answered the same on a busy machine.
    `with_nearest=False` saves finding the nearest amounts when this one can't be placed.
    """
    if amount <= 0:
        raise InvalidInput("amount was {amount}; it must be above 0", amount=amount)
    if not 1 <= max_splits <= MOST_SPLITS:
        raise InvalidInput(
            "max_splits was {max_splits}; it must be from 1 to {most_splits}",
            max_splits=max_splits,
            most_splits=MOST_SPLITS,
        )
    ticks, is_whole = _in_ticks(book, amount)
    refusal = plain_refusal(book, ticks, is_whole, max_splits)
    gap = 0.0
    if refusal is None:
        found = best_split(book.choices, ticks, max_splits, Work(most_steps))
        gap = found.gap
        if found.places:
            return _executable(book, amount, ticks, max_splits, found)
        refusal = Reason.GAP_BETWEEN_LIMITS if found.is_complete else Reason.UNDECIDED_IN_TIME
    nearest = None
    if with_nearest:
        is_decided = refusal is not Reason.UNDECIDED_IN_TIME
        nearest = nearest_placeable(
            book, min(ticks, MAX_TICKS), is_whole, max_splits, most_steps, is_decided=is_decided
        )
    return Quote(
        side=book.side,
        amount=amount,
        max_splits=max_splits,
        is_executable=False,
        best_single=None,
        best_split=None,
        greedy_price=None,
        proven_gap=gap,
        reason=refusal,
        explanation=explain(refusal, book, amount, max_splits),
        nearest=nearest,
    )


def _in_ticks(book: Book, amount: Decimal) -> tuple[int, bool]:
    """The amount in whole ticks, rounded down, and whether nothing was lost."""
    scaled = _EXACT.scaleb(amount, book.tick_scale)
    ticks = int(scaled)
    return ticks, ticks == scaled


def _executable(book: Book, amount: Decimal, ticks: int, max_splits: int, found: SplitResult) -> Quote:
    fills = list(zip(found.places, found.fills, strict=True))
    able = (book.minima <= ticks) & (book.maxima >= ticks)
    first = int(able.argmax())
    greedy = _greedy(book, ticks, max_splits)
    legs = tuple([_leg(book, place, quantity) for place, quantity in fills])
    return Quote(
        side=book.side,
        amount=amount,
        max_splits=max_splits,
        is_executable=True,
        best_single=_leg(book, first, ticks) if able[first] else None,
        best_split=Split(
            price=effective_price(book, fills),
            fiat=sum([leg.fiat for leg in legs], Decimal(0)),
            asset=sum([leg.asset for leg in legs], Decimal(0)),
            legs=legs,
        ),
        greedy_price=None if greedy is None else effective_price(book, greedy),
        proven_gap=found.gap,
    )


def _leg(book: Book, place: int, ticks: int) -> Leg:
    unit = book.price_units[place]
    if book.side is Side.BUY:
        returned = ticks * 10 ** (book.price_scale + book.other_scale) // (unit * 10**book.tick_scale)
        fiat, asset = book.amount(ticks), Decimal(returned).scaleb(-book.other_scale)
    else:
        returned = ticks * unit * 10**book.other_scale // 10 ** (book.price_scale + book.tick_scale)
        fiat, asset = Decimal(returned).scaleb(-book.other_scale), book.amount(ticks)
    return Leg(book.offer_ids[place], book.price(place), fiat, asset)


def _greedy(book: Book, amount: int, max_splits: int) -> list[tuple[int, int]] | None:
    """Best price first, as much as each takes, as a person without a solver would."""
    taken: list[tuple[int, int]] = []
    for place, minimum in enumerate(book.choices.minimum_list):
        if minimum <= amount:
            quantity = min(book.choices.maximum_list[place], amount)
            taken.append((place, quantity))
            amount -= quantity
            if not amount:
                return taken
            if len(taken) == max_splits:
                return None
    return None


def effective_price(book: Book, fills: list[tuple[int, int]]) -> Decimal:
    """Fiat for one asset over (place, ticks) pairs, from the exact ratio, rounded once."""
    if len(fills) == 1:
        return book.price(fills[0][0])
    units = [book.price_units[place] for place, _ in fills]
    amount = sum(ticks for _, ticks in fills)
    if book.side is Side.BUY:
        product = prod(units)
        returned = sum(ticks * (product // unit) for unit, (_, ticks) in zip(units, fills, strict=True))
        numerator, denominator = amount * product, returned
    else:
        numerator, denominator = sum(u * ticks for u, (_, ticks) in zip(units, fills, strict=True)), amount
    return _ROUNDED.divide(Decimal(numerator), Decimal(denominator)).scaleb(-book.price_scale)
