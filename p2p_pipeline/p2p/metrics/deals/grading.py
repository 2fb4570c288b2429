"""From raw inputs to parts: each 0..1, with what it was made from and in words.

Every grade rises (or falls) with its input over the whole range: better news never lowers a part. With several legs,
what can break the deal must not happen to any of them (grades multiply), whom to trust is decided by the worst, and
what can cost money counts by each leg's share of the amount.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.metrics.deals.grade_words import grade_words
from p2p_pipeline.p2p.metrics.deals.inputs import DealInputs, LegInputs

UNKNOWN = 0.35
"""What an unknown input counts: below the middle, for what nobody knows is no recommendation; above what is known to
be bad."""
UNKNOWN_SIGN = 0.6
"""For a sign of a teaser the worst one decides, so an unknown one is a mild doubt; `UNKNOWN` would brake every deal."""
STABLE_HOURS = 1.0
"""Rates of change are graded by the chance that nothing changes for this long: a quarter of an hour to pay, and room
to tell apart offers that are likely to last it."""
HELD_HALF_MINUTES = 30.0
"""An offer that has held for this long gets half of that grade."""
USED_UP = 0.4
"""What a leg counts that uses up its offer: the next order of anybody breaks it."""
HEADROOM_HALF = 0.25
"""With a quarter to spare a leg gets half of what is above that."""
COVER_HALF = 2.0
"""Two more of the amount near the price get half of that grade."""
LEAST_PRICE = 0.25
"""What the worst price of the week counts: it can still be a deal that stands."""
ORDERS_IN_A_ROW = 3
"""Reputation is the chance that this many orders in a row are completed."""
RATE_CONFIDENCE_Z = 1.2816
"""One-sided 90 %: the completion rate that the advertiser at least has."""
LEAD_HALF = 0.01
"""A price 1 % beyond the next offers gets half of that grade; recorded teasers stand 1 to 6 % out."""
CROSSING_HALF = 0.02
"""Crossed tops are normal on P2P markets: only 2 % beyond the other side gets half of that grade."""
LIMITS_HALF = 0.1
"""An offer whose largest order is only 10 % above its smallest gets half of that grade."""
IDLE_HALF_HOURS = 12.0
"""The best offer of a book that nobody touched for half a day gets half of that grade."""
AGE_HALF_SECONDS = 600.0
"""Ten minutes old gets half."""
INCOMPLETE = 0.5
"""What a snapshot counts that did not reach the book's end."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One input, graded."""

    name: str
    raw: float | None
    """Of the leg that decides; None where unknown."""
    value: float
    """0..1."""
    weight: float
    """Within its part."""
    is_known: bool
    """Whether it is known of every leg."""

    @property
    def words(self) -> Told:
        """What is said of it."""
        return grade_words(self.name, self.raw)

    def to_json(self) -> dict[str, Any]:
        """As it stands in `p2p score --json`."""
        return {"name": self.name, "raw": self.raw, "value": self.value, "is_known": self.is_known, "words": self.words}


@dataclass(frozen=True, slots=True)
class PartGrade:
    """One part of the score before it is weighted."""

    name: str
    value: float
    """0..1."""
    known_share: float
    """How much of it rests on known inputs, 0..1."""
    grades: tuple[Grade, ...]

    @property
    def reason(self) -> Told:
        """All its inputs in words."""
        return joined("; ", [grade.words for grade in self.grades])


def grade_parts(inputs: DealInputs) -> tuple[PartGrade, ...]:
    """Every part of a deal, in the order of `score.WEIGHTS`."""
    return (
        price_part(inputs),
        liquidity_part(inputs),
        stability_part(inputs),
        advertiser_part(inputs),
        reputation_part(inputs),
        teaser_part(inputs),
        freshness_part(inputs),
    )


def price_part(inputs: DealInputs) -> PartGrade:
    """The price against its own recent past."""
    rank = _one("rank", 1.0, inputs.price_rank, lambda rank: LEAST_PRICE + (1 - LEAST_PRICE) * rank)
    return _mean("price", [rank])


def liquidity_part(inputs: DealInputs) -> PartGrade:
    """Room to spare: in the deal's own offers, and in the book near its price."""
    room = [leg.headroom for leg in inputs.legs]
    graded = [_value(raw, lambda spare: USED_UP + (1 - USED_UP) * _rising(HEADROOM_HALF)(spare)) for raw in room]
    return _mean(
        "liquidity",
        [
            _grade("headroom", 0.7, min(room), math.prod(graded)),
            _one("near_cover", 0.3, inputs.near_cover, lambda times: _rising(COVER_HALF)(times - 1)),
        ],
    )


def stability_part(inputs: DealInputs) -> PartGrade:
    """Whether it has stayed: the offers at this price or better, and the best price of this size."""
    breaks = [leg.breaks_per_hour for leg in inputs.legs]
    total = _if_known(breaks, sum)
    chance = math.prod([_value(rate, _chance_of_none) for rate in breaks])
    held = [leg.held_minutes for leg in inputs.legs]
    return _mean(
        "stability",
        [
            _grade("breaks_per_hour", 0.75, total, chance),
            _worst("held_minutes", 0.15, held, _rising(HELD_HALF_MINUTES)),
            _one("best_changes_per_hour", 0.1, inputs.best_changes_per_hour, _chance_of_none),
        ],
    )


def advertiser_part(inputs: DealInputs) -> PartGrade:
    """Whether the advertiser is there day in, day out."""
    presence = [leg.presence for leg in inputs.legs]
    return _mean("advertiser", [_worst("presence", 1.0, presence, lambda seen: seen)])


def reputation_part(inputs: DealInputs) -> PartGrade:
    """The completion rate the advertiser has at least, given how few or many orders it rests on."""
    lowest = [
        None if leg.completion_rate is None or leg.orders_30d is None
        else wilson_lower(leg.completion_rate, leg.orders_30d)
        for leg in inputs.legs
    ]  # fmt: skip
    return _mean("reputation", [_worst("completion_at_least", 1.0, lowest, lambda p: p**ORDERS_IN_A_ROW)])


def teaser_part(inputs: DealInputs) -> PartGrade:
    """Whether the price is bait. The worst sign decides: bait need not show all of them."""
    legs = inputs.legs
    # What the deal's price would lose if its leading legs were bait.
    lead = _if_known([leg.lead for leg in legs], lambda leads: _by_share(legs, [max(lead, 0.0) for lead in leads]))
    narrow = [_rising(LIMITS_HALF)(leg.limits_ratio - 1) for leg in legs]
    idle = [_value(leg.idle_top_hours, _falling(IDLE_HALF_HOURS), UNKNOWN_SIGN) for leg in legs]
    idle_hours = _if_known([leg.idle_top_hours for leg in legs], max)
    tightest = min(leg.limits_ratio for leg in legs)
    signs = [
        _one("lead", 0.4, lead, _falling(LEAD_HALF), UNKNOWN_SIGN),
        _one("crossing", 0.2, inputs.crossing, _falling(CROSSING_HALF), UNKNOWN_SIGN),
        _grade("limits_ratio", 0.2, tightest, _by_share(legs, narrow)),
        _grade("idle_top_hours", 0.2, idle_hours, _by_share(legs, idle)),
    ]
    known = sum(sign.weight for sign in signs if sign.is_known)
    return PartGrade("teaser", min(sign.value for sign in signs), min(known, 1.0), tuple(signs))


def freshness_part(inputs: DealInputs) -> PartGrade:
    """How old the snapshot is, and whether it shows the whole side."""
    age = _one("age_seconds", 0.8, inputs.age_seconds, _falling(AGE_HALF_SECONDS))
    whole = _grade("is_complete", 0.2, float(inputs.is_complete), 1.0 if inputs.is_complete else INCOMPLETE)
    # A product: a whole book of yesterday is no fresher for being whole.
    return PartGrade("freshness", age.value * whole.value, 1.0, (age, whole))


def wilson_lower(rate: float, count: int, z: float = RATE_CONFIDENCE_Z) -> float:
    """The lower end of Wilson's interval for a share: 0.0 without a trial, towards the rate with many.

    Wilson, 1927, "Probable inference, the law of succession, and statistical inference".
    """
    if count <= 0:
        return 0.0
    square = z * z / count
    spread = z * math.sqrt(rate * (1 - rate) / count + square / (4 * count))
    return max(0.0, (rate + square / 2 - spread) / (1 + square))


def _rising(half: float) -> Callable[[float], float]:
    """0 at 0, a half at `half`, towards 1."""
    return lambda raw: 1.0 if math.isinf(raw) else max(raw, 0.0) / (max(raw, 0.0) + half)


def _falling(half: float) -> Callable[[float], float]:
    """1 at 0 and below, a half at `half`, towards 0; flat at first, for small amounts are normal."""
    return lambda raw: 1.0 / (1.0 + min(max(raw, 0.0) / half, 1e6) ** 2)


def _chance_of_none(per_hour: float) -> float:
    """The chance that nothing happens for `STABLE_HOURS` at this rate."""
    return math.exp(-max(per_hour, 0.0) * STABLE_HOURS)


def _by_share(legs: Sequence[LegInputs], values: Sequence[float]) -> float:
    return sum(leg.share * value for leg, value in zip(legs, values, strict=True))


def _if_known(raws: Sequence[float | None], together: Callable[[list[float]], float]) -> float | None:
    """What the legs say together; None unless it is known of all."""
    known = [raw for raw in raws if raw is not None]
    return together(known) if len(known) == len(raws) else None


def _value(raw: float | None, value: Callable[[float], float], unknown: float = UNKNOWN) -> float:
    return unknown if raw is None else min(max(value(raw), 0.0), 1.0)


def _grade(name: str, weight: float, raw: float | None, value: float) -> Grade:
    return Grade(name, raw, min(max(value, 0.0), 1.0), weight, raw is not None)


def _one(
    name: str, weight: float, raw: float | None, value: Callable[[float], float], unknown: float = UNKNOWN
) -> Grade:
    return _grade(name, weight, raw, _value(raw, value, unknown))


def _worst(name: str, weight: float, raws: Sequence[float | None], value: Callable[[float], float]) -> Grade:
    """The grade of the worst leg; known only when it is known of every leg."""
    graded = min(_value(raw, value) for raw in raws)
    return _grade(name, weight, _if_known(raws, lambda known: min(known, key=value)), graded)


def _mean(name: str, grades: Sequence[Grade]) -> PartGrade:
    value = sum(grade.weight * grade.value for grade in grades)
    known = sum(grade.weight for grade in grades if grade.is_known)
    return PartGrade(name, min(value, 1.0), min(known, 1.0), tuple(grades))
