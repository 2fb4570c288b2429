"""`/api/v1/quotes`: what an amount costs now, or at a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.data_warnings import Subject
from p2p_pipeline.p2p.answers.priced import priced
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.api.shapes.quotes import PricedQuote
from p2p_pipeline.web.asked import PriceAsked
from p2p_pipeline.web.told_warnings import told_warnings

router = APIRouter(tags=["now"])


@router.get("/quotes", response_model=PricedQuote, summary="What an amount costs now, or at a time")
async def get_quote(request: Request, asked: Annotated[PriceAsked, Query()]) -> Response:
    """The best single offer, the best split with its legs, why not when not, and what other profiles would make of it.

    The fields of `p2p now --json`; money is text. `warnings` say what is wrong with the data of this side now.
    """
    edges = edges_of(request)
    question = asked.question(edges.now())
    # A time that has been is not judged by what is wrong now.
    told = await told_warnings(edges, [] if question.at else [question.market_side], Subject.PRICES)
    return await answer(
        request,
        lambda: (raw_version(edges, question.market_side.market), repr(told)),
        lambda: {**priced(edges.desk, edges.settings, question, edges.now()).to_json(), "warnings": told},
    )
