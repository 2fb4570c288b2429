"""`/api/v1/quality/slots` and `/api/v1/quarantine`: what was collected, and what could not be trusted."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from p2p_pipeline.p2p.answers.quarantine import QuarantineKey, quarantined_after
from p2p_pipeline.p2p.answers.slots import slot_lines
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import lake_version, raw_version
from p2p_pipeline.web.api.paging import Page, PageAsked, answer_page, cursors_of, cut_to

router = APIRouter(tags=["quality"])


@router.get("/quality/slots", summary="Which slots of the last day were collected")
async def get_slots(request: Request) -> Response:
    """A line for each watched market side, half an hour a cell: how many snapshots were wanted, and how many came."""
    edges = edges_of(request)
    return await answer(
        request,
        lambda: raw_version(edges),
        lambda: {"items": [line.to_json() for line in slot_lines(edges.reader, edges.settings, edges.now())]},
    )


class QuarantineAsked(PageAsked):
    """Which records."""

    days: int = Field(7, ge=1, le=366, description="How many UTC days back.")


@router.get("/quarantine", summary="Records that could not be trusted")
async def get_quarantine(request: Request, asked: Annotated[QuarantineAsked, Query()]) -> Response:
    """The newest days first, each with its reason and the way back to its bytes."""
    edges = edges_of(request)
    place = cursors_of(request).read(asked.cursor)
    after = cast("QuarantineKey", place.after) if place else None

    def found() -> tuple[Page[Any], dict[str, Any]]:
        rows = quarantined_after(edges.lake, edges.now().date(), asked.days, asked.limit + 1, after)
        page = cut_to(rows, lambda one: one[0], asked.limit)
        return Page([row for _, row in page.items], page.next), {}

    return await answer_page(request, lambda: lake_version(edges), found)
