"""`/wait`: now, or later? The card on *Now*, and a page by itself where there is no script."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.pages.windows_view import windows_view
from p2p_pipeline.web.reader import reader_of

router = APIRouter(include_in_schema=False)


@router.get("/wait")
async def wait_page(request: Request) -> Response:
    """Whether waiting is worth it for what stands in the address, which is read as `/windows` reads it."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    view = await windows_view(edges, given, reader_of(request, edges.settings.timezone).zone.key)
    return render(request, "wait.html", status=view.status, view=view, windows_address=address("/windows", view.form))
