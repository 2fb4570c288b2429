"""The score of a deal: what it can be expected to cost, as 0 to 100, with the parts that speak for and against it.

The number follows from money alone (money.py): among deals of one amount in one book it falls with the expected price.
The parts stand beside it. Three of them (`chance.LEARNED_FROM`) and what is judged of bait and reputation make the
chance; so each part takes the points that its doubt costs. A view that is too old says nothing of any deal: below a
half of its part it brakes the score of the whole book in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.deals.chance import LEARNED_FROM, NO_BAIT_FROM, PRIOR, ChanceModel, honoured
from p2p_pipeline.p2p.metrics.deals.grading import Grade, PartGrade, freshness_part, grade_parts
from p2p_pipeline.p2p.metrics.deals.inputs import Deal, DealInputs
from p2p_pipeline.p2p.metrics.deals.money import HALVES_AT, Money, Terms, lost_share, points, sign_of

WEIGHTS: Mapping[str, float] = {
    "price": 0.15,
    # Offers are drained by others while one pays.
    "liquidity": 0.20,
    # The strongest single sign that a quote is still there some minutes later.
    "stability": 0.35,
    # Those who are always there tend to stay, and can be found again.
    "advertiser": 0.08,
    # Nothing in a snapshot shows whether an order is honoured: this is the only evidence of it.
    "reputation": 0.10,
    "teaser": 0.07,
    "freshness": 0.05,
}
"""How much each part counts in `known_weight`, and in sharing out what the chance costs; they add up to 1."""
FRESH_FROM = 0.5
"""The part `freshness` from which a view speaks of now; below it the score falls in proportion."""
LEAST_BRAKE = 1e-4
"""What the brake leaves at least."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score."""

    name: str
    value: float
    """0..1."""
    weight: float
    """Its share of the total's weight."""
    contribution: float
    """Points it takes from 100, so 0 or below; 100 plus all contributions is the score."""
    known_share: float
    reason: str
    grades: tuple[Grade, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in `p2p score --json`."""
        return {
            "name": self.name,
            "value": self.value,
            "weight": self.weight,
            "contribution": self.contribution,
            "reason": self.reason,
            "known_share": self.known_share,
            "inputs": [grade.to_json() for grade in self.grades],
        }


@dataclass(frozen=True, slots=True)
class Score:
    """How good a deal is."""

    total: float
    """0 to 100; see `money.SCALE`."""
    fresh_total: float
    """What the total was when the snapshot was taken: what time has not yet eaten. Calibrations are made of these."""
    known_weight: float
    """The share of the weight that rests on known inputs, 0..1."""
    parts: tuple[Part, ...]
    money: Money

    def value(self, name: str) -> float:
        """A part's value, 0..1."""
        return next(part.value for part in self.parts if part.name == name)

    @property
    def looks_like_bait(self) -> bool:
        """Whether the price is not taken at its word."""
        return self.value("teaser") < NO_BAIT_FROM


def score_of(deal: Deal, inputs: DealInputs, terms: Terms, model: ChanceModel = PRIOR) -> Score:
    """Score a deal of an amount under the terms of its book."""
    grades = {grade.name: grade for grade in grade_parts(inputs)}
    money = _money(deal, inputs, grades, terms, model)
    when_seen = replace(inputs, age_seconds=0.0)
    fresh = _money(deal, when_seen, grades, terms, model)
    brake, fresh_brake = freshness_brake(grades["freshness"].value), freshness_brake(freshness_part(when_seen).value)
    total, fresh_total = (float(points(_lost(each))) for each in (money, fresh))
    losses = _losses(money, grades, inputs.age_seconds)
    losses["freshness"] -= math.log(brake)
    whole = sum(losses.values())
    total *= brake
    # Logarithms add up and points don't: each part takes its share of what is missing to 100.
    taken = {name: -(100 - total) * loss / whole if whole else 0.0 for name, loss in losses.items()}
    parts = tuple(
        Part(name, grade.value, WEIGHTS[name], taken[name], grade.known_share, grade.reason, grade.grades)
        for name, grade in grades.items()
    )
    known = min(1.0, round(sum(part.weight * part.known_share for part in parts), 9))
    return Score(total, fresh_total * fresh_brake, known, parts, money)


def freshness_brake(value: float) -> float:
    """What a view of this freshness leaves of a score, 0..1."""
    return max(min(1.0, value / FRESH_FROM), LEAST_BRAKE)


def _money(deal: Deal, inputs: DealInputs, grades: Mapping[str, PartGrade], terms: Terms, model: ChanceModel) -> Money:
    hours = terms.minutes_to_place / 60 + inputs.age_seconds / 3600
    values = np.array([grades[name].value for name in LEARNED_FROM])
    still_there = float(model.still_there(values, hours))
    is_meant = honoured(inputs, grades["teaser"].value)
    price, chance = float(deal.price), still_there * is_meant
    return Money(
        terms=terms,
        price=price,
        asset=float(deal.amount / deal.price if deal.side is Side.BUY else deal.amount),
        chance=chance,
        still_there=still_there,
        honoured=is_meant,
        is_calibrated=model.is_learned,
        expected_price=terms.expected(price, chance),
    )


def _lost(money: Money) -> float:
    sign = sign_of(money.terms.side)
    return float(lost_share(sign, money.expected_price, money.terms.reference))


def _losses(money: Money, grades: Mapping[str, PartGrade], age_seconds: float) -> dict[str, float]:
    """What each part takes off the logarithm of the score, 0 or more: the price its distance, the rest the chance's."""
    sign, reference = sign_of(money.terms.side), money.terms.reference
    by_price = float(lost_share(sign, money.price, reference))
    by_chance = max(0.0, _lost(money) - by_price)
    doubts = dict.fromkeys(grades, 0.0)
    breaking = -math.log(max(money.still_there, 1e-300))
    age_hours = age_seconds / 3600
    doubts["freshness"] = breaking * age_hours / (money.terms.minutes_to_place / 60 + age_hours)
    shares = {name: WEIGHTS[name] * (1 - grades[name].value) + 1e-9 for name in LEARNED_FROM}
    for name, share in shares.items():
        doubts[name] = (breaking - doubts["freshness"]) * share / sum(shares.values())
    bait = min(1.0, grades["teaser"].value / NO_BAIT_FROM)
    doubts["teaser"] = -math.log(max(bait, 1e-300))
    doubts["reputation"] = max(0.0, -math.log(max(money.honoured, 1e-300)) - doubts["teaser"])
    whole = sum(doubts.values())
    losses = {name: by_chance * doubt / whole if whole else 0.0 for name, doubt in doubts.items()}
    losses["price"] += by_price
    return {name: loss / HALVES_AT * math.log(2) for name, loss in losses.items()}
