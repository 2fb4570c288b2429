"""A real server on loopback: what is too large or too slow is refused, and nobody else notices."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from p2p_pipeline.web.guard.connections import MOST_HEAD_BYTES, PatientProtocol
from p2p_pipeline.web.guard.sizes import Sizes
from p2p_pipeline_tests.web.browsing import served
from p2p_pipeline_tests.web.serving import edges_over

WAIT_SECONDS = 0.3


class Impatient(PatientProtocol):
    head_seconds = WAIT_SECONDS


@pytest.fixture(scope="module")
def site(web_folder: Path) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    patch.setattr(Sizes, "body_seconds", WAIT_SECONDS)
    with served(edges_over(web_folder), http=Impatient) as address:
        yield address
    patch.undo()


@pytest.fixture
def line(site: str) -> Iterator[socket.socket]:
    """A bare connection to the service."""
    parts = urlsplit(site)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as opened:
        yield opened


@pytest.mark.parametrize(
    ("address", "headers", "body", "status", "code"),
    [
        ("/api/v1/markets?" + "x" * 4097, {}, None, 414, "too-long"),
        ("/api/v1/" + "x" * 3000, {}, None, 414, "too-long"),
        ("/api/v1/markets", {"X-Long": "x" * 17_000}, None, 431, "too-many-headers"),
        ("/api/v1/markets", {f"X-{n}": "x" * 100 for n in range(200)}, None, 431, "too-many-headers"),
        ("/preferences", {}, b"x" * 300_000, 413, "too-large"),
    ],
)
def test_what_is_too_large_is_refused(
    site: str, address: str, headers: dict[str, str], body: bytes | None, status: int, code: str
) -> None:
    with httpx.Client() as asking:
        found = asking.request("POST" if body else "GET", f"{site}{address}", headers=headers, content=body)
        assert (found.status_code, found.json()["type"]) == (status, f"/problems/{code}")


def test_a_body_without_a_stated_length_is_counted_as_it_comes(line: socket.socket) -> None:
    line.sendall(b"POST /preferences HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    try:
        for _ in range(8):
            line.sendall(chunk)
    except OSError:
        return  # it has closed already: a body of eight chunks was not taken
    assert line.recv(65536).split(b" ", 2)[1] in (b"413", b"422")


def test_a_body_that_does_not_come_is_not_waited_for(line: socket.socket) -> None:
    line.sendall(b"POST /preferences HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nlang")
    began = time.monotonic()
    assert line.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 10 * WAIT_SECONDS


@pytest.mark.parametrize("sent", [b"", b"GET /now HTTP/1.1\r\nHost: 127.0"])
def test_a_head_that_does_not_come_is_not_waited_for(line: socket.socket, sent: bytes) -> None:
    line.sendall(sent)
    began = time.monotonic()
    assert line.recv(65536) == b""
    assert time.monotonic() - began < 10 * WAIT_SECONDS


def test_a_head_without_an_end_is_cut_off(line: socket.socket) -> None:
    line.sendall(b"GET /now HTTP/1.1\r\nX-Endless: ")
    sent = 0
    with suppress(ConnectionError):
        # What is sent after the service has closed comes back as an error, sooner or later.
        while sent < 100 * MOST_HEAD_BYTES:
            line.sendall(b"x" * 1000)
            sent += 1000
    assert sent < 100 * MOST_HEAD_BYTES


def test_a_socket_message_that_is_too_large_closes_it_and_one_that_fits_does_not(site: str) -> None:
    address = f"{site.replace('http', 'ws', 1)}/ws/now"
    with connect(address, origin=Origin(site)) as live:
        live.send('{"type": "pause", "padding": "' + "x" * 3000 + '"}')
        assert '"hello"' in str(live.recv(timeout=5))
        live.send("x" * 5000)
        with pytest.raises(ConnectionClosed) as closed:
            deque(iter(live.recv, None), maxlen=0)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_head_over_a_real_connection_has_no_body(site: str) -> None:
    with httpx.Client() as asking:
        for _ in range(2):
            found = asking.head(f"{site}/api/v1/markets")
            assert (found.status_code, found.content) == (200, b"")
            assert int(found.headers["content-length"]) > 100


def test_an_honest_client_of_a_slow_service_keeps_its_connection(site: str) -> None:
    with httpx.Client() as asking:
        first = asking.get(f"{site}/api/v1/markets")
        time.sleep(2 * WAIT_SECONDS)
        again = asking.get(f"{site}/api/v1/markets", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
