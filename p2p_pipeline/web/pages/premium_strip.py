"""Premiums as dots on one scale: a row each, so that sorted rows draw the distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, MARGIN = 190, 8
OUTER = 0.02
"""So many at either end may lie beyond the scale: one forgotten market would push all others into a corner."""
LEAST_SPAN = 0.02
STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MOST_TICKS = 3


@dataclass(frozen=True, slots=True)
class Dot:
    """Where a premium lies."""

    x: float
    is_beyond: int
    """-1: left of the scale, 1: right of it, 0: on it."""


@dataclass(frozen=True, slots=True)
class PremiumStrip:
    """The scale, from `low` to `high`; 0 is on it."""

    low: float
    high: float

    @classmethod
    def over(cls, premiums: Sequence[float]) -> PremiumStrip | None:
        """A scale for nearly all of them; None without any."""
        if not premiums:
            return None
        ordered, cut = sorted(premiums), int(OUTER * len(premiums))
        low, high = min(0.0, ordered[cut]), max(0.0, ordered[len(ordered) - 1 - cut])
        missing = max(0.0, LEAST_SPAN - (high - low)) / 2
        return cls(low - missing, high + missing)

    def dot(self, premium: float) -> Dot:
        """A premium's place."""
        beyond = -1 if premium < self.low else 1 if premium > self.high else 0
        return Dot(self.x(min(self.high, max(self.low, premium))), beyond)

    def x(self, premium: float) -> float:
        """How far right."""
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (premium - self.low) / (self.high - self.low), 1)

    @property
    def ticks(self) -> list[float]:
        """Round premiums on the scale, 0 among them."""
        span = self.high - self.low
        step = next((step for step in STEPS if span / step <= MOST_TICKS), STEPS[-1])
        first, last = round(self.low / step + 0.499), round(self.high / step - 0.499)
        return [number * step for number in range(first, last + 1)]
