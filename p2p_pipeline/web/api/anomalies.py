"""`/api/v1/anomalies`: whether now is unusual, and what was."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.anomalies import effects_of
from p2p_pipeline.p2p.answers.anomalies_read import unusual_read
from p2p_pipeline.p2p.answers.anomaly_objects import answer_object
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.api.shapes.anomalies import Anomalies
from p2p_pipeline.web.asked_history import AnomaliesAsked
from p2p_pipeline.web.workers import Lane

router = APIRouter()


@router.get("/anomalies", response_model=Anomalies, summary="What was unusual, and whether now is", tags=["history"])
async def get_anomalies(request: Request, asked: Annotated[AnomaliesAsked, Query()]) -> Response:
    """The fields of `p2p anomalies --json`. A few days that nobody judged yet are judged for the answer, not kept."""
    edges, market, days = edges_of(request), asked.of_market, asked.days

    def found() -> dict[str, Any]:
        told = unusual_read(edges.lake, market, asked.choice, days, edges.settings, edges.now())
        effects = effects_of(edges.lake.root, market, told, days, edges.settings) if asked.by_event else None
        return answer_object(told, effects)

    # Which hours can be judged turns by the clock.
    hour = edges.now().replace(minute=0, second=0, microsecond=0)
    return await answer(request, lambda: (lake_version(edges), hour), found, is_kept=True, lane=Lane.SLOW)
