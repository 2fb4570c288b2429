"""`/api/v1/history` and `/api/v1/windows`: a price over time, and when it is usually better."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.history import find_history, points_object
from p2p_pipeline.p2p.answers.windows import answer_object, answer_windows
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
from p2p_pipeline.p2p.steps.series import choose_series
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import HistoryAsked, WindowsAsked
from p2p_pipeline.web.downloads import Format, file_of

router = APIRouter()


@router.get("/history", summary="A price over time", tags=["history"])
async def get_history(request: Request, asked: Annotated[HistoryAsked, Query()]) -> Response:
    """Points with `starts_at`, `value` and `observations`. A gap is an absent point, never a value."""
    edges, wanted, size, days = edges_of(request), asked.market_side, asked.size, asked.days
    zone = asked.zone(edges.settings.timezone)

    def found() -> dict[str, Any]:
        return points_object(
            find_history(edges.lake, wanted, (asked.measure, asked.profile, size), (days, asked.period, zone))
        )

    if asked.format is not Format.JSON:
        told = await edges.workers.ask((request.url.path, str(request.query_params)), found)
        return file_of(told["points"], asked.format, f"{wanted.market.key}-{wanted.side}-{asked.measure}")
    return await answer(request, lambda: lake_version(edges), found, is_kept=True)


@router.get("/windows", summary="When it is usually better, or that no hour is", tags=["windows"])
async def get_windows(request: Request, asked: Annotated[WindowsAsked, Query()]) -> Response:
    """The fields of `p2p windows --json`. Improvements are shares of the price, positive when good for the taker."""
    edges, wanted, size, days = edges_of(request), asked.market_side, asked.size, asked.days
    zone, trading, chosen_by = asked.zone(edges.settings.timezone), asked.trading, asked.wanted_size

    def found() -> dict[str, Any]:
        key = choose_series(edges.lake, wanted, asked.measure, asked.profile, chosen_by)
        advised = answer_windows(edges.lake, key, edges.settings, zone.key, *days, trading)
        return answer_object(advised, summary(advised.weeks), edges.now(), size)

    return await answer(
        request, lambda: (lake_version(edges), edges.now().replace(minute=0, second=0)), found, is_kept=True
    )
