"""`/paper/{session}/runtime`: how a session does, and what it can be told; each command is asked about first."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.paper.actions.sessions import SessionFailed
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.rendering import address
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper_live as words_of
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)
MOST_BYTES = 4096


@router.get("/paper/{session}/runtime")
async def paper_runtime_page(request: Request, session: str) -> Response:
    """The tab Runtime of a session. `?ask=stop` asks as the button does, also where no script runs."""
    return _runtime_page(request, await session_seen(request, session))


def _runtime_page(request: Request, seen: SessionStatus, *, status: int = 200, mistake: str = "") -> Response:
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    commands = words_of.command_texts(words)
    asks, told = request.query_params.get("ask", ""), request.query_params.get("told", "")
    return session_page(
        request,
        seen,
        "runtime",
        "paper_runtime.html",
        status=status,
        mistake=mistake,
        commands=commands,
        asks=asks if asks in commands else "",
        told=told if told in commands else "",
        models=words_of.model_texts(words),
        symbol_states=words_of.symbol_states(words),
        symbol_marks=words_of.SYMBOL_MARKS,
        symbol_meanings=words_of.symbol_meanings(words),
        counter_texts=words_of.counter_texts(words),
        sides=words_of.side_texts(words),
        money=Money.of(seen.board) if seen.board else None,
        paper_figures=PaperFigures(Figures(words, reader.zone)),
    )


@router.post("/paper/{session}/runtime")
async def tell_session(request: Request, session: str) -> Response:
    """What a form of the page tells the session; other sites' pages are refused before (guard/hosts.py)."""
    seen = await session_seen(request, session)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise InvalidInput("a command is at most {most_bytes} bytes", most_bytes=MOST_BYTES)
    given = dict(parse_qsl(body.decode("utf-8", "replace"))).get("command", "")
    try:
        command = Command(given)
    except ValueError:
        raise InvalidInput(
            "command was {given!r}; a session is told stop, close_all or cancel_all", given=given[:40]
        ) from None
    try:
        await run_in_threadpool(edges_of(request).paper.tell, seen.session, command)
    except SessionFailed as error:
        return _runtime_page(request, await session_seen(request, session), status=409, mistake=str(error))
    return RedirectResponse(address(request.url.path, {"told": str(command)}), 303)


class Money:
    """What follows from a board's sums; every digit is kept."""

    def __init__(self, change: Decimal, change_pct: Decimal, open_: Decimal) -> None:
        self.change = format(change, "f")
        self.change_pct = format(change_pct, "f")
        self.open = format(open_, "f")

    @classmethod
    def of(cls, board: SessionBoard) -> Money:
        """Of this one."""
        start, equity = Decimal(board.start_equity), Decimal(board.equity)
        change = equity - start
        open_ = sum((Decimal(one.unrealised) for one in board.positions if one.unrealised is not None), Decimal(0))
        return cls(change, change * 100 / start if start else Decimal(0), open_)
