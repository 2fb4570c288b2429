"""What the page *History* shows: the question as it was understood, and its answer or what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.answers.anomalies import SeriesChoice
from p2p_pipeline.p2p.answers.anomalies_read import Judged, unusual_known
from p2p_pipeline.p2p.answers.history_chart import Chart, find_chart
from p2p_pipeline.p2p.answers.special_days import SpecialDays, special_days
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.metrics.unusual.events import Event
from p2p_pipeline.p2p.steps.series import AvailableSeries, NoSeries, first_day, newest_moment, newest_series
from p2p_pipeline.web.asked import sentence_of
from p2p_pipeline.web.asked_history import ChartAsked
from p2p_pipeline.web.edges import Edges

OTHER_FIELDS = ("with_market", "with_side", "with_measure", "with_profile", "with_amount")
FIELDS = ("market", "side", "measure", "profile", "amount", "from", "to", "period", "tz", *OTHER_FIELDS)


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The page's values."""

    form: dict[str, str]
    markets: list[str]
    zone: ZoneInfo
    mistake: str | None = None
    missing: str | None = None
    listed: list[AvailableSeries] = field(default_factory=list)
    """The series of the market side, as of its newest day."""
    told: HistoryTold | None = None

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200


@dataclass(frozen=True, slots=True)
class HistoryTold:
    """A chart, what happened in its time, and from when to when there is any history."""

    chart: Chart
    judged: Judged | None
    """None where nothing can be judged: of a route, or without an hour of history."""
    special: list[SpecialDays]
    began: date
    ended: datetime
    """The end of the newest hour."""

    @property
    def events(self) -> list[Event]:
        """What was unusual in the range."""
        start, end = self.chart.shown.asked
        found = self.judged.found if self.judged else None
        events = found.events if found else []
        return [event for event in events if event.start < end and event.end > start]


def history_view(edges: Edges, given: dict[str, str], usual_zone: str) -> HistoryView:
    """Read what stands in an address and find it; a mistake costs no other part of the page."""
    markets = [entry.market.key for entry in edges.settings.markets]
    form = {"market": markets[0] if markets else "", "side": "BUY"}
    form |= {name: given[name] for name in FIELDS if name in given}
    known: dict[str, Any] = {"form": form, "markets": markets, "zone": ZoneInfo(usual_zone)}
    try:
        asked = ChartAsked.model_validate({"tz": usual_zone, **form})
        known["zone"] = asked.zone(usual_zone)
        known["listed"] = newest_series(edges.lake, asked.market_side)
        known["told"] = _told(edges, asked, known["zone"])
    except ValidationError as error:
        known["mistake"] = sentence_of(error.errors())
    except InvalidInput as error:
        known["mistake"] = str(error)
    except ClearError as error:
        known["missing"] = str(error)
    return HistoryView(**known)


def _told(edges: Edges, asked: ChartAsked, zone: ZoneInfo) -> HistoryTold:
    bounds = asked.bounds(zone, asked.period)
    chart = find_chart(edges.lake, edges.reader, asked.named, (bounds, asked.period, zone), asked.other)
    shown = chart.shown
    newest = newest_moment(edges.lake, shown.key)
    side, (start, end) = shown.key.market_side, shown.asked
    return HistoryTold(
        chart,
        _judged(edges, side, start, end),
        special_days(side.market.fiat, start, min(end, shown.periods[-1].end), edges.settings),
        first_day(edges.lake, side) or shown.periods[0].start.date(),
        newest + timedelta(hours=1) if newest else shown.periods[-1].end,
    )


def _judged(edges: Edges, side: MarketSide, start: datetime, end: datetime) -> Judged | None:
    days = start.date(), (end - timedelta(microseconds=1)).date()
    try:
        return unusual_known(edges.lake, side.market, SeriesChoice(side.side), days, edges.now())
    except NoSeries:
        return None
