"""A server on loopback that speaks as little of an exchange as a test of the edge needs, and notes what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from p2p_pipeline.exchanges.words import Capability, Feed, Heartbeat, Integrity, Limits

Talk = Callable[[ServerConnection], Awaitable[None]]


async def listen(_: ServerConnection) -> None:
    """Say nothing."""
    await asyncio.sleep(60)


@dataclass
class SmallExchange:
    """What it heard, and what it says."""

    talk: Talk = listen
    heard: list[tuple[float, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    """Of REST requests, one after the other; the last one goes on."""
    url: str = ""

    async def _of_socket(self, socket: ServerConnection) -> None:
        async def hear() -> None:
            async for message in socket:
                assert isinstance(message, str)
                self.heard.append((asyncio.get_running_loop().time(), message))

        hearing = asyncio.create_task(hear())
        try:
            await self.talk(socket)
        except ConnectionClosed:
            pass
        finally:
            hearing.cancel()

    def _of_request(self, socket: ServerConnection, request: HttpRequest) -> Response | None:
        self.paths.append(request.path)
        if "Upgrade" in request.headers:
            return None
        status, text, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        response = socket.respond(status, text)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SmallExchange]:
        async with serve(self._of_socket, "127.0.0.1", 0, process_request=self._of_request, max_size=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            yield self


def capability(limits: Limits | None = None, heartbeat: Heartbeat | None = None) -> Capability:
    """Of an exchange without surprises."""
    return Capability(
        "binance", "Binance", "wss://never.example", {"": "https://never.example"},
        dict.fromkeys(Feed, Integrity.SEQUENCE), Decimal("0.001"),
        limits or Limits(messages_per_second=1000.0), heartbeat or Heartbeat(),
    )  # fmt: skip
