"""How large a request may be and how slowly it may come: whatever a client sends, it ties up little and not for long.

A head that never ends is cut off before (guard/connections.py); a socket's messages are limited by its server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.problems import Code, Problem, SentTooSlowly, TooLarge

MOST_PATH_BYTES = 2048
MOST_QUERY_BYTES = 4096
MOST_HEADER_BYTES = 16 * 1024
MOST_BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
MOST_MESSAGE_BYTES = 4096
"""Of a socket."""


class Sizes:
    """Middleware: refuses what is too large before anything reads it."""

    body_seconds = BODY_SECONDS

    def __init__(self, app: ASGIApp, told: Callable[[Request, Problem], Response]) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on with a body that is counted as it comes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is not None:
            await self._told(Request(scope), refusal)(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, self.body_seconds), send)


def _refusal(scope: Scope) -> Problem | None:
    if len(scope.get("raw_path") or scope["path"].encode()) > MOST_PATH_BYTES:
        return Problem(
            Code.TOO_LONG, Told("the address has more than {most} bytes before its question mark", most=MOST_PATH_BYTES)
        )
    if len(scope.get("query_string", b"")) > MOST_QUERY_BYTES:
        return Problem(
            Code.TOO_LONG, Told("the address has more than {most} bytes after its question mark", most=MOST_QUERY_BYTES)
        )
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
        return Problem(
            Code.TOO_MANY_HEADERS, Told("the headers have more than {most} bytes; send fewer", most=MOST_HEADER_BYTES)
        )
    length = Headers(scope=scope).get("content-length", "0")
    if length.isascii() and length.isdigit() and (len(length) > 9 or int(length) > MOST_BODY_BYTES):
        return Problem(Code.TOO_LARGE, str(_too_large()))
    return None


def _too_large() -> ClearError:
    return TooLarge("the body has more than {most} bytes", most=MOST_BODY_BYTES)


class _Counted:
    """A request's body as it comes; raises TooLarge and SentTooSlowly to whoever reads it."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._ends_at: float | None = None
        self._is_whole = False
        self._bytes = 0

    async def __call__(self) -> Message:
        if self._is_whole:
            # What follows is only that the client has gone: there is no hurry to hear of it.
            return await self._receive()
        loop = asyncio.get_running_loop()
        if self._ends_at is None:
            self._ends_at = loop.time() + self._seconds
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError:
            raise SentTooSlowly("the body took longer than {seconds:g} s to come", seconds=self._seconds) from None
        self._bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._bytes > MOST_BODY_BYTES:
            raise _too_large()
        return message
