"""What is asked of a price over time: a range, how finely, a second series beside it; and what was unusual in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.anomalies import SeriesChoice
from p2p_pipeline.p2p.answers.asked import asked_amount, asked_market
from p2p_pipeline.p2p.answers.history_chart import Named
from p2p_pipeline.p2p.answers.time_range import Bound, asked_bounds, moments_of
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.schema import OF_AN_AMOUNT
from p2p_pipeline.web.asked import FIRST_DAY, LAST_DAY, MARKET, Asked, SeriesNamed
from p2p_pipeline.web.downloads import Format

MOST_FINE_POINTS = 20_160
"""What one answer holds of periods shorter than an hour: 70 days of five minutes, a week of looks."""
BOUND = "a day of the zone (`2026-11-21`) or a moment (`2026-11-21T14:00`, with `Z` or an offset for another clock)."


class RangeAsked(SeriesNamed):
    """A price over a range."""

    first: str | None = Field(None, alias="from", max_length=40, description=f"Since when: {BOUND}")
    last: str | None = Field(
        None, alias="to", max_length=40, description=f"Until when: {BOUND} A day is meant to its end."
    )
    format: Format = Field(Format.JSON, description="`csv` and `parquet` are files of the points.")

    @property
    def named(self) -> Named:
        """The series; raises InvalidInput."""
        return self.market_side, self.measure, self.profile, self.size

    def bounds(self, zone: ZoneInfo, period: PeriodName | None) -> tuple[Bound, Bound]:
        """The range; raises InvalidInput, also for more points than one answer holds."""
        bounds = asked_bounds(self.first, self.last, zone)
        if period is not None and period.seconds < PeriodName.HOUR.seconds and bounds != (None, None):
            start, end = moments_of(bounds, datetime.now(UTC).date(), zone)
            if (end - start).total_seconds() / period.seconds > MOST_FINE_POINTS:
                raise InvalidInput(
                    "{period} over {days} days are too many points for one answer, which holds {most_fine_points:,} of "
                    "them; ask for fewer days, or for period=1h",
                    period=period,
                    days=(end - start).days,
                    most_fine_points=MOST_FINE_POINTS,
                )
        return bounds


class HistoryAsked(RangeAsked):
    """A price over time."""

    period: PeriodName = Field(PeriodName.HOUR, description="How finely.")


class ChartAsked(RangeAsked):
    """What the page *History* shows: without a period the finest that a chart can show."""

    period: PeriodName | None = Field(None, description="How finely; else as finely as about 2,000 points allow.")
    with_market: str | None = Field(None, max_length=40, description="A second series: its market; else the same.")
    with_side: Side | None = Field(None, description="Its side; else the same.")
    with_measure: str | None = Field(None, max_length=40, description="Its price; else the same.")
    with_profile: str | None = Field(None, max_length=60, description="Its profile; else the same.")
    with_amount: str | None = Field(None, max_length=40, description="Its size in fiat; else the same.")

    @property
    def other(self) -> Named | None:
        """The second series, if any of it was named; raises InvalidInput."""
        given = (self.with_market, self.with_side, self.with_measure, self.with_profile, self.with_amount)
        if not any(given):
            return None
        market = asked_market(self.with_market) if self.with_market else self.market_side.market
        measure = self.with_measure or self.measure
        profile, size = self.with_profile, asked_amount(self.with_amount) if self.with_amount else None
        if measure in OF_AN_AMOUNT:
            profile = profile or self.profile
            # The same number of another money is another amount.
            size = size or (self.size if market.fiat == self.market_side.market.fiat else None)
        return MarketSide(market, self.with_side or self.side), measure, profile, size


class AnomaliesAsked(Asked):
    """What was unusual in a market."""

    market: str = MARKET
    side: Side | None = Field(None, description="BUY or SELL; else both.")
    measure: str | None = Field(None, max_length=40, description="Only this measure, such as `executable`.")
    first: date | None = Field(None, alias="from", ge=FIRST_DAY, le=LAST_DAY, description="The first UTC day.")
    last: date | None = Field(None, alias="to", ge=FIRST_DAY, le=LAST_DAY, description="The last UTC day.")
    every: bool = Field(False, alias="all", description="Every size and profile, not only the middle one of `wide`.")
    by_event: bool = Field(False, description="What weekends, holidays and events change; over all history or `from`.")

    @property
    def of_market(self) -> Market:
        """Of which; raises InvalidInput."""
        return asked_market(self.market)

    @property
    def choice(self) -> SeriesChoice:
        """Which series are told of."""
        return SeriesChoice(self.side, self.measure, self.every)

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The days asked for, None for an open end; raises InvalidInput."""
        if self.first and self.last and self.first > self.last:
            raise InvalidInput(
                "from was {first}, which is after to, {last}; swap them", first=self.first, last=self.last
            )
        return self.first, self.last
