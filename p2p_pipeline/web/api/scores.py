"""`/api/v1/scores`: how good a deal is, in money and from 0 to 100, with its parts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.shapes.scores import Score
from p2p_pipeline.web.asked import PriceAsked
from p2p_pipeline.web.scored import scored

router = APIRouter(tags=["now"])


@router.get("/scores", response_model=Score, summary="How good a deal is")
async def get_score(request: Request, asked: Annotated[PriceAsked, Query()]) -> Response:
    """What the best split can be expected to cost, what is lost by it, and the parts; `p2p score --json`."""
    edges = edges_of(request)
    question = asked.question(edges.now())
    return await answer(
        request,
        lambda: (raw_version(edges, question.market_side.market), lake_version(edges)),
        lambda: scored(edges, question).to_json(),
    )
