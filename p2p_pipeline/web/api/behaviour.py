"""`/api/v1/behaviour`: how long offers live, how they end, how steady the top is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.behaviour import answer_behaviour
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.api.shapes.behaviour import Behaviour
from p2p_pipeline.web.asked import BehaviourAsked

router = APIRouter(tags=["behaviour"])


@router.get("/behaviour", response_model=Behaviour, summary="How the offers of a market behave")
async def get_behaviour(request: Request, asked: Annotated[BehaviourAsked, Query()]) -> Response:
    """The fields of `p2p behaviour --json`, from the processed days."""
    edges = edges_of(request)
    question = asked.question(edges.settings.analytics.confidence)
    return await answer(
        request, lambda: lake_version(edges), lambda: answer_behaviour(edges.lake, question).to_json(), is_kept=True
    )
