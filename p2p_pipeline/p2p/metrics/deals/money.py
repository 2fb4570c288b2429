"""What a deal can be expected to cost, in money, and how much that loses.

Prices are floats or arrays of them: nothing here is paid. A side is a sign, 1 for BUY and -1 for SELL, for a higher
price is worse for one and better for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.markets import Side

Values = float | NDArray[np.float64]

HALVES_AT = 0.01
"""Losing 1 % of the money halves the score: most offers of a book lie within 2 % of the best, and are told apart so."""
SCALE = (
    "100 is nothing lost against the better of the best price in the book now and the fair price; "
    "every 1 % of the money that you must expect to lose against it halves the score"
)
MOST_WAITING_SHARE = 0.2
"""A wilder market than this says nothing of what a quarter of an hour costs."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one amount in one book is held against: the same for every deal of it."""

    side: Side
    best_price: float
    """Of the best deal in the book now."""
    next_price: float | None
    """Of the best deal without the offers of the best one; None where the amount can't be placed without them."""
    fair_price: float | None
    fair_source: str | None
    """`usual`: what this size cost in the middle of the day before. `middle`: half way to the other side's price."""
    waiting_share: float
    """What a failed attempt costs: how far the price moves against the taker, on average, in the time that is lost."""
    minutes_to_place: float
    minutes_lost: float

    @property
    def reference(self) -> float:
        """The better of the best price now and the fair price."""
        sign = sign_of(self.side)
        return float(better(sign, self.best_price, _number(self.fair_price)))

    def expected(self, price: float, chance: float) -> float:
        """What a deal of this amount and book can be expected to cost."""
        # Without another deal one comes back later, and pays what is fair then.
        otherwise = self.fair_price if self.next_price is None else self.next_price
        return float(expected_price(sign_of(self.side), price, chance, _number(otherwise), self.waiting_share))


@dataclass(frozen=True, slots=True)
class Money:
    """A deal in money."""

    terms: Terms
    price: float
    asset: float
    """What changes hands when all goes well."""
    chance: float
    """That the deal can be filled: `still_there` x `honoured`."""
    still_there: float
    """That every leg is still there, and takes its leg, when the orders are placed."""
    honoured: float
    """That it is no bait and its orders are completed: judgement, for no public data shows it."""
    is_calibrated: bool
    """Whether `still_there` was learned from deals of this market that were followed; else it is a general rule."""
    expected_price: float

    @property
    def expected_fiat(self) -> float:
        """BUY: what the asset that the quote promises will cost. SELL: what the asset will bring."""
        return self.asset * self.expected_price

    def lost_fiat(self, price: float | None) -> float | None:
        """How much fiat is expected to be lost against the same asset at another price; below 0 where it is gained."""
        return None if price is None else self.asset * sign_of(self.terms.side) * (self.expected_price - price)

    def to_json(self) -> dict[str, Any]:
        """As it stands in `p2p score --json`."""
        terms = self.terms
        return {
            "price": self.price,
            "asset": self.asset,
            "chance": self.chance,
            "chance_still_there": self.still_there,
            "chance_honoured": self.honoured,
            "is_chance_calibrated": self.is_calibrated,
            "minutes_to_place": terms.minutes_to_place,
            "next_best_price": terms.next_price,
            "minutes_lost": terms.minutes_lost,
            "waiting_share": terms.waiting_share,
            "expected_price": self.expected_price,
            "expected_fiat": self.expected_fiat,
            "best_price": terms.best_price,
            "lost_against_best_fiat": self.lost_fiat(terms.best_price),
            "fair_price": terms.fair_price,
            "fair_price_source": terms.fair_source,
            "lost_against_fair_fiat": self.lost_fiat(terms.fair_price),
            "scale": SCALE,
        }


def sign_of(side: Side) -> float:
    """1 where a higher price is worse for the taker, -1 where it is better."""
    return 1.0 if side is Side.BUY else -1.0


def expected_price(sign: Values, price: Values, chance: Values, otherwise: Values, waiting_share: Values) -> Values:
    """What a deal can be expected to cost: its price if it can be filled, else the next best one and the waiting.

    The next best is never better than the deal: a failed attempt at a dear deal is no gain. So a worse price with no
    better chance is never expected to cost less. NaN for `otherwise` means that nothing else is known.
    """
    failed = worse(sign, price, otherwise) * (1 + sign * waiting_share)
    return chance * price + (1 - chance) * failed


def worse(sign: Values, one: Values, other: Values) -> Values:
    """The worse price for the taker; the known one where the other is NaN."""
    return sign * np.fmax(sign * one, sign * other)


def better(sign: Values, one: Values, other: Values) -> Values:
    """The better price for the taker; the known one where the other is NaN."""
    return sign * np.fmin(sign * one, sign * other)


def lost_share(sign: Values, price: Values, reference: Values) -> Values:
    """How much of the money a price loses against a reference, a share; 0.0 where it is no worse."""
    return np.fmax(sign * (price / reference - 1), 0.0)


def points(lost: Values) -> Values:
    """A loss as 0 to 100; see `SCALE`."""
    return 100 * np.exp2(-lost / HALVES_AT)


def _number(price: float | None) -> float:
    return float("nan") if price is None else price
