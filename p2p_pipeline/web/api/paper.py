"""`/api/v1/paper/…`: paper sessions started, told something, stopped, and looked at.

Who may: whoever reaches the service, as for every address (guard/access.py: on loopback everybody, else who has the
token), and no other site's page (guard/hosts.py: Host, Origin and Sec-Fetch-Site). So `curl -X POST` on the machine
itself needs nothing, and a stranger's page in a browser on it can do nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.paper.settings import PaperSettings, paper_settings_of, parse_paper_settings
from p2p_pipeline.web.api.answering import answer, answer_from, edges_of
from p2p_pipeline.web.api.paging import Key, Page, PageAsked, Place, answer_page, cursors_of, page_of
from p2p_pipeline.web.api.shapes.paper import (
    PaperCommand,
    PaperEvents,
    PaperSession,
    PaperSessionInFull,
    PaperSessions,
    PaperStart,
    PaperStop,
)
from p2p_pipeline.web.api.shapes.paper_results import PaperResults
from p2p_pipeline.web.asked import Asked
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.paper_results import results_of_session, results_told
from p2p_pipeline.web.paper_told import session_in_full, session_told, version_of

router = APIRouter(tags=["paper"])
alias = APIRouter(include_in_schema=False)
"""The addresses that have no version in them."""

MOST_LINES_LOOKED_AT = 200_000
"""Of a log in one question: a page of what is rare may be short, and its cursor goes on from there."""
_BLOCK_BYTES = 1 << 18
_KEY = Header(
    min_length=1,
    max_length=200,
    description="Any text of the client's own. The same key with the same body answers with the session that it began, "
    "for as long as the service lives; so that who heard no answer can ask again.",
)


class StartAsked(PaperStart):
    """An unknown name is a mistake, not silence."""

    model_config = ConfigDict(extra="forbid")


class StopAsked(PaperStop):
    """An unknown name is a mistake, not silence."""

    model_config = ConfigDict(extra="forbid")


class CommandAsked(PaperCommand):
    """An unknown name is a mistake, not silence."""

    model_config = ConfigDict(extra="forbid")


class StatusAsked(Asked):
    """Which session."""

    session: str | None = Field(None, max_length=100, description="Its name; without it the only one that runs.")
    symbols: bool = Field(False, description="With every symbol of it, besides the board's head.")


class InFullAsked(Asked):
    """How much of it."""

    symbols: bool = Field(False, description="With every symbol of it, besides the board's head.")


class EventsAsked(PageAsked):
    """Which lines of a log."""

    first: int = Field(1, alias="from", ge=1, le=10**15, description="From the line of this number on.")
    type: str = Field("", max_length=40, description="Only lines of this type.", examples=["order_filled"])
    symbol: str = Field("", max_length=64, description="Only lines of this symbol.", examples=["BTCUSDT"])
    text: str = Field("", max_length=100, description="Only lines that have this text in them, as they are written.")


@alias.post("/api/session/start")
@router.post("/paper/session/start", response_model=PaperSession, summary="Start a paper session")
async def start_paper_session(
    request: Request, asked: StartAsked, idempotency_key: Annotated[str | None, _KEY] = None
) -> Response:
    """A process of its own that trades on paper by its configuration; answers as soon as it shows how it is.

    None of its orders leaves this machine. A mistake in the configuration is told by the parameter.
    """
    edges, settings = edges_of(request), _settings_of(asked)
    source = asked.source or edges.paper.usual_source(edges.exchanges.source, os.environ)
    what = (settings, source, asked.seconds)
    if idempotency_key is None:
        return ExactJson(session_told(await run_in_threadpool(edges.paper.start, *what)))
    key, said = idempotency_key, asked.model_dump_json()
    return ExactJson(session_told(await run_in_threadpool(edges.paper.start_once, key, said, *what)))


@alias.post("/api/session/stop")
@router.post("/paper/session/stop", response_model=PaperSession, summary="Stop a paper session by the rules")
async def stop_paper_session(request: Request, asked: StopAsked) -> Response:
    """Orders are cancelled, positions closed at the rule's price, then the summary is written.

    One that has stopped stays as it is. Waits a few seconds for it: `state` says whether it is over.
    """
    return ExactJson(session_told(await run_in_threadpool(edges_of(request).paper.stop, asked.session)))


@alias.get("/api/session/status")
@router.get("/paper/session/status", response_model=PaperSessionInFull, summary="How the running session is")
async def get_paper_session_status(request: Request, asked: Annotated[StatusAsked, Query()]) -> Response:
    """State, figures, orders, positions and configuration of the session named, or of the only one that runs."""
    return await _in_full(request, asked.session, with_symbols=asked.symbols)


@router.get("/paper/sessions", response_model=PaperSessions, summary="All paper sessions, newest first")
async def list_paper_sessions(request: Request, asked: Annotated[PageAsked, Query()]) -> Response:
    """Those that were started with this data folder, running or ended."""
    place = cursors_of(request).read(asked.cursor)
    sessions = sorted(await run_in_threadpool(edges_of(request).paper.sessions), key=_newest_first)
    page = page_of(sessions, _newest_first, asked.limit, place)
    told = Page([session_told(one) for one in page.items], page.next)
    return await answer_page(request, lambda: tuple(map(version_of, sessions)), lambda: (told, {}))


@router.get("/paper/sessions/{session}", response_model=PaperSessionInFull, summary="One paper session")
async def get_paper_session(request: Request, session: str, asked: Annotated[InFullAsked, Query()]) -> Response:
    """Its figures, configuration and newest board; `/log` below it is its whole event log as a file."""
    return await _in_full(request, session, with_symbols=asked.symbols)


@router.post("/paper/sessions/{session}/commands", response_model=PaperSession, summary="Tell a session something")
async def tell_paper_session(request: Request, session: str, asked: CommandAsked) -> Response:
    """`close_all` closes its positions, `cancel_all` cancels its orders, `stop` ends it; done within a second."""
    command = Command(asked.command)
    return ExactJson(session_told(await run_in_threadpool(edges_of(request).paper.tell, session, command)))


@router.get("/paper/sessions/{session}/events", response_model=PaperEvents, summary="A session's log, line by line")
async def list_paper_events(request: Request, session: str, asked: Annotated[EventsAsked, Query()]) -> Response:
    """In the log's order, as they stand in it. A page may be shorter than `limit` though more follows."""
    edges, place = edges_of(request), cursors_of(request).read(asked.cursor)
    version = await run_in_threadpool(edges.paper.log_version, session)
    after = int(place.after[0]) if place else asked.first - 1

    def found() -> tuple[Page[Any], dict[str, Any]]:
        return _events(edges.paper.log(session), asked, after), {}

    return await answer_page(request, lambda: version, found)


@router.get("/paper/sessions/{session}/results", response_model=PaperResults, summary="What a session came to")
async def get_paper_results(request: Request, session: str) -> Response:
    """Trades, equity, drawdown and costs, added up from the log's lines, so far where it still runs."""
    edges = edges_of(request)
    version = await run_in_threadpool(edges.paper.log_version, session)
    return await answer_from(request, lambda: version, lambda: results_of_session(edges, session), results_told)


@router.get("/paper/sessions/{session}/log", include_in_schema=False)
async def download_paper_log(request: Request, session: str) -> Response:
    """The whole log as one file, its parts in a row: `p2p paper verify` takes it."""
    reader = await run_in_threadpool(edges_of(request).paper.log, session)
    headers = {"Content-Disposition": f'attachment; filename="{session}.{LOG_NAME}"', "Cache-Control": "no-store"}
    return StreamingResponse(_blocks(reader), headers=headers, media_type="application/x-ndjson")


async def _in_full(request: Request, session: str | None, *, with_symbols: bool) -> Response:
    paper = edges_of(request).paper
    seen = await run_in_threadpool(paper.status, session)
    return await answer(
        request,
        lambda: version_of(seen),
        lambda: session_in_full(seen, paper.settings(seen.session), with_symbols=with_symbols),
    )


def _newest_first(seen: SessionStatus) -> Key:
    return -seen.started_at, seen.session


def _settings_of(asked: PaperStart) -> PaperSettings:
    if asked.config is not None and asked.config_yaml is not None:
        raise InvalidInput("config and config_yaml were both given; send one of them")
    if asked.config_yaml is not None:
        return parse_paper_settings(asked.config_yaml, "config_yaml")
    return paper_settings_of(asked.config or {})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which lines; most are passed over by their bytes, before anything is read of them."""

    parts: tuple[bytes, ...]
    fields: dict[str, str]

    def takes(self, line: bytes) -> dict[str, Any] | None:
        """What a line says, if it is one of them."""
        if not all(part in line for part in self.parts):
            return None
        told: dict[str, Any] = orjson.loads(line)
        return told if all(told.get(name) == value for name, value in self.fields.items()) else None


def _events(reader: LogReader, asked: EventsAsked, after: int) -> Page[dict[str, Any]]:
    fields = {name: value for name, value in (("type", asked.type), ("symbol", asked.symbol)) if value}
    texts = [*(orjson.dumps(value) for value in fields.values()), asked.text.encode()]
    wanted = _Wanted(tuple(texts), fields)
    items: list[dict[str, Any]] = []
    for number, line in reader.lines_from(after + 1):
        if len(items) == asked.limit or number - after > MOST_LINES_LOOKED_AT:
            return Page(items, Place((number - 1,)))
        told = wanted.takes(line)
        if told is not None:
            items.append(told)
    return Page(items, None)


def _blocks(reader: LogReader) -> Iterator[bytes]:
    block = bytearray()
    for _, line in reader.lines_from(1):
        block += line + b"\n"
        if len(block) >= _BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    yield bytes(block)
