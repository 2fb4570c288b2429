"""`/api/v1/quality/slots` and `/api/v1/quarantine`: what was collected, and what could not be trusted."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.quarantine import quarantined
from p2p_pipeline.p2p.answers.slots import slot_lines
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.shapes.quality import Quarantine, Slots

router = APIRouter(tags=["quality"])


@router.get("/quality/slots", response_model=Slots, summary="Which slots of the last day were collected")
async def get_slots(request: Request) -> Response:
    """A line for each watched market side, half an hour a cell: how many snapshots were wanted, and how many came."""
    edges = edges_of(request)
    return await answer(
        request,
        lambda: raw_version(edges),
        lambda: {"items": [line.to_json() for line in slot_lines(edges.reader, edges.settings, edges.now())]},
    )


@router.get("/quarantine", response_model=Quarantine, summary="Records that could not be trusted")
async def get_quarantine(
    request: Request,
    days: Annotated[int, Query(ge=1, le=366, description="How many UTC days back.")] = 7,
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many rows.")] = 100,
) -> Response:
    """The newest days first, each with its reason and the way back to its bytes."""
    edges = edges_of(request)
    return await answer(
        request,
        lambda: lake_version(edges),
        lambda: {"items": list(islice(quarantined(edges.lake, edges.now().date(), days), limit))},
        is_kept=True,
    )
