"""A mistake of ours becomes an answer that shows an id and nothing of the program, under the same headers as all."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Bugs:
    """Middleware: answers where nobody has, and lets the mistake go on to the server.

    The framework's own place for this is outside of all middleware: what it answers has no content policy.
    """

    def __init__(self, app: ASGIApp, told: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and answer what goes wrong."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if not has_begun:
                await self._told(Request(scope), error)(scope, receive, send)
            raise
