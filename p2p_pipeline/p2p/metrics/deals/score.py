"""The score of a deal: parts, their weights, and the one number.

The total is the weighted geometric mean of the parts: a part near 0 pulls it down however good the rest is, which an
arithmetic mean would hide. Two parts are fatal besides: a price that is probably bait, and a view that is too old, say
nothing about a deal that can be done. Below a half each brakes the total in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from p2p_pipeline.p2p.metrics.deals.grading import Grade, PartGrade, freshness_part, grade_parts
from p2p_pipeline.p2p.metrics.deals.inputs import DealInputs

WEIGHTS: Mapping[str, float] = {
    # What a taker wants from a good deal, but says nothing of whether it lasts.
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
"""How much each part counts; they add up to 1. The last two are fatal besides (`FATAL`)."""
FATAL = ("teaser", "freshness")
FATAL_BELOW = 0.5
"""A fatal part below this brakes the total by its share of it."""
LEAST = 0.02
"""What a part counts at least in the mean: one zero makes a score small, and leaves the others visible."""
LEAST_BRAKE = 1e-4
"""What a brake leaves at least."""


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
    """0 to 100."""
    fresh_total: float
    """What the total was when the snapshot was taken: what time has not yet eaten. Calibrations are made of these."""
    known_weight: float
    """The share of the weight that rests on known inputs, 0..1."""
    parts: tuple[Part, ...]

    def value(self, name: str) -> float:
        """A part's value, 0..1."""
        return next(part.value for part in self.parts if part.name == name)


def score_of(inputs: DealInputs, weights: Mapping[str, float] = WEIGHTS) -> Score:
    """Grade a deal. Raises ValueError when the weights don't name every part or don't add up to 1."""
    grades = grade_parts(inputs)
    if set(weights) != {grade.name for grade in grades} or min(weights.values()) < 0:
        raise ValueError(f"weights were for {', '.join(weights)}; each of {', '.join(WEIGHTS)} needs one, 0 or more")
    if not math.isclose(sum(weights.values()), 1.0, abs_tol=1e-9):
        raise ValueError(f"the weights add up to {sum(weights.values()):g}; make them add up to 1")
    losses = [_loss(grade, weights[grade.name]) for grade in grades]
    whole = sum(losses)
    total = 100 * math.exp(-whole)
    when_seen = freshness_part(replace(inputs, age_seconds=0.0))
    aged = sum(loss for grade, loss in zip(grades, losses, strict=True) if grade.name == when_seen.name)
    fresh_total = 100 * math.exp(-(whole - aged + _loss(when_seen, weights[when_seen.name])))
    # Logarithms add up and points don't: each part takes its share of what is missing to 100.
    points = [-(100 - total) * loss / whole if whole else 0.0 for loss in losses]
    parts = tuple(
        Part(grade.name, grade.value, weights[grade.name], point, grade.known_share, grade.reason, grade.grades)
        for grade, point in zip(grades, points, strict=True)
    )
    known = min(1.0, round(sum(part.weight * part.known_share for part in parts), 9))
    return Score(total, fresh_total, known, parts)


def _loss(grade: PartGrade, weight: float) -> float:
    """What a part takes off the logarithm of the total, 0 or more."""
    brake = math.log(FATAL_BELOW / max(grade.value, LEAST_BRAKE)) if grade.name in FATAL else 0.0
    return -weight * math.log(max(grade.value, LEAST)) + max(0.0, brake)
