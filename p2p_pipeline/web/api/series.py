"""`/api/v1/history` and `/api/v1/windows`: a price over time, and when it is usually better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.history import find_history, points_object
from p2p_pipeline.p2p.answers.history_chart import chart_object, find_chart
from p2p_pipeline.p2p.answers.windows import answer_object
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
from p2p_pipeline.web.advised import advice_version, advised
from p2p_pipeline.web.api.answering import answer, answer_from, edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.api.shapes.history import History, HistoryChart
from p2p_pipeline.web.api.shapes.windows import Windows
from p2p_pipeline.web.asked import WindowsAsked
from p2p_pipeline.web.asked_history import ChartAsked, HistoryAsked, RangeAsked
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of

router = APIRouter()


@router.get("/history", response_model=History, responses=AS_FILES, summary="A price over time", tags=["history"])
async def get_history(request: Request, asked: Annotated[HistoryAsked, Query()]) -> Response:
    """Points with `starts_at`, `value` and `observations`. A gap is an absent point, never a value."""
    edges, named = edges_of(request), asked.named
    zone = asked.zone(edges.settings.timezone)
    bounds = asked.bounds(zone, asked.period)

    def found() -> dict[str, Any]:
        return points_object(find_history(edges.lake, named[0], named[1:], (bounds, asked.period, zone)))

    return await _as_asked(request, asked, found)


@router.get(
    "/history/chart",
    response_model=HistoryChart,
    responses=AS_FILES,
    summary="All that the page History shows",
    tags=["history"],
)
async def get_history_chart(request: Request, asked: Annotated[ChartAsked, Query()]) -> Response:
    """A price with the whole book's median, depth and spread of the same time; why there are gaps; a second series."""
    edges, named, other = edges_of(request), asked.named, asked.other
    zone = asked.zone(edges.settings.timezone)
    bounds = asked.bounds(zone, asked.period)

    def found() -> dict[str, Any]:
        return chart_object(find_chart(edges.lake, edges.reader, named, (bounds, asked.period, zone), other))

    return await _as_asked(request, asked, found)


async def _as_asked(request: Request, asked: RangeAsked, found: Callable[[], dict[str, Any]]) -> Response:
    """The answer, or its points as a file."""
    edges = edges_of(request)
    if asked.format is Format.JSON:
        return await answer(request, lambda: lake_version(edges), found, is_kept=True)
    name = f"{asked.market_side.market.key}-{asked.side}-{asked.measure}"
    question = (request.url.path, str(request.query_params))
    made = await edges.workers.ask(question, lambda: file_of(found()["points"], asked.format, name))
    return made.answer()


@router.get(
    "/windows", response_model=Windows, summary="When it is usually better, or that no hour is", tags=["windows"]
)
async def get_windows(request: Request, asked: Annotated[WindowsAsked, Query()]) -> Response:
    """The fields of `p2p windows --json`. Improvements are shares of the price, positive when good for the taker."""
    edges = edges_of(request)
    minute = edges.now().replace(second=0, microsecond=0)
    return await answer_from(
        request,
        lambda: (advice_version(edges), minute),
        lambda: advised(edges, asked),
        lambda made: answer_object(made.found, summary(made.found.weeks), edges.now(), made.size),
    )
