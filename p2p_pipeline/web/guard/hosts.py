"""From where a browser may ask: the hosts that we are known by, and no other site's pages.

A page of a stranger can make its own name resolve to 127.0.0.1 (DNS rebinding) and then read what we serve; the Host
header still has its name. A WebSocket is opened across sites without asking; its Origin tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.problems import Code, Problem

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
OTHER_SITE = Problem(Code.OTHER_SITE, "another site's page asked; only pages of this service may")


class KnownHosts:
    """Middleware: refuses other hosts, other sites' changes and sockets, and nothing else."""

    def __init__(self, app: ASGIApp, names: tuple[str, ...], told: Callable[[Request, Problem], Response]) -> None:
        self._app = app
        self._told = told
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=4403, reason=refusal.detail[:120])(scope, receive, send)
        else:
            await self._told(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in self._names:
            names = ", ".join(sorted(self._names))
            return Problem(
                Code.UNKNOWN_HOST,
                Told("this service is not known as {host!r}; open it by one of: {names}", host=host[:80], names=names),
            )
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return OTHER_SITE
        # A person who follows a link; a frame in a stranger's page navigates too, and nobody sees it.
        is_asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        fetched = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest", "document")
        is_link = is_asked and fetched == ("navigate", "document")
        if not is_link and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            # Not even to read: a stranger's page could have us work out advice for minutes.
            return OTHER_SITE
        return None


def _name_of(host: str) -> str:
    """A Host header without its port; empty for what is none."""
    found = _HOST.fullmatch(host)
    return found["name"].lower() if found else ""
