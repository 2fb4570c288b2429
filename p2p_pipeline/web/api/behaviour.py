"""`/api/v1/behaviour`: how long offers live, how they end, who is behind them, how steady the top is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.behaviour import BehaviourAnswer
from p2p_pipeline.web.advised import behaved, behaviour_version
from p2p_pipeline.web.api.answering import answer_from, edges_of
from p2p_pipeline.web.api.shapes.behaviour import Behaviour
from p2p_pipeline.web.asked import BehaviourAsked

router = APIRouter(tags=["behaviour"])


@router.get("/behaviour", response_model=Behaviour, summary="How the offers of a market behave")
async def get_behaviour(request: Request, asked: Annotated[BehaviourAsked, Query()]) -> Response:
    """The fields of `p2p behaviour --json`, from the processed days.

    Lifetimes, endings and how steady the top is; in `sides` who is behind the offers, how large price changes are, and
    how many come and go in each hour of the day.
    """
    edges = edges_of(request)
    return await answer_from(
        request, lambda: behaviour_version(edges), lambda: behaved(edges, asked), BehaviourAnswer.to_json
    )
