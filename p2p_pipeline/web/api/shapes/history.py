"""`/history`: a price over time, and all that a chart of it shows."""

from __future__ import annotations

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import (
    AssetNumber,
    Fiat,
    PriceNumber,
    Seconds,
    Shape,
    Share,
    SideName,
    Time,
)


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


class ImportedStretch(Shape):
    """A time whose values were imported."""

    start: Time
    end: Time


class NamedSeries(Shape):
    """Which series, and how it is told."""

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


class History(NamedSeries):
    """One series. A gap is an absent point, never a value."""

    first: Time
    last: Time
    observations: int
    gaps: list[HistoryGap]
    imported: list[ImportedStretch]
    points: list[Point]


class ChartGap(HistoryGap):
    """A time that nobody saw, and why."""

    cause: str
    """`nobody_looked`, `refused`, `unreachable`, `venue_error`, `soft_block`, `unreadable` or `failed`."""
    failed_looks: int
    http_status: int | None


class SeriesComparison(Shape):
    """What can be said of a second series beside the first, over the periods that both have."""

    is_same_unit: bool
    """Else only how each changed can be compared."""
    is_of_shares: bool
    """Whether differences are differences, of what is a share already, and not shares of the first series."""
    periods: int
    since: Time
    until: Time
    change: Share | None
    other_change: Share | None
    difference_now: Share | None
    """Of the second from the first in the last period of both; null without a common unit."""
    difference: Share | None
    """In the middle."""
    least_difference: Share | None
    most_difference: Share | None


class ChartPoint(Shape):
    """One period in which anything of the chart has a value; value, low and high are counted by the series' `unit`."""

    starts_at: Time
    value: float | None
    low: float | None
    high: float | None
    observations: int
    book_median: PriceNumber | None
    asset_near_best: AssetNumber | None
    spread: Share | None
    with_value: float | None = None
    """Of the second series, where one was asked for."""
    is_imported: bool


class HistoryChart(NamedSeries):
    """One series with the whole book's median, depth and spread of the same time, and a second one."""

    other: NamedSeries | None = Field(alias="with")
    with_missing: str | None
    """Why there is no second series although one was asked for."""
    comparison: SeriesComparison | None
    gaps: list[ChartGap]
    imported: list[ImportedStretch]
    points: list[ChartPoint]
