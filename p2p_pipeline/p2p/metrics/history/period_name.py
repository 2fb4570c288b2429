"""How finely a series is shown: by itself, so that a command can name the choices without loading what reads tables."""

from __future__ import annotations

from enum import StrEnum


class PeriodName(StrEnum):
    """How finely a series is shown."""

    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"
