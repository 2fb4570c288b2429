"""`/openapi.json`: the document, made away from the event loop and once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import answer
from p2p_pipeline.web.version import VERSION

router = APIRouter(include_in_schema=False)
"""It says nothing that is anybody's: who writes a client needs no token."""


@router.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    """What each address takes and answers."""
    return await answer(request, lambda: VERSION, request.app.openapi, is_kept=True)
