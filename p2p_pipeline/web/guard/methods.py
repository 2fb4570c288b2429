"""HEAD answers as GET does, without the body; OPTIONS says what an address takes. Other sites get no leave (CORS)."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Methods:
    """Middleware: answers OPTIONS, and has HEAD answered by GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        method = scope.get("method")
        if method == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        elif method == "OPTIONS" and (found := allowed(scope)):
            await Response(status_code=204, headers={"Allow": ", ".join(found)})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return head_only


def allowed(scope: Scope) -> list[str]:
    """What an address takes; empty for one that isn't there."""
    routes = scope["app"].router.routes
    # A folder of files matches whatever the method, and answers one.
    if any(isinstance(route, Mount) and route.matches(scope)[0] is Match.FULL for route in routes):
        return ["GET", "HEAD", "OPTIONS"]
    found = [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return [*found, *(("HEAD",) if "GET" in found else ()), "OPTIONS"] if found else []
