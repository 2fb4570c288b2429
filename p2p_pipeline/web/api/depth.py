"""`/api/v1/depth`: a book by price."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.depth import answer_depth
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.api.shapes.depth import Depth
from p2p_pipeline.web.asked import DepthAsked

router = APIRouter(tags=["now"])


@router.get("/depth", response_model=Depth, summary="A book by price, best first, as stated")
async def get_depth(request: Request, asked: Annotated[DepthAsked, Query()]) -> Response:
    """What is at each price and up to it; the fields of `p2p depth --json`."""
    edges, wanted = edges_of(request), asked.market_side
    moment = asked.moment(edges.now())
    stale_after = edges.settings.quality.stale_after_seconds
    return await answer(
        request,
        lambda: raw_version(edges, wanted.market),
        lambda: answer_depth(edges.desk, wanted, asked.levels, edges.now(), stale_after, moment).to_json(),
    )
