"""What a market cost hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

BEST_OF_SWEEPS = "best_of_sweeps"
"""What prices are of when sweeps saw them: the mean of an hour's best prices."""


@dataclass(frozen=True, slots=True)
class HourOfMarket:
    """What a market cost in an hour. None where a side had no offers, or nothing to hold it against."""

    starts_at: datetime
    buy_price: float | None
    sell_price: float | None
    premium: float | None

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class MarketHours:
    """The hours that somebody looked at, in order; a gap is an hour that isn't there."""

    hours: list[HourOfMarket]
    measure: str
    """Which price it is: `best_of_sweeps`, or a measure of the history."""

    @property
    def is_of_history(self) -> bool:
        """Whether the page *History* has the same price."""
        return self.measure != BEST_OF_SWEEPS

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {"measure": self.measure, "hours": [hour.to_json() for hour in self.hours]}
