"""`/history`: a price over time."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Fiat, Seconds, Shape, Share, SideName, Time


class HistoryGap(Shape):
    """A time that nobody saw."""

    start: Time
    end: Time
    seconds: Seconds


class Point(Shape):
    """One period with a value; what counts it is the series' `unit`."""

    starts_at: Time
    value: float
    observations: int
    low: float | None
    high: float | None
    seen: int
    coverage: Share | None
    """Looks against those that should have been; null where no rhythm is known."""


class History(Shape):
    """One series. A gap is an absent point, never a value."""

    market_key: str
    side: SideName
    measure: str
    profile: str | None
    step: int | None
    amount_fiat: Fiat | None
    unit: str
    caution: str | None
    """What the series is not, where it is no price that an amount really had."""
    period: str
    timezone: str
    first: Time
    last: Time
    observations: int
    gaps: list[HistoryGap]
    points: list[Point]
