"""How every route of the API answers: away from the event loop, with an ETag of the data and not of the answer.

An ETag is made of the question and of the version of what the answer is from, so that `304 Not Modified` costs no
query.
It is weak: an age that the answer carries goes on, and the book is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from p2p_pipeline.web.bodies import ExactJson, body_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.version import VERSION


def edges_of(request: Request) -> Edges:
    """What the service stands on."""
    edges = request.app.state.edges
    assert isinstance(edges, Edges)  # noqa: S101 - set by create_app
    return edges


async def answer(
    request: Request, version: Callable[[], Hashable], found: Callable[[], Any], *, is_kept: bool = False
) -> Response:
    """The answer, or 304 where the client has it already; the same question at the same time is asked once.

    What tells no age may be kept until its version changes.
    """
    asked = (request.url.path, str(request.query_params))
    etag = etag_of(request, await run_in_threadpool(version))
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    workers = edges_of(request).workers
    if is_kept:
        body = await workers.ask_once(asked, etag, lambda: body_of(found()))
    else:
        body = await workers.ask((*asked, etag), lambda: body_of(found()))
    return Response(body, headers=headers, media_type=ExactJson.media_type)


def etag_of(request: Request, version: Hashable) -> str:
    """Of the question, the settings and the version of what the answer is from."""
    asked = (request.url.path, str(request.query_params))
    return f'W/"{_digest(asked, edges_of(request).settings_digest, version)}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has this answer already. Compared weakly: a proxy may have made a strong one of it."""
    return etag[2:] in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}


def _digest(*parts: Hashable) -> str:
    return hashlib.sha256(repr((VERSION, parts)).encode()).hexdigest()[:24]
