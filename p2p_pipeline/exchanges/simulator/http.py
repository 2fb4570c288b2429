"""HTTP on a stream: a head that says what is wanted, requests and their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer

MOST_HEAD_BYTES = 65_536
MOST_BODY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the exchange's name is the first part of its path."""

    method: str
    mount: str
    """What the path begins with: an exchange, or a word of the simulator's own."""
    path: str
    """What is left, with `/`."""
    target: str
    """The same with its query."""
    query: Mapping[str, str]
    body: bytes = b""
    is_last: bool = False
    """The client wants no more on this connection."""


async def read_head(reader: asyncio.StreamReader) -> bytes | None:
    """The bytes up to the empty line; None when the client has gone."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None


def asks_for_socket(head: bytes) -> bool:
    """Whether a head asks to speak WebSocket from now on."""
    lines = head.lower().split(b"\r\n")
    return any(line.startswith(b"upgrade:") and b"websocket" in line for line in lines[1:])


async def read_request(head: bytes, reader: asyncio.StreamReader) -> Asked | None:
    """The request that a head begins, with its body; None for what is none."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD_BYTES)
    try:
        connection.receive_data(head)
        heading, body = None, bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65_536))
            elif isinstance(event, h11.Request):
                heading = event
            elif isinstance(event, h11.Data) and len(body) <= MOST_BODY_BYTES:
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and heading is not None:
                return _asked(heading, bytes(body))
            else:
                return None
    except h11.RemoteProtocolError:
        return None


def asked_by_head(head: bytes) -> Asked:
    """What a head asks for, that of a socket too."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(head)
    event = connection.next_event()
    if not isinstance(event, h11.Request):
        raise h11.RemoteProtocolError("no request")
    return _asked(event, b"")


def response(answer: Answer, *, is_last: bool) -> bytes:
    """An answer as bytes."""
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(answer.body))}
    headers["Connection"] = "close" if is_last else "keep-alive"
    lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.body


def _asked(heading: h11.Request, body: bytes) -> Asked:
    target = bytes(heading.target).decode("latin-1")
    address = urlsplit(target)
    _, mount, *rest = [*address.path.split("/", 2), ""][:3]
    path = f"/{rest[0]}" if rest else "/"
    headers = {bytes(name): bytes(value).lower() for name, value in heading.headers}
    is_last = b"close" in headers.get(b"connection", b"") or bytes(heading.http_version) == b"1.0"
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    whole = f"{path}?{address.query}" if address.query else path
    method = bytes(heading.method).decode("ascii")
    return Asked(method, mount, unquote(path), whole, query, body, is_last)
