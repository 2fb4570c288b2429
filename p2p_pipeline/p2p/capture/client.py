"""Send one request and tell what came of it. Network trouble is a result here, never an exception."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

import httpx
import orjson

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.p2p.capture.body_limit import BoundedBody, DamagedError, TooLargeError
from p2p_pipeline.p2p.capture.bot_walls import WALL_HEADERS, wall_sentence
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.venues.wire import Refusal, VenueRequest

Judge = Callable[[int, bytes], Refusal | None]
"""Says why a status and a body are no answer: a venue's `refusal`."""

_KEPT_HEADERS = frozenset({"date", "content-type", "retry-after", *WALL_HEADERS})
_KEPT_PARTS = ("ratelimit", "rate-limit", "used-weight", "trace", "request-id")
_MAX_KEPT_HEADERS = 20
_MAX_HEADER_CHARACTERS = 200
_PIECES_AT_A_TIME = 50
_KEPT_OF_TOO_LARGE = 64 * 1024
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """What one request may take."""

    seconds: float = 8.0
    """From sending to the body's last byte, however slowly it drips."""
    connect_seconds: float = 4.0
    max_body_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of one request. `status` is None and `body` empty when no answer arrived."""

    outcome: Outcome
    detail: str | None
    requested_at: datetime
    received_at: datetime
    elapsed_milliseconds: float
    status: int | None
    headers: Mapping[str, str]
    body: bytes


@cache
def _trust() -> ssl.SSLContext:
    # Loading the certificate bundle costs 20 to 50 ms; one context serves every client.
    return httpx.create_ssl_context()


def open_client(
    proxy_url: str | None = None,
    *,
    use_system_proxy: bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
    connections: int = 20,
) -> httpx.AsyncClient:
    """A client that follows no redirect. `proxy_url` may hold credentials: it is never written anywhere.

    `connections` is how many requests are made at a time: more would open and close a connection each.
    """
    return httpx.AsyncClient(
        verify=_trust(),
        proxy=proxy_url,
        trust_env=use_system_proxy and proxy_url is None,
        follow_redirects=False,
        transport=transport,
        event_hooks={"response": [_stop_at_redirect]},
        limits=httpx.Limits(max_connections=max(100, 2 * connections), max_keepalive_connections=max(20, connections)),
        headers={"accept-encoding": "gzip, deflate"},
    )


class _RedirectedError(Exception):
    """Raised before httpx reads the address: one that is none (`//[::1`) would end as "no connection"."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__("redirected")
        self.response = response


async def _stop_at_redirect(response: httpx.Response) -> None:
    if 300 <= response.status_code < 400:
        raise _RedirectedError(response)


async def ask(
    http: httpx.AsyncClient, request: VenueRequest, judge: Judge, clock: Clock, limits: ExchangeLimits, seconds: float
) -> Exchange:
    """Send a request, wait at most `seconds` for the whole answer, and say what came of it."""
    requested_at, began = clock.now(), clock.monotonic()
    answer = _Answer()
    outcome, detail = await _receive(http, request, answer, limits, seconds)
    body = bytes(answer.body.content) if answer.body is not None else b""
    wall = wall_sentence(answer.status, answer.headers) if outcome is Outcome.OK else None
    if wall is not None:
        outcome, detail = Outcome.BLOCKED, wall
    elif outcome is Outcome.OK:
        refusal = judge(answer.status or 0, body)
        if refusal is not None:
            outcome, detail = Outcome(refusal.kind.value), refusal.detail
    elif outcome is Outcome.TOO_LARGE:
        body = body[:_KEPT_OF_TOO_LARGE]
    elapsed = (clock.monotonic() - began) * 1000.0
    return Exchange(outcome, detail, requested_at, clock.now(), round(elapsed, 3), answer.status, answer.headers, body)


class _Answer:
    """What has arrived so far: it outlives the exception that ends an exchange."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body: BoundedBody | None = None


async def _receive(
    http: httpx.AsyncClient, request: VenueRequest, answer: _Answer, limits: ExchangeLimits, seconds: float
) -> tuple[Outcome, str | None]:
    try:
        # httpx's own timeouts start anew with every byte; only this one holds against a drip.
        async with asyncio.timeout(seconds):
            return await _exchange(http, request, answer, limits)
    except (TimeoutError, httpx.TimeoutException):
        what = "no complete answer" if answer.status is not None else "no answer"
        return Outcome.TIMEOUT, f"There was {what} from {_host(request)} in {seconds:.1f} s."
    except TooLargeError:
        return Outcome.TOO_LARGE, f"The answer is larger than {limits.max_body_bytes} bytes and was not read on."
    except DamagedError as error:
        return Outcome.TRUNCATED, f"The answer is damaged: {error}."
    except _RedirectedError as stopped:
        answer.status = stopped.response.status_code
        answer.headers = kept_headers(stopped.response.headers)
        return Outcome.REDIRECT, f"{_host(request)} redirects to {_target(stopped.response)}, which is not followed."
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        return _failed(error, answer, _host(request))


def _failed(error: Exception, answer: _Answer, host: str) -> tuple[Outcome, str]:
    said = _CREDENTIALS.sub("//", str(error))[:200].rstrip(".") or type(error).__name__
    if answer.status is not None:
        return Outcome.TRUNCATED, f"The connection to {host} ended within the answer: {said}."
    if not isinstance(error, httpx.RemoteProtocolError):
        return Outcome.CONNECTION, f"There is no connection to {host}: {said}."
    if "disconnected" in said:
        return Outcome.CONNECTION, f"{host} hung up without an answer: {said}."
    if "status line" in said:
        return Outcome.CONNECTION, f"What answers at {host} does not speak HTTP: {said}."
    return Outcome.SERVER_ERROR, f"{host} answers with broken HTTP: {said}."


def _target(response: httpx.Response) -> str:
    location = response.headers.get("location", "")
    try:
        return urlsplit(location).netloc[:100] or "another address"
    except ValueError:
        return f"{location[:100]!r}, which is no address"


async def _exchange(
    http: httpx.AsyncClient, request: VenueRequest, answer: _Answer, limits: ExchangeLimits
) -> tuple[Outcome, str | None]:
    content = None if request.payload is None else orjson.dumps(request.payload)
    headers = {"content-type": "application/json", **request.headers} if content is not None else dict(request.headers)
    timeout = httpx.Timeout(limits.seconds, connect=limits.connect_seconds)
    async with http.stream(request.method, request.url, content=content, headers=headers, timeout=timeout) as response:
        answer.status = response.status_code
        answer.headers = kept_headers(response.headers)
        answer.body = BoundedBody(response.headers.get("content-encoding", ""), limits.max_body_bytes)
        async for piece in response.aiter_raw():
            answer.body.feed(piece)
            if answer.body.pieces % _PIECES_AT_A_TIME == 0:
                # What has arrived already is given without a pause: crumbs of one byte would hold up everyone in this
                # event loop for seconds, its clock included, and the other venue's side was lost.
                await asyncio.sleep(0)
        answer.body.finish()
    return Outcome.OK, None


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that matter later, in lower case, each of bounded length."""
    kept: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower in _KEPT_HEADERS or any(part in lower for part in _KEPT_PARTS):
            # Lone surrogates from odd bytes would not go into a JSON line.
            kept[lower[:_MAX_HEADER_CHARACTERS]] = value.encode("utf-8", "replace").decode()[:_MAX_HEADER_CHARACTERS]
        if len(kept) == _MAX_KEPT_HEADERS:
            break
    return kept


def _host(request: VenueRequest) -> str:
    return urlsplit(request.url).hostname or "the venue"
