"""`/api/v1/history` and `/api/v1/windows`: a price over time, and when it is usually better."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.history import find_history, points_object
from p2p_pipeline.p2p.answers.windows import answer_object
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
from p2p_pipeline.web.advised import advised
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.api.shapes.history import History
from p2p_pipeline.web.api.shapes.windows import Windows
from p2p_pipeline.web.asked import HistoryAsked, WindowsAsked
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of

router = APIRouter()


@router.get("/history", response_model=History, responses=AS_FILES, summary="A price over time", tags=["history"])
async def get_history(request: Request, asked: Annotated[HistoryAsked, Query()]) -> Response:
    """Points with `starts_at`, `value` and `observations`. A gap is an absent point, never a value."""
    edges, wanted, size, days = edges_of(request), asked.market_side, asked.size, asked.days
    zone = asked.zone(edges.settings.timezone)
    asked.require_bounded()

    def found() -> dict[str, Any]:
        return points_object(
            find_history(edges.lake, wanted, (asked.measure, asked.profile, size), (days, asked.period, zone))
        )

    if asked.format is not Format.JSON:
        name = f"{wanted.market.key}-{wanted.side}-{asked.measure}"
        question = (request.url.path, str(request.query_params))
        return await edges.workers.ask(question, lambda: file_of(found()["points"], asked.format, name))
    return await answer(request, lambda: lake_version(edges), found, is_kept=True)


@router.get(
    "/windows", response_model=Windows, summary="When it is usually better, or that no hour is", tags=["windows"]
)
async def get_windows(request: Request, asked: Annotated[WindowsAsked, Query()]) -> Response:
    """The fields of `p2p windows --json`. Improvements are shares of the price, positive when good for the taker."""
    edges, size = edges_of(request), asked.size
    found = await advised(edges, asked)
    minute = edges.now().replace(second=0, microsecond=0)
    return await answer(
        request,
        lambda: (lake_version(edges), minute),
        lambda: answer_object(found, summary(found.weeks), edges.now(), size),
    )
