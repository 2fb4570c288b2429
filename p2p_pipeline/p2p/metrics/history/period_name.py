"""How finely a series is shown: by itself, so that a command can name the choices without loading what reads tables."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

MOST_SHOWN = 2_000
"""What a chart's width can show, and a person take in."""


class PeriodName(StrEnum):
    """How finely a series is shown. Days, their quarters and weeks (from Monday) are those of a time zone."""

    LOOK = "30s"
    """Each look by itself."""
    FIVE_MINUTES = "5m"
    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "1d"
    WEEK = "1w"

    @property
    def seconds(self) -> int:
        """How long it usually is."""
        return _SECONDS[self]

    @property
    def stored_seconds(self) -> int:
        """The rollup it is shown from; of a look there is none."""
        return min(self.seconds, PeriodName.HOUR.seconds)


_SECONDS = {
    PeriodName.LOOK: 30,
    PeriodName.FIVE_MINUTES: 300,
    PeriodName.HOUR: 3_600,
    PeriodName.SIX_HOURS: 21_600,
    PeriodName.DAY: 86_400,
    PeriodName.WEEK: 604_800,
}


def period_for(length: timedelta, most: int = MOST_SHOWN) -> PeriodName:
    """The finest period of which at most so many lie in a range: of an hour looks, of a year quarters of days."""
    return next((name for name in PeriodName if length.total_seconds() / name.seconds <= most), PeriodName.WEEK)
