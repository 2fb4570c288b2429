"""`/history`: what a price was, what stood beside it, why there are gaps, and what was unusual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.p2p.answers.data_warnings import Subject
from p2p_pipeline.p2p.answers.history import ShownSeries
from p2p_pipeline.p2p.answers.history_chart import chart_rows
from p2p_pipeline.p2p.answers.history_sql import sql_of
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages import history_words as said
from p2p_pipeline.web.pages.history_drawing import drawing_of
from p2p_pipeline.web.pages.history_view import OTHER_FIELDS, HistoryTold, HistoryView, history_view
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import side_of, warnings_about
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.measures import measure_name, unit_words, value_words

router = APIRouter(include_in_schema=False)

MOST_ROWS = 200
"""Of the table on the page; the files have all."""
BEYOND = timedelta(days=366)
"""An address may ask for millennia: one steps on from at most so much before and after what there is."""
_USUAL_MEASURES = ("executable", "single", "spread", "vwap", "median", "best", "offers", "asset_near_best")


@router.get("/history")
async def history_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    reader = reader_of(request, edges.settings.timezone)
    version = await run_in_threadpool(lambda: lake_version(edges))
    view = await edges.workers.ask_once(
        ("history page", reader.zone.key, *sorted(given.items())),
        version,
        lambda: history_view(edges, given, reader.zone.key),
    )
    words = Words(reader.language)
    measures = list(dict.fromkeys(entry.key.measure for entry in view.listed)) or list(_USUAL_MEASURES)
    figures = Figures(words, view.zone)
    warnings = await warnings_about(edges, side_of(view.form["market"], view.form["side"]), Subject.SERIES)
    return render(
        request,
        "history.html",
        status=view.status,
        view=view,
        data_warnings=warning_lines(warnings, figures, edges.now()),
        measures=[(name, measure_name(name, words)) for name in measures],
        profiles=[one.name for one in edges.settings.all_profiles()],
        is_compared=any(view.form.get(name) for name in OTHER_FIELDS),
        local_input=lambda text: _local_input(text, view),
        own=figures,
        **(_values(view, view.told, words, figures) if view.told else {}),
    )


def _values(view: HistoryView, told: HistoryTold, words: Words, figures: Figures) -> dict[str, Any]:
    """What the template shows of an answer."""
    chart, shown = told.chart, told.chart.shown
    marks = said.marks_of(told, words, figures)
    rows = chart_rows(chart)
    asked = _asked_of(view, shown)
    return {
        "told": told,
        "title": said.title_of(shown, words, figures),
        "other_title": said.title_of(chart.other, words, figures) if chart.other else "",
        "sentence": said.sentence_of_chart(told, words, figures),
        "caution": said.caution_words(shown, words),
        "unit": unit_words(shown, words),
        "drawing": drawing_of(chart, marks, said.labels_of(chart, words)),
        "marks": list(reversed(marks)),
        "gaps": said.gap_lines(chart, words),
        "comparison": said.comparison_lines(chart.comparison, words, figures) if chart.comparison else [],
        "steps": steps_of(told, lambda **values: address("/history", {**view.form, "period": "", **values})),
        "without_other": address("/history", {n: v for n, v in view.form.items() if n not in OTHER_FIELDS}),
        "source": address("/api/v1/history/chart", asked),
        "points_source": address("/api/v1/history", {n: v for n, v in asked.items() if n not in OTHER_FIELDS}),
        "sql": sql_of(shown),
        "rows": rows[: -MOST_ROWS - 1 : -1],
        "rows_left": max(0, len(rows) - MOST_ROWS),
        "value_text": lambda measure, value: "–" if value is None else value_words(measure, value, figures),
    }


def _asked_of(view: HistoryView, shown: ShownSeries) -> dict[str, Any]:
    """The same question for the API, with nothing left to what is usual."""
    key, size = shown.key, shown.amount_fiat
    return {
        "market": key.market_side.market.key,
        "side": key.market_side.side,
        "measure": key.measure,
        "profile": key.profile,
        "amount": None if size is None else format(size.normalize(), "f"),
        "from": _moment(shown.asked[0]),
        "to": _moment(shown.asked[1]),
        "period": shown.period.value,
        "tz": shown.zone.key,
        **{name: view.form.get(name) for name in OTHER_FIELDS},
    }


@dataclass(frozen=True, slots=True)
class Steps:
    """Where one can go from a range: its chips, and by keyboard what a drag does by hand."""

    chips: list[tuple[str, str, bool]]
    """A name, an address, whether it is this one."""
    earlier: str
    later: str
    closer: str
    wider: str


def steps_of(told: HistoryTold, to: Callable[..., str]) -> Steps:
    """The ranges one step away; the time zone goes with each, for days are those of a zone."""
    shown = told.chart.shown
    (start, end), zone = shown.asked, shown.zone.key
    began = datetime.combine(told.began, time(), UTC)
    start, end = max(start, began - BEYOND), min(end, told.ended + BEYOND)
    length = end - start
    last: date = (told.ended - timedelta(microseconds=1)).astimezone(shown.zone).date()

    def moments(first: datetime, after: datetime) -> str:
        return to(**{"from": _moment(first), "to": _moment(after), "tz": zone})

    def days(first: date) -> str:
        return to(**{"from": first, "to": last, "tz": zone})

    ranges = {
        "1d": (told.ended - timedelta(days=1), moments(told.ended - timedelta(days=1), told.ended)),
        **{f"{n}d": (last - timedelta(days=n - 1), days(last - timedelta(days=n - 1))) for n in (7, 30)},
        "1y": (last - timedelta(days=364), days(last - timedelta(days=364))),
        "all": (told.began, days(told.began)),
    }
    here = start.astimezone(shown.zone)
    is_newest = abs(told.ended - end) < timedelta(days=1)
    chosen = next((name for name, (first, _) in ranges.items() if is_newest and first in (start, here.date())), "")
    return Steps(
        chips=[(name, link, name == chosen) for name, (_, link) in ranges.items()],
        earlier=moments(start - length, start) if start > began else "",
        later=moments(end, end + length) if end < told.ended else "",
        closer=moments(start + length / 4, end - length / 4) if length > timedelta(hours=1) else "",
        wider=moments(start - length / 2, end + length / 2) if start > began or end < told.ended else "",
    )


def _moment(moment: datetime) -> str:
    """To the minute, for an address."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _local_input(text: str | None, view: HistoryView) -> str:
    """For a field of date and time: what an address has, by the page's own clock; empty where nothing was asked."""
    if not text or view.told is None:
        return ""
    start, end = view.told.chart.shown.asked
    moment = start if text == view.form.get("from") else end
    return f"{moment.astimezone(view.zone):%Y-%m-%dT%H:%M}"
