"""`/api/v1/combos`: one fiat into another, over every configured route."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.combo import answer_combo
from p2p_pipeline.p2p.answers.combo_history import answer_combo_history
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.shapes.combos import Combo, ComboHistory
from p2p_pipeline.web.asked import ComboAsked, ComboHistoryAsked

router = APIRouter(tags=["now"])


@router.get("/combos", response_model=Combo, summary="Change one fiat into another now, or at a time")
async def get_combo(request: Request, asked: Annotated[ComboAsked, Query()]) -> Response:
    """Every route with both legs at their best splits, best first; the fields of `p2p combo --json`."""
    edges = edges_of(request)
    question = asked.question(edges.settings, edges.now())
    at = question.asked_at if question.is_of_past else None
    return await answer(
        request,
        lambda: raw_version(edges),
        lambda: answer_combo(edges.desk, edges.settings, question, at).to_json(),
    )


@router.get(
    "/combos/history",
    response_model=ComboHistory,
    summary="What changing one fiat into another was worth, day by day",
)
async def get_combo_history(request: Request, asked: Annotated[ComboHistoryAsked, Query()]) -> Response:
    """The best route's rate, a row a day; the fields of `p2p combo --history --json`."""
    edges = edges_of(request)
    question = asked.question(edges.settings)
    return await answer(
        request,
        lambda: lake_version(edges, ROLLUPS),
        lambda: answer_combo_history(edges.lake, question).to_json(),
        is_kept=True,
    )
