"""`/api/v1/batches`: the sweeps that the warehouse has taken in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from p2p_pipeline.p2p.answers.swept_markets import swept_batches
from p2p_pipeline.p2p.capture.sweeps.report import SweepStatus
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.paging import Page, PageAsked, answer_page, cursors_of, cut_to
from p2p_pipeline.web.api.shapes.batches import Batches
from p2p_pipeline.web.listed_markets import warehouse_version

router = APIRouter(tags=["markets"])


class BatchesAsked(PageAsked):
    """Which sweeps."""

    venue: str | None = Field(None, max_length=20, description="Only this venue's.")
    status: SweepStatus | None = Field(None, description="Only those that ended so.")


@router.get("/batches", response_model=Batches, summary="The sweeps in the warehouse, the newest first")
async def list_batches(request: Request, asked: Annotated[BatchesAsked, Query()]) -> Response:
    """How each ended, how much of the market it read, what it changed, and how long it took."""
    edges = edges_of(request)
    place = cursors_of(request).read(asked.cursor)
    before = -int(place.after[0]) if place else None

    def found() -> tuple[Page[Any], dict[str, Any]]:
        rows = swept_batches(edges.paths, before, asked.limit + 1, asked.venue, asked.status)
        return cut_to(rows, lambda row: (-row["batch_id"],), asked.limit), {}

    return await answer_page(request, lambda: warehouse_version(edges), found)
