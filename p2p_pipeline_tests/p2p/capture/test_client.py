"""One exchange over real loopback sockets: whatever arrives, a result comes back."""

from __future__ import annotations

import asyncio
import gzip
import random
import socket
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.clock import SystemClock
from p2p_pipeline.p2p.capture.body_limit import BoundedBody, DamagedError, TooLargeError
from p2p_pipeline.p2p.capture.client import Exchange, ExchangeLimits, ask, kept_headers, open_client
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.wire import VenueRequest

LIMITS = ExchangeLimits(seconds=1.0, connect_seconds=1.0, max_body_bytes=10_000)
JUDGE = venue_directory()["binance"].refusal


def _ask_a_server_that_says(answer: bytes) -> Exchange:
    """Real sockets; the server sends the same bytes to everyone and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def run() -> Exchange:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            return await _ask_once(url, None)

    return asyncio.run(run())


async def _ask_once(url: str, transport: httpx.AsyncBaseTransport | None) -> Exchange:
    async with open_client(use_system_proxy=False, transport=transport) as http:
        request = VenueRequest("POST", f"{url}/search", {"page": 1}, {"user-agent": "x"})
        return await ask(http, request, JUDGE, SystemClock(), LIMITS, 1.0)


def _ask(url: str, transport: httpx.AsyncBaseTransport | None = None) -> Exchange:
    return asyncio.run(_ask_once(url, transport))


def _with_transport(answer: Callable[[httpx.Request], httpx.Response]) -> Exchange:
    return _ask("http://venue.test", transport=httpx.MockTransport(answer))


def _http(body: bytes, headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def test_a_body_that_ends_too_early_is_truncated_and_its_beginning_is_kept() -> None:
    exchange = _ask_a_server_that_says(_http(b'{"code":"0000', length=500))
    assert (exchange.outcome, exchange.body) == (Outcome.TRUNCATED, b'{"code":"0000')


def test_a_packed_body_that_ends_too_early_is_truncated_although_all_its_bytes_came() -> None:
    packed = gzip.compress(bytes(random.Random(1).choices(b"abcdef", k=4000)))
    exchange = _ask_a_server_that_says(_http(packed[:1000], "Content-Encoding: gzip\r\n"))
    assert exchange.outcome is Outcome.TRUNCATED
    assert 500 < len(exchange.body) < 4000


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\xff\n\n", b"HTTP/1.1 200", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n"]
)
def test_what_is_no_http_at_all_is_a_connection_that_failed(answer: bytes) -> None:
    exchange = _ask_a_server_that_says(answer)
    assert exchange.outcome is Outcome.CONNECTION
    assert exchange.status is None


def test_nobody_listening_is_a_sentence() -> None:
    exchange = _ask("http://127.0.0.1:9")
    assert exchange.outcome is Outcome.CONNECTION
    assert str(exchange.detail).startswith("There is no connection to 127.0.0.1: ")


def test_a_redirect_is_refused_and_its_target_is_never_asked() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://elsewhere.test/login"})

    exchange = _with_transport(answer)
    assert exchange.outcome is Outcome.REDIRECT
    assert "elsewhere.test" in str(exchange.detail)
    assert asked == ["http://venue.test/search"]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (202, {"x-amzn-waf-action": "challenge"}, b""),
        (405, {"X-Amzn-Waf-Action": "captcha"}, b"<html>captcha</html>"),
        (200, {"cf-mitigated": "challenge"}, b"{}"),
        (503, {"cf-mitigated": "challenge"}, b"<html></html>"),
        (200, {"content-type": "text/html"}, b"<!DOCTYPE html><title>Just a moment...</title>"),
    ],
)
def test_a_wall_for_bots_is_named_and_kept_with_the_header_that_names_it(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    exchange = _with_transport(lambda _: httpx.Response(status, headers=headers, stream=_Bytes(body)))
    assert (exchange.outcome, exchange.body) == (Outcome.BLOCKED, body)
    assert "wall for bots" in str(exchange.detail) or "HTML page that asks for a challenge" in str(exchange.detail)
    assert {name.lower() for name in headers} <= set(exchange.headers)


@pytest.mark.parametrize("location", ["http://[", "//[::1", "foo:bar", "http://x:abc/", "", "/ok", "http://\xff"])
def test_a_redirect_is_told_as_one_however_broken_its_address_is(location: str) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    exchange = _ask_a_server_that_says(answer)
    assert (exchange.outcome, exchange.status) == (Outcome.REDIRECT, 302)
    assert "redirects to" in (exchange.detail or "")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Content-Length: abc", "bad Content-Length"),
        ("Content-Length: -5", "bad Content-Length"),
        ("Content-Length: 5\r\nContent-Length: 7", "conflicting Content-Length"),
        ("Transfer-Encoding: foo", "Only Transfer-Encoding"),
        ("no header", "illegal header line"),
    ],
)
def test_broken_http_is_told_as_what_it_is_and_not_as_a_missing_connection(header: str, said: str) -> None:
    exchange = _ask_a_server_that_says(f"HTTP/1.1 200 OK\r\n{header}\r\n\r\nzzz".encode())
    assert exchange.outcome is Outcome.SERVER_ERROR
    assert f"127.0.0.1 answers with broken HTTP: {said}" in (exchange.detail or "")


def test_crumbs_without_end_hold_up_nobody_else_in_the_event_loop_and_are_not_read_on() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 200_000

    async def run() -> tuple[Exchange, float]:
        gaps: list[float] = []

        async def somebody_else() -> None:
            last = time.thread_time()
            while True:
                await asyncio.sleep(0)
                gaps.append(time.thread_time() - last)
                last = time.thread_time()

        with _serving_from_a_thread(answer) as url:
            other = asyncio.create_task(somebody_else())
            exchange = await _ask_once(url, None)
            other.cancel()
        return exchange, max(gaps)

    exchange, longest_gap = asyncio.run(run())
    assert exchange.outcome is Outcome.TRUNCATED
    assert "pieces of 1 bytes" in (exchange.detail or "")
    # Of this thread's own time, for other programs may take the core: 2,000 crumbs in one go take ten times as long.
    assert longest_gap < 0.1


@contextmanager
def _serving_from_a_thread(answer: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_an_encoding_nobody_asked_for_is_kept_as_it_came_and_is_no_answer() -> None:
    exchange = _with_transport(
        lambda _: httpx.Response(200, headers={"content-encoding": "br"}, stream=_Bytes(b"\x8b\x01"))
    )
    assert (exchange.outcome, exchange.body) == (Outcome.NOT_JSON, b"\x8b\x01")


class _Bytes(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def test_credentials_of_a_proxy_show_in_no_text() -> None:
    secret = "http://user:hunter2@proxy.test:8080"
    assert "hunter2" not in repr(Manners(proxy_url=secret))

    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ProxyError(f"407 from {secret}")

    assert "hunter2" not in str(_with_transport(answer).detail)


def test_only_headers_that_matter_are_kept_in_lower_case_and_short() -> None:
    kept = kept_headers(
        {"Date": "now", "Set-Cookie": "secret", "X-RateLimit-Remaining": "3", "X-Trace-Id": "t" * 900, "Server": "x"}
    )
    assert kept == {"date": "now", "x-ratelimit-remaining": "3", "x-trace-id": "t" * 200}
    assert len(kept_headers({f"trace-{n}": "x" for n in range(100)})) <= 20


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_a_body_is_unpacked_up_to_its_limit_and_not_a_byte_more(encoding: str) -> None:
    for size in (1000, 1001):
        plain = b"a" * size
        packed = {"": plain, "gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}[encoding]
        body = BoundedBody(encoding, 1000)
        if size == 1000:
            body.feed(packed)
            body.finish()
            assert bytes(body.content) == plain
        else:
            with pytest.raises(TooLargeError):
                body.feed(packed)
            assert len(body.content) <= 1001


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=3), st.integers(1, 40))
def test_a_gzip_body_of_several_members_is_read_whole_however_it_arrives(parts: list[bytes], step: int) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    body = BoundedBody("gzip", 1000)
    for start in range(0, len(packed), step):
        body.feed(packed[start : start + step])
    body.finish()
    assert bytes(body.content) == b"".join(parts)


@given(st.binary(max_size=500), st.integers(1, 40), st.booleans())
def test_both_kinds_of_deflate_are_read(plain: bytes, step: int, has_header: bool) -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    packed = packer.compress(plain) + packer.flush()
    body = BoundedBody("deflate", 1000)
    for start in range(0, len(packed), step):
        body.feed(packed[start : start + step])
    body.finish()
    assert bytes(body.content) == plain


def test_padding_after_the_end_is_passed_over_and_a_body_of_countless_members_is_refused() -> None:
    body = BoundedBody("gzip", 1000)
    body.feed(gzip.compress(b"{}") + b"\0\0")
    body.feed(b"\0")
    body.finish()
    assert bytes(body.content) == b"{}"
    with pytest.raises(DamagedError, match="gzip members"):
        BoundedBody("gzip", 1_000_000).feed(gzip.compress(b"") * 2000)


def test_a_bomb_in_a_later_member_is_stopped_too() -> None:
    body = BoundedBody("gzip", 50_000)
    with pytest.raises(TooLargeError):
        body.feed(gzip.compress(b"{}") + gzip.compress(bytes(40_000_000)))
    assert len(body.content) <= 50_001


def test_a_bomb_is_stopped_while_it_unpacks_and_takes_no_memory() -> None:
    body = BoundedBody("gzip", 50_000)
    with pytest.raises(TooLargeError):
        body.feed(gzip.compress(bytes(40_000_000)))
    assert len(body.content) <= 50_001


def test_damage_within_a_packed_body_is_told() -> None:
    with pytest.raises(DamagedError):
        BoundedBody("gzip", 1000).feed(b"no gzip at all")
