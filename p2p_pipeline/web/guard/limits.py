"""How often a client may ask the API: so many questions a minute, told in each answer's headers.

Headers as in draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` says the rule, `RateLimit` what is left of it.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.problems import Code, Problem, problem_answer

REQUESTS_A_MINUTE = 600
LIMITED = "/api/"


class RateLimits:
    """Middleware: counts by address."""

    def __init__(self, app: ASGIApp, requests_a_minute: int = REQUESTS_A_MINUTE) -> None:
        self._app = app
        self._rule = RateLimitItemPerMinute(requests_a_minute)
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429, or pass on with the headers added."""
        if scope["type"] != "http" or not scope["path"].startswith(LIMITED):
            await self._app(scope, receive, send)
            return
        client = _name_of(scope)
        is_allowed = await self._counted.hit(self._rule, client)
        found = await self._counted.get_window_stats(self._rule, client)
        wait = max(1, math.ceil(found.reset_time - time.time()))
        told = {
            "RateLimit-Policy": f'"minute";q={self._rule.amount};w=60',
            "RateLimit": f'"minute";r={found.remaining};t={wait}',
        }

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        if is_allowed:
            await self._app(scope, receive, with_headers)
            return
        words = Told(
            "more than {amount} questions came within a minute; ask again in {wait} s",
            amount=self._rule.amount,
            wait=wait,
        )
        refused = problem_answer(Request(scope), Problem(Code.TOO_OFTEN, words))
        refused.headers["Retry-After"] = str(wait)
        await refused(scope, receive, with_headers)


def _name_of(scope: Scope) -> str:
    """Who is counted: the address. An invented token would be a new client each time."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
