"""`/paper/new`: every parameter of a session, and Start; `/paper/{session}/config`: the frozen ones of one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/paper/new")
async def paper_new_page(request: Request) -> Response:
    """The form."""
    return render(request, "paper_new.html")


@router.get("/paper/{session}/config")
async def paper_config_page(request: Request, session: str) -> Response:
    """What a session was started with."""
    return session_page(request, await session_seen(request, session), "config", "paper_config.html")
