"""`/api/v1/standing`: how good a price is at this moment, against the middle and against what is usual."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.shapes.standing import PriceStanding
from p2p_pipeline.web.asked import PriceAsked
from p2p_pipeline.web.standing import standing_now

router = APIRouter(tags=["now"])


@router.get(
    "/standing",
    response_model=PriceStanding,
    summary="How good a price is now, against the middle and against what is usual",
)
async def get_standing(request: Request, asked: Annotated[PriceAsked, Query()]) -> Response:
    """What the best split costs against the middle of both sides, and what its hour of the day usually costs.

    `usual.improvement_over_usual` is a share of the price, positive where it is better for the taker; `percentile` the
    share of the last four weeks' days on which this hour was worse. Null where it isn't known.
    """
    edges = edges_of(request)
    question = asked.question(edges.now())
    return await answer(
        request,
        lambda: (raw_version(edges, question.market_side.market), lake_version(edges)),
        lambda: standing_now(edges, question).to_json(),
        is_kept=True,
    )
