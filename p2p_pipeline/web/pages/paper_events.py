"""`/paper/{session}/events`: the log, a line an event; `/lines` beside it is what the page loads as it is scrolled."""

from __future__ import annotations

import time
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.paper.log.index import Filter, LogIndex
from p2p_pipeline.paper.log.scanning import TornLog
from p2p_pipeline.paper.log.verifying import Verified, verify_log
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.log_indexes import LogIndexes
from p2p_pipeline.web.pages.paper_events_view import AskedLines, asked_lines, lines_told
from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.rendering import address
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.paper_events import type_texts
from p2p_pipeline.web.workers import Lane

router = APIRouter(include_in_schema=False)
VERIFIED_UNASKED = 50_000
"""Lines of a log that is verified whenever its page is opened; a longer one takes a button, for it takes seconds."""
TORN_SECONDS = 0.2


@router.get("/paper/{session}/events")
async def paper_events_page(request: Request, session: str) -> Response:
    """The tab Events of a session."""
    seen = await session_seen(request, session)
    given = {name: value for name, value in request.query_params.items() if value}
    try:
        asked, mistake = asked_lines(given), None
        told = await _told(request, seen.session, asked)
    except InvalidInput as error:
        asked, mistake = AskedLines(Filter(), None, 50, None, ""), error
        told = await _told(request, seen.session, asked)
    _indexes(request).warm(SessionFolder(edges_of(request).paths, seen.session), told["total"])
    words, tell = _reading(request)
    path, skip = request.url.path, told["skip"]
    board = seen.board
    return session_page(
        request,
        seen,
        "events",
        "paper_events.html",
        status=400 if mistake else 200,
        asked=asked,
        told=told,
        mistake=mistake.args[0] if mistake else None,
        types=type_texts(words),
        symbols=[row.symbol for row in board.rows] if board else [],
        verified_unasked=VERIFIED_UNASKED,
        paper_figures=tell,
        earlier=address(path, asked.values(**{"from": str(max(1, skip + 1 - asked.limit))})) if skip else "",
        later=address(path, asked.values(**{"from": str(skip + 1 + asked.limit)}))
        if skip + asked.limit < told["count"]
        else "",
    )


@router.get("/paper/{session}/events/lines")
async def paper_event_lines(request: Request, session: str) -> ExactJson:
    """A part of the log, as sentences in the reader's language."""
    seen = await session_seen(request, session)
    asked = asked_lines({name: value for name, value in request.query_params.items() if value})
    return ExactJson(await _told(request, seen.session, asked))


@router.get("/paper/{session}/events/{number:int}")
async def paper_event_line(request: Request, session: str, number: int) -> Response:
    """A line of the log as it stands there."""
    seen = await session_seen(request, session)
    index = _index_of(request, seen.session)
    question = ("paper line", seen.session, number)
    found = await edges_of(request).workers.ask(question, lambda: index.lines(max(0, number - 1), 1))
    if not found:
        raise InvalidInput("the log has no line {number} yet", number=number)
    return Response(found[0].body, media_type="application/json")


@router.get("/paper/{session}/events/verified")
async def paper_events_verified(request: Request, session: str) -> ExactJson:
    """Whether every line is as it was written."""
    seen = await session_seen(request, session)
    edges, (words, tell) = edges_of(request), _reading(request)
    index = _index_of(request, seen.session)
    lines = await edges.workers.ask(("paper lines", seen.session), index.count)
    log = SessionFolder(edges.paths, seen.session).log
    try:
        found = await edges.workers.ask(("paper verified", seen.session, lines), lambda: _verified(log), lane=Lane.SLOW)
    except ClearError as error:
        return ExactJson({"is_good": False, "text": words.say(error.args[0])})
    text = words.text("hash chain verified, lines: {lines}", lines=tell.figures.count(found.lines))
    return ExactJson({"is_good": True, "text": text})


def _verified(log: Path) -> Verified:
    try:
        return verify_log(log)
    except TornLog:
        # a line of a session that runs was being written just then
        time.sleep(TORN_SECONDS)
        return verify_log(log)


async def _told(request: Request, session: str, asked: AskedLines) -> dict:  # type: ignore[type-arg]
    index, (words, tell) = _index_of(request, session), _reading(request)
    question = ("paper events", session, asked, words.language, tell.figures.zone.key)
    # A first filter of a long log reads all of it; without one nothing takes long.
    lane = Lane.QUICK if asked.wanted == Filter() else Lane.SLOW
    return await edges_of(request).workers.ask(question, lambda: lines_told(index, asked, words, tell), lane=lane)


def _indexes(request: Request) -> LogIndexes:
    """One set for the service's life."""
    state = request.app.state
    if not hasattr(state, "log_indexes"):
        state.log_indexes = LogIndexes()
    found: LogIndexes = state.log_indexes
    return found


def _index_of(request: Request, session: str) -> LogIndex:
    return _indexes(request).of(SessionFolder(edges_of(request).paths, session))


def _reading(request: Request) -> tuple[Words, PaperFigures]:
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    return words, PaperFigures(Figures(words, reader.zone))
