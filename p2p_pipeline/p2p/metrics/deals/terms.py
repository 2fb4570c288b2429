"""What the deals of one amount in one book are held against: the next best one, the fair price, the cost of waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.p2p.metrics.deals.gather import Surroundings
from p2p_pipeline.p2p.metrics.deals.inputs import Deal
from p2p_pipeline.p2p.metrics.deals.money import MOST_WAITING_SHARE, Terms
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote

USUAL_MOVE_AN_HOUR = 0.001
"""How far a price moves against the taker in an hour where nobody has watched it: 0.1 %, as on quiet markets."""
USUAL, MIDDLE = "usual", "middle"


@dataclass(frozen=True, slots=True)
class Effort:
    """What a taker's orders take; the person's own numbers, from the settings."""

    minutes_to_place: float = 5.0
    """From looking at the book until the last order stands."""
    minutes_lost: float = 15.0
    """What a failed attempt costs in time: an order that the other side lets run out, and looking again."""


USUAL_EFFORT = Effort()


def next_price(book: Book, best: Deal, max_splits: int) -> float | None:
    """The price of the best deal without the offers of the best one; None where the amount can't be placed then."""
    rest = book.without(frozenset(leg.offer_id for leg in best.legs))
    found = quote(rest, best.amount, max_splits, with_nearest=False).best_split
    return None if found is None else float(found.price)


def terms_of(best: Deal, next_best: float | None, around: Surroundings, effort: Effort) -> Terms:
    """The terms of a book, from its best deal and the price of the next best."""
    fair, source = _fair_price(best, around)
    prices = around.prices
    move = None if prices is None else prices.moves_against(around.at, effort.minutes_lost * 60)
    usual = USUAL_MOVE_AN_HOUR * math.sqrt(effort.minutes_lost / 60)
    return Terms(
        side=best.side,
        best_price=float(best.price),
        next_price=next_best,
        fair_price=fair,
        fair_source=source,
        waiting_share=min(usual if move is None else move, MOST_WAITING_SHARE),
        minutes_to_place=effort.minutes_to_place,
        minutes_lost=effort.minutes_lost,
    )


def _fair_price(best: Deal, around: Surroundings) -> tuple[float | None, str | None]:
    usual = None if around.prices is None else around.prices.level_before(around.at)
    if usual is not None:
        return usual, USUAL
    fiat = float(sum((leg.fiat for leg in best.legs), Decimal(0)))
    there = None if around.other_side is None else around.other_side.top_price(fiat)
    if there is None:
        return None, None
    return math.sqrt((around.sheet.top_price(fiat) or float(best.price)) * there), MIDDLE
