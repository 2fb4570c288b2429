"""`/paper`: the sessions there are, newest first; `/paper/{session}` leads to the one's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.pages.paper_session import session_seen
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.paper_read import ENDED, moment_of
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper as words_of
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in the list."""

    seen: SessionStatus
    seconds: float
    """How long it has run, or ran."""

    @property
    def equity(self) -> Decimal | None:
        """With open positions at mark; of one that has stopped its last."""
        return Decimal(self.seen.board.equity) if self.seen.board else None

    @property
    def gain(self) -> Decimal | None:
        """Since its start."""
        board = self.seen.board
        return Decimal(board.equity) - Decimal(board.start_equity) if board else None

    @property
    def gain_share(self) -> float | None:
        """Of what it began with."""
        board = self.seen.board
        return float(Decimal(board.equity) / Decimal(board.start_equity) - 1) if board else None

    @property
    def started_at(self) -> datetime:
        """When."""
        return moment_of(self.seen.started_at)


@router.get("/paper")
async def paper_page(request: Request) -> Response:
    """All of them, or how to start the first."""
    edges = edges_of(request)
    words, now = Words(reader_of(request, edges.settings.timezone).language), edges.now()
    sessions = await run_in_threadpool(edges.paper.sessions)
    rows = [SessionRow(one, words_of.seconds_run(one, now)) for one in sessions[:MOST_SHOWN]]
    return render(
        request,
        "paper.html",
        is_simulated=bool(sessions) and all(one.is_simulated for one in sessions),
        rows=rows,
        sessions=len(sessions),
        running=sum(one.is_running for one in sessions),
        ended=ENDED,
        states=words_of.state_texts(words),
        state_marks=words_of.STATE_MARKS,
        state_meanings=words_of.state_meanings(words),
    )


@router.get("/paper/{session}")
async def paper_session_page(request: Request, session: str) -> Response:
    """To what a person wants to see first: how it goes, or what it came to."""
    seen = await session_seen(request, session)
    tab = "results" if seen.state in ENDED else "runtime"
    return RedirectResponse(f"/paper/{seen.session}/{tab}", 303)
