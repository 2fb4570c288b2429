"""What all pages of one session share: its head, and the tabs; each tab's page adds what is its own.

seen = await session_seen(request, session)
return session_page(request, seen, "runtime", "paper_runtime.html", …)
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.p2p.quality.freshness import Freshness
from p2p_pipeline.paper.sessions.status import DIED, SessionStatus
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.paper_read import ENDED, moment_of
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper as words_of
from p2p_pipeline.web.words.languages import Words

TABS = ("runtime", "symbols", "events", "results", "config")
BOARD_SECONDS = 1.0
"""A board comes so often; one that is older by some of these is delayed, then stale."""
STALE_BOARDS = 5


async def session_seen(request: Request, session: str) -> SessionStatus:
    """The session of an address, now. Raises NoSuchSession."""
    return await run_in_threadpool(edges_of(request).paper.status, session)


def session_page(
    request: Request, seen: SessionStatus, tab: str, template: str, *, status: int = 200, **values: Any
) -> Response:
    """A tab of a session. Besides its values a template has what paper_base.html wants."""
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    return render(
        request,
        template,
        status=status,
        freshness=Freshness.of(BOARD_SECONDS, STALE_BOARDS * BOARD_SECONDS),
        is_simulated=seen.is_simulated,
        seen=seen,
        has_ended=seen.state in ENDED,
        is_over=seen.state in ENDED and seen.state != DIED,
        board=seen.board,
        tab=tab,
        tabs=[(name, words_of.tab_texts(words)[name], f"/paper/{seen.session}/{name}") for name in TABS],
        states=words_of.state_texts(words),
        state_marks=words_of.STATE_MARKS,
        state_meanings=words_of.state_meanings(words),
        sentence=words_of.session_sentence(seen, edges_of(request).now(), words, Figures(words, reader.zone)),
        moment_of=moment_of,
        **values,
    )
