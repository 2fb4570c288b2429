"""The service: guards around pages, API and live sockets; `create_app(edges)` is all that tests and servers call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.addresses import LET_IN, OPEN_TO_ALL, let_in
from p2p_pipeline.web.api.document import set_document
from p2p_pipeline.web.asked import field_errors, sentence_of
from p2p_pipeline.web.downloads import PARQUET_TYPE
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.guard.bugs import Bugs
from p2p_pipeline.web.guard.headers import StrictHeaders
from p2p_pipeline.web.guard.hosts import LOOPBACK_NAMES, KnownHosts
from p2p_pipeline.web.guard.limits import REQUESTS_A_MINUTE, RateLimits
from p2p_pipeline.web.guard.methods import Methods, allowed
from p2p_pipeline.web.guard.sizes import Sizes
from p2p_pipeline.web.live.sessions import FollowedSessions
from p2p_pipeline.web.live.socket import Clients
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline.web.live.watching import watch, watch_scans
from p2p_pipeline.web.pages.problem import told, told_of_bug
from p2p_pipeline.web.problems import Code, Problem, problem_of
from p2p_pipeline.web.static_files import STATIC, Immutable
from p2p_pipeline.web.version import VERSION
from p2p_pipeline.web.warming import keep_warm

LEAST_COMPRESSED_BYTES = 600
COMPRESSION_LEVEL = 4
"""A page of 15 kB becomes 4.4 in under half a millisecond; the highest level saves 3 % more. No secret stands in a body
beside what the asker wrote, so its compressed length gives none away."""


def create_app(edges: Edges, names: tuple[str, ...] = (), requests_a_minute: int = REQUESTS_A_MINUTE) -> FastAPI:
    """The service over its edges, known by loopback's names and these."""

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[None]:
        topic = Topic("now", edges.now)
        started.state.clients = Clients(topic)
        scans = Topic("opportunities", edges.now)
        started.state.opportunity_clients = Clients(scans)
        started.state.sessions = FollowedSessions(edges)
        tasks = [asyncio.create_task(watch(edges, topic)), asyncio.create_task(watch_scans(edges, scans))]
        if edges.is_warming:
            tasks.append(asyncio.create_task(keep_warm(edges)))
        yield
        for task in tasks:
            task.cancel()
        started.state.sessions.close()
        edges.workers.close()

    app = FastAPI(
        title="p2p_pipeline",
        version=VERSION,
        summary="What an amount really costs in peer-to-peer crypto markets, and when it is usually better.",
        description="Money is text, so that no reader rounds it; statistics are numbers; times are RFC 3339 in UTC. "
        "Errors are RFC 9457 (`application/problem+json`).",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.edges = edges
    set_document(app)
    for prefix, routers in LET_IN.items():
        for router in routers:
            app.include_router(router, prefix=prefix, dependencies=[Depends(let_in)])
    for router in OPEN_TO_ALL:
        app.include_router(router)
    app.mount(f"/static/{VERSION}", Immutable(directory=STATIC), name="static")
    _tell_problems(app)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=LEAST_COMPRESSED_BYTES,
        compresslevel=COMPRESSION_LEVEL,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, PARQUET_TYPE),
    )
    app.add_middleware(Methods)
    app.add_middleware(RateLimits, requests_a_minute=requests_a_minute)
    app.add_middleware(Sizes, told=told)
    app.add_middleware(KnownHosts, names=(*LOOPBACK_NAMES, *names), told=told)
    app.add_middleware(Bugs, told=told_of_bug)
    app.add_middleware(StrictHeaders)
    return app


def _tell_problems(app: FastAPI) -> None:
    @app.exception_handler(ClearError)
    async def clear(request: Request, error: Exception) -> Response:
        assert isinstance(error, ClearError)  # noqa: S101 - what it is registered for
        return told(request, problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return told(request, _unreadable(error))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        code = Code.METHOD_NOT_ALLOWED if error.status_code == 405 else Code.NOT_FOUND
        said = Told(
            "there is nothing at {path!r} for {method}; /openapi.json lists what there is",
            path=request.url.path[:200],
            method=request.method,
        )
        answer = told(request, Problem(code, said))
        if code is Code.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(allowed(request.scope))
        return answer


def _unreadable(error: RequestValidationError) -> Problem:
    errors = tuple(field_errors(error.errors()))
    return Problem(Code.INVALID_VALUE, sentence_of(error.errors()), errors)
