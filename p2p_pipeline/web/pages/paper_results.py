"""`/paper/{session}/results`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.pages.paper_session import session_page, session_seen

router = APIRouter(include_in_schema=False)


@router.get("/paper/{session}/results")
async def paper_results_page(request: Request, session: str) -> Response:
    """The tab Results of a session."""
    return session_page(request, await session_seen(request, session), "results", "paper_results.html")
