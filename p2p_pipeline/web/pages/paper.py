"""`/paper`: the sessions there are, newest first; `/paper/{session}` leads to the one's page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.pages.paper_session import session_seen
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.paper_read import ENDED, moment_of
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper as words_of
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)


@router.get("/paper")
async def paper_page(request: Request) -> Response:
    """All of them, or how to start the first."""
    edges = edges_of(request)
    words = Words(reader_of(request, edges.settings.timezone).language)
    sessions = await run_in_threadpool(edges.paper.sessions)
    return render(
        request,
        "paper.html",
        is_simulated=bool(sessions) and all(one.is_simulated for one in sessions),
        sessions=sessions,
        states=words_of.state_texts(words),
        state_marks=words_of.STATE_MARKS,
        moment_of=moment_of,
    )


@router.get("/paper/{session}")
async def paper_session_page(request: Request, session: str) -> Response:
    """To what a person wants to see first: how it goes, or what it came to."""
    seen = await session_seen(request, session)
    tab = "results" if seen.state in ENDED else "runtime"
    return RedirectResponse(f"/paper/{seen.session}/{tab}", 303)
