"""A frame as one line of JSON, the same in shared recordings and in our own files."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame, Passage

_ANSWERED = 200
_PASSAGES = {passage.value: passage for passage in Passage}


class LineError(ValueError):
    """A line that is no frame; the text says why."""


def to_line(frame: Frame) -> bytes:
    """The line, without its end. A body that is UTF-8 stands there as text, any other as base64."""
    line: dict[str, Any] = {
        "received_at_ns": frame.received_at_ns,
        "venue": frame.exchange,
        "connection": frame.connection,
        "direction": "out" if frame.is_outgoing else "in",
        "kind": frame.passage.value,
        "url": frame.url,
    }
    if frame.passage is Passage.SOCKET:
        line["opcode"] = "binary" if frame.is_binary else "text"
    if frame.status != _ANSWERED:
        line["status"] = frame.status
    try:
        line["encoding"], line["body"] = "text", frame.body.decode("utf-8")
    except UnicodeDecodeError:
        line["encoding"], line["body"] = "base64", base64.b64encode(frame.body).decode("ascii")
    return orjson.dumps(line)


def from_line(line: bytes) -> Frame:
    """The frame of a line, its body byte for byte. Raises LineError."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineError(f"no JSON: {error}" if _is_text(line) else "no text, but binary") from None
    if not isinstance(value, dict):
        raise LineError("no object")
    try:
        return _frame(value)
    except KeyError as error:
        raise LineError(f"{error.args[0]!r} is missing") from None


def _is_text(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _frame(value: dict[str, Any]) -> Frame:
    # by their types: JSON makes no others, and a day has a hundred million lines
    received_at_ns = value["received_at_ns"]
    if type(received_at_ns) is not int and received_at_ns is not None:
        raise LineError(f"received_at_ns was {received_at_ns!r}; write nanoseconds since 1970, or null")
    if received_at_ns is not None and received_at_ns < 0:
        raise LineError(f"received_at_ns was {received_at_ns}, before 1970; write nanoseconds since then, or null")
    exchange, connection, url, body = value["venue"], value["connection"], value["url"], value["body"]
    if not type(exchange) is type(connection) is type(url) is type(body) is str:
        raise LineError("venue, connection, url and body must be text")
    if value["direction"] not in ("in", "out"):
        raise LineError(f"direction was {value['direction']!r}; write in or out")
    kind = value["kind"]
    passage = _PASSAGES.get(kind) if type(kind) is str else None
    if passage is None:
        raise LineError(f"kind was {kind!r}; write {', '.join(Passage)}")
    return Frame(
        exchange=exchange,
        connection=connection,
        passage=passage,
        body=_body(value["encoding"], body),
        received_at_ns=received_at_ns,
        url=url,
        is_outgoing=value["direction"] == "out",
        is_binary=value.get("opcode") == "binary",
        status=_status(value.get("status", _ANSWERED)),
    )


def _status(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise LineError(f"status was {value!r}; write the number of a REST answer's status")
    return value


def _body(encoding: object, body: str) -> bytes:
    if encoding == "text":
        return body.encode("utf-8")
    if encoding != "base64":
        raise LineError(f"encoding was {encoding!r}; write text or base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise LineError(f"the body is no base64: {error}") from None
