"""`/preferences`: language, time zone and colours, kept in a cookie; the only thing that a page may change."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.reader import PREFERENCES_COOKIE, YEAR_SECONDS, reader_from

router = APIRouter(include_in_schema=False)
MOST_BYTES = 4096


@router.post("/preferences")
async def keep(request: Request) -> Response:
    """Keep them and go back; other sites' pages are refused before (guard/hosts.py)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise InvalidInput("preferences are at most {most_bytes} bytes", most_bytes=MOST_BYTES)
    chosen = dict(parse_qsl(body.decode("utf-8", "replace")))
    reader = reader_from(chosen, "", edges_of(request).settings.timezone)
    answer = RedirectResponse(_path_of(chosen.get("back", "/")), 303)
    answer.set_cookie(PREFERENCES_COOKIE, reader.cookie(), max_age=YEAR_SECONDS, httponly=True, samesite="lax")
    return answer


def _path_of(back: str) -> str:
    """Where to go back to: only ever a page of ours."""
    parts = urlsplit(back)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
