"""How every route of the API answers: away from the event loop, with an ETag of the data and not of the answer.

An ETag is made of the question and of the version of what the answer is from, so that `304 Not Modified` costs no
query.
It is weak: an age that the answer carries goes on, and the book is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from p2p_pipeline.web.bodies import ExactJson, body_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.version import VERSION
from p2p_pipeline.web.workers import Lane

_Made = TypeVar("_Made")


def edges_of(request: Request) -> Edges:
    """What the service stands on."""
    edges = request.app.state.edges
    assert isinstance(edges, Edges)  # noqa: S101 - set by create_app
    return edges


async def answer(
    request: Request,
    version: Callable[[], Hashable],
    found: Callable[[], Any],
    *,
    is_kept: bool = False,
    lane: Lane = Lane.QUICK,
) -> Response:
    """The answer, or 304 where the client has it already; the same question at the same time is asked once.

    What tells no age may be kept until its version changes.
    """
    etag = etag_of(request, await run_in_threadpool(version))
    if is_known(request, etag):
        return _unchanged(etag)
    asked, workers = _asked(request), edges_of(request).workers
    if is_kept:
        body = await workers.ask_once(asked, etag, lambda: body_of(found()), lane=lane)
    else:
        body = await workers.ask((*asked, etag), lambda: body_of(found()), lane=lane)
    return Response(body, headers=headers_of(etag), media_type=ExactJson.media_type)


async def answer_from(
    request: Request,
    version: Callable[[], Hashable],
    made: Callable[[], Awaitable[_Made]],
    found: Callable[[_Made], Any],
) -> Response:
    """The same of what takes seconds to make and is kept by itself: a client that has the answer waits for none."""
    etag = etag_of(request, await run_in_threadpool(version))
    if is_known(request, etag):
        return _unchanged(etag)
    source = await made()
    body = await edges_of(request).workers.ask((*_asked(request), etag), lambda: body_of(found(source)))
    return Response(body, headers=headers_of(etag), media_type=ExactJson.media_type)


def _asked(request: Request) -> tuple[str, str]:
    return request.url.path, str(request.query_params)


def _unchanged(etag: str) -> Response:
    return Response(status_code=304, headers=headers_of(etag))


def headers_of(etag: str) -> dict[str, str]:
    """What every answer with an ETag tells those that keep it."""
    return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}


def etag_of(request: Request, version: Hashable) -> str:
    """Of the question, the settings and the version of what the answer is from."""
    return f'W/"{_digest(_asked(request), edges_of(request).settings_digest, version)}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has this answer already. Compared weakly: a proxy may have made a strong one of it."""
    return etag[2:] in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}


def _digest(*parts: Hashable) -> str:
    return hashlib.sha256(repr((VERSION, parts)).encode()).hexdigest()[:24]
