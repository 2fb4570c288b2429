"""REST requests to one exchange: paced, none while it wants to be left alone, every answer kept before it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.connections.pacing import Stop, Turns
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import Request
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.retry_after import retry_after_seconds
from p2p_pipeline.kernel.texts import duration_text

MOST_BYTES = 128 * 1024 * 1024
REST_SECONDS = 15.0
"""Of one request, from sending to its last byte."""
_OK = 200
SECOND_NS = 1_000_000_000


class NoAnswer(ClearError):
    """An exchange could not be asked, or what it said is no answer."""


class Rest:
    """One exchange's REST side."""

    def __init__(
        self,
        addresses: Addresses,
        client: httpx.AsyncClient,
        record: Callable[[Frame], object],
        now_ns: Callable[[], int],
    ) -> None:
        self._addresses = addresses
        self._exchange = addresses.capability.name
        self._client = client
        self._record = record
        self._now_ns = now_ns
        self._per_second = addresses.capability.limits.rest_requests_per_second
        self._stop = Stop()
        self._turns: dict[str, Turns] = {}

    async def ask(self, request: Request, session: str = "http0") -> Frame:
        """The answer, recorded under the session's name. Raises NoAnswer."""
        await self._turn(request.path)
        try:
            async with asyncio.timeout(REST_SECONDS):
                response, body = await self._sent(request)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            why = str(error) or type(error).__name__
            raise NoAnswer("{exchange} did not answer: {why}", exchange=self._exchange, why=why) from None
        frame = Frame(
            self._exchange, session, Passage.REST, body, self._now_ns(), request.url, status=response.status_code
        )
        self._record(frame)
        if response.status_code != _OK:
            self._refuse(response, body)
        return frame

    async def _turn(self, path: str) -> None:
        stopped = self._stop.seconds(self._seconds())
        if stopped > 0:
            text = duration_text(stopped)
            raise NoAnswer("{exchange} wants no requests for another {text}", exchange=self._exchange, text=text)
        # Exchanges count by endpoint, or by a weight that only books and best prices make count.
        turns = self._turns.setdefault(path, Turns(self._per_second))
        await asyncio.sleep(turns.take(self._seconds()))

    async def _sent(self, request: Request) -> tuple[httpx.Response, bytes]:
        body = bytearray()
        async with self._client.stream(
            request.method, self._addresses.request(request.sent_at(self._now_ns() // 1_000_000))
        ) as response:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise NoAnswer("{exchange} answered with more than 128 MiB", exchange=self._exchange)
        return response, bytes(body)

    def _refuse(self, response: httpx.Response, body: bytes) -> None:
        status = response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        seconds = self._stop.refused(status, retry_after_seconds(headers, datetime.now(UTC)), self._seconds())
        said = body[:200].decode("utf-8", "replace").strip()
        silent = "" if seconds is None else f"; no requests for {duration_text(seconds)}"
        raise NoAnswer(
            "{exchange} refused a request with {status}{silent}: {said}",
            exchange=self._exchange,
            status=status,
            silent=silent,
            said=said,
        )

    def _seconds(self) -> float:
        return self._now_ns() / SECOND_NS
