"""`/history`: what a price was, with its gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.p2p.answers.data_warnings import Subject
from p2p_pipeline.p2p.answers.history import ShownSeries, caution_of, find_history, listed_series, unit_of
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.steps.series import AvailableSeries
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import HistoryAsked, sentence_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import side_of, warnings_about
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)

RANGES_DAYS = (1, 7, 30, 90, 365)
MOST_POINTS_DAYS = {PeriodName.FIVE_MINUTES: 3, PeriodName.HOUR: 90}
"""Up to so many days each period gives at most some 2,000 points, which is what a chart's width can show."""
FIELDS = ("market", "side", "measure", "profile", "amount", "from", "to", "period", "tz")


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The page's values."""

    form: dict[str, str]
    mistake: str | None
    missing: str | None
    shown: ShownSeries | None
    listed: list[AvailableSeries]
    markets: list[str]

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200


@router.get("/history")
async def history_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    zone = reader_of(request, edges.settings.timezone).zone.key
    version = await run_in_threadpool(lambda: lake_version(edges))
    view = await edges.workers.ask_once(
        ("history page", zone, *sorted(given.items())), version, lambda: history_view(edges, given, zone)
    )

    def with_values(**values: Any) -> str:
        return address("/history", {**view.form, **{name.rstrip("_"): value for name, value in values.items()}})

    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    warnings = await warnings_about(edges, side_of(view.form["market"], view.form["side"]), Subject.SERIES)
    return render(
        request,
        "history.html",
        status=view.status,
        view=view,
        ranges=RANGES_DAYS,
        with_values=with_values,
        first_day_of=first_day_of,
        last_day_of=last_day_of,
        data_warnings=warning_lines(warnings, Figures(words, reader.zone), edges.now()),
        **(_told(view.shown, view.form, words) if view.shown else {}),
    )


def _told(shown: ShownSeries, form: dict[str, str], words: Words) -> dict[str, Any]:
    """What the page says of a series: its title and unit, one sentence on the whole, and where its points are."""
    key, valued = shown.key, [period for period in shown.periods if period.median is not None]
    market, size = key.market_side.market, None if shown.amount_fiat is None else shown.amount_fiat.normalize()
    figures = Figures(words, shown.zone)
    title = words.text("{market} {side}, {measure}", market=market.key, side=key.market_side.side, measure=key.measure)
    if size is not None:
        title += words.text(
            " of {amount}, profile {profile}", amount=figures.given(size, market.fiat), profile=key.profile
        )
    caution = words.text("An aggregate of stated prices: nobody may have been able to trade at it.")
    middles = sorted(period.median for period in valued if period.median is not None)
    sentence = words.many(
        "{count} period with a value, from {low} to {high}, in the middle {middle}.",
        "{count} periods with a value, from {low} to {high}, in the middle {middle}.",
        len(middles),
        low=figures.statistic(middles[0]) if middles else "–",
        high=figures.statistic(middles[-1]) if middles else "–",
        middle=figures.statistic(middles[len(middles) // 2]) if middles else "–",
    )
    return {
        "title": title,
        "unit": unit_of(shown),
        "caution": caution if caution_of(shown) else "",
        "sentence": sentence,
        "source": address(
            "/api/v1/history",
            {
                "market": market.key,
                "side": key.market_side.side,
                "measure": key.measure,
                "profile": key.profile,
                "amount": None if size is None else format(size, "f"),
                "from": form.get("from") or _day(shown.periods[0].start, shown.zone),
                "to": form.get("to") or last_day_of(shown),
                "period": shown.period.value,
                "tz": shown.zone.key,
            },
        ),
    }


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def history_view(edges: Edges, given: dict[str, str], zone: str) -> HistoryView:
    """Read what stands in an address and find it; a mistake costs no other part of the page."""
    markets = [entry.market.key for entry in edges.settings.markets]
    form = {name: given[name] for name in FIELDS if name in given}
    form = {"market": markets[0] if markets else "", "side": "BUY", **form}
    mistake = missing = shown = None
    listed: list[AvailableSeries] = []
    try:
        asked = HistoryAsked(**{"tz": zone, **form})
        listed = listed_series(edges.lake, asked.market_side.market, asked.side)
        asked.require_bounded()
        days, own = asked.days, asked.zone(edges.settings.timezone)
        period = asked.period if "period" in form else period_for(days)
        named = (asked.measure, asked.profile, asked.size)
        shown = find_history(edges.lake, asked.market_side, named, (days, period, own))
    except ValidationError as error:
        mistake = sentence_of(error.errors())
    except InvalidInput as error:
        mistake = str(error)
    except ClearError as error:
        missing = str(error)
    return HistoryView(form, mistake, missing, shown, listed, markets)


def period_for(days: tuple[date | None, date | None]) -> PeriodName:
    """The finest period whose points a chart can show; hours for the usual week."""
    first, last = days
    if first is None or last is None:
        return PeriodName.HOUR if first is None else PeriodName.DAY
    length = (last - first).days + 1
    return next((period for period, most in MOST_POINTS_DAYS.items() if length <= most), PeriodName.DAY)


def first_day_of(shown: ShownSeries, days: int) -> date:
    """The first day of the last so many, for a link."""
    return last_day_of(shown) - timedelta(days=days - 1)


def last_day_of(shown: ShownSeries) -> date:
    """The last local day of a series."""
    end: datetime = shown.periods[-1].start
    return end.astimezone(ZoneInfo(shown.zone.key)).date()
