"""How likely it is that a deal can be filled: a rate of breaking, learned from deals that were followed.

A deal breaks at a rate; that it is still there after some hours has the chance exp(-rate x hours). The rate's logarithm
is a level plus what the parts say: a regression with the complementary log-log link (logistic regression's sibling
for risks that grow with time; McCullagh & Nelder 1989, "Generalized Linear Models"), held near a general rule. So a
market that is looked at every four hours can be learned from as well, and asked for five minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.deals.grading import wilson_lower
from p2p_pipeline.p2p.metrics.deals.inputs import DealInputs

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEARNED_FROM = ("stability", "liquidity", "advertiser")
"""The parts that say whether a deal lasts. Price and reputation don't, measured; bait stays on show."""
LEAST_DEALS, LEAST_HOURS, LEAST_OF_EACH = 100, 12, 10
"""Deals, hours they were seen in, and held and broken ones among them, before a market is learned from."""
_PRIOR_WORTH = np.array([1.0, 10.0, 10.0, 10.0])
"""How strongly the general rule holds, in broken deals."""
_DEALS_AN_HOUR = 2.0
"""Deals of one hour share offers and fate: an hour teaches no more than this many do, however many were followed."""
_CLIP = 0.02
_LEAST_HONOURED = 0.5
"""Orders that weren't completed were often the other taker's doing: half of what is missing counts."""
_UNKNOWN_HONOURED = 0.8
"""For an advertiser whose orders nobody knows: between one who completes all and one who completes none."""
NO_BAIT_FROM = 0.5
"""The part `teaser` from which a price is taken at its word; below it the chance falls in proportion."""


@dataclass(frozen=True, slots=True)
class ChanceModel:
    """The logarithm of a deal's rate of breaking an hour: a level, and how much the doubt in each part adds."""

    level: float
    stability: float
    liquidity: float
    advertiser: float
    hours: float | None = None
    """How long after the deals they were looked at again; None for the general rule."""

    @property
    def is_learned(self) -> bool:
        """Whether it was learned from deals of the market."""
        return self.hours is not None

    def rate(self, parts: Floats) -> Floats:
        """Breaks an hour, by rows of the parts in `LEARNED_FROM`."""
        slopes = np.array([self.stability, self.liquidity, self.advertiser])
        rate: Floats = np.exp(np.clip(self.level + doubt(parts) @ slopes, -20.0, 6.0))
        return rate

    def still_there(self, parts: Floats, hours: float | Floats) -> Floats:
        """The chance that all is still there after this many hours."""
        return np.exp(-self.rate(parts) * hours)


PRIOR = ChanceModel(0.0, 0.6, 0.1, 0.1)
"""The general rule. The doubt in stability is near the logarithm of the rate seen, whose slope were 1 if that were
known exactly; after a day of looks it is worth somewhat more than half. The other two add little."""


def doubt(parts: Floats) -> Floats:
    """log(-log(value)): of a chance to last an hour it is the logarithm of the rate."""
    return np.log(-np.log(np.clip(parts, _CLIP, 1 - _CLIP)))


def learned(parts: Floats, held: Flags, hours: Floats, blocks: NDArray[np.int64]) -> ChanceModel | None:
    """A model of deals that were followed; None with too few of them.

    `blocks` names the hour that each was seen in. More doubt never lowers the rate: a slope below 0 is left out.
    """
    enough = len(held) >= LEAST_DEALS and len(np.unique(blocks)) >= LEAST_HOURS
    if not enough or min(int(held.sum()), int((~held).sum())) < LEAST_OF_EACH:
        return None
    design = np.column_stack([np.ones(len(held)), doubt(parts)])
    rule = np.array([PRIOR.level, PRIOR.stability, PRIOR.liquidity, PRIOR.advertiser])
    worth = _PRIOR_WORTH * max(1.0, len(held) / (_DEALS_AN_HOUR * len(np.unique(blocks))))
    used = np.ones(len(rule), dtype=bool)
    while True:
        found = np.where(used, rule, 0.0)
        found[used] = _most_likely(design[:, used], held, hours, rule[used], worth[used])
        is_wrong = used & (found < 0)
        is_wrong[0] = False
        if not is_wrong.any():
            level, stability, liquidity, advertiser = found.tolist()
            return ChanceModel(level, stability, liquidity, advertiser, float(np.median(hours)))
        used &= ~is_wrong


def honoured(inputs: DealInputs, teaser_value: float) -> float:
    """The chance that what stands there is meant: judgement from reputation and signs of bait, 0..1."""
    orders = math.prod(
        _UNKNOWN_HONOURED
        if leg.completion_rate is None or leg.orders_30d is None
        else _LEAST_HONOURED + (1 - _LEAST_HONOURED) * wilson_lower(leg.completion_rate, leg.orders_30d)
        for leg in inputs.legs
    )
    return orders * min(1.0, teaser_value / NO_BAIT_FROM)


def _most_likely(design: Floats, held: Flags, hours: Floats, rule: Floats, worth: Floats) -> Floats:
    """Newton's steps to the coefficients that make the fates most likely, drawn towards the rule; few are needed."""
    found = rule.copy()
    for _ in range(40):
        risk = np.exp(np.clip(design @ found + np.log(hours), -20.0, 4.0))
        # Of a broken deal: d/dx log(1 - exp(-exp(x))) = risk / (exp(risk) - 1).
        pull = risk / np.expm1(risk)
        slope = np.where(held, -risk, pull)
        curve = np.where(held, risk, pull * (pull + risk - 1))
        gradient = design.T @ slope - worth * (found - rule)
        step = np.linalg.solve((design.T * curve) @ design + np.diag(worth), gradient)
        found = found + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-9:
            break
    return found
