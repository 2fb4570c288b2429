"""Frames and answers of the shared recordings, as exchanges sent them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from p2p_pipeline_tests.shared_files import RECORDINGS

FOLDER = RECORDINGS / "exchanges"

needs_recordings = pytest.mark.skipif(not FOLDER.exists(), reason="the shared recordings of exchanges are not here")


@dataclass(frozen=True)
class Recorded:
    """One incoming message."""

    name: str
    """The kind of message; empty in a recording."""
    body: bytes
    is_binary: bool


def samples_of(venue: str) -> list[Recorded]:
    """One incoming frame a kind of message; none where the folder is missing."""
    return list(_incoming(f"samples/{venue}_samples"))


def recording(name: str) -> list[Recorded]:
    """The incoming frames of a recording's sockets."""
    return list(_incoming(name))


def rest_body(name: str) -> bytes:
    """The body of a REST answer, its numbers as they are spelled there."""
    text = (FOLDER / "rest" / f"{name}.json").read_text()
    start = text.index('"body":') + len('"body":')
    while text[start].isspace():
        start += 1
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode()


def vectors(name: str) -> list[dict[str, Any]]:
    """Levels and the checksum that must come out."""
    found: list[dict[str, Any]] = json.loads((FOLDER / "checksum_vectors.json").read_text())[name]
    return found


def _incoming(name: str) -> Iterator[Recorded]:
    path = FOLDER / f"{name}.jsonl.gz"
    if not path.exists():
        return
    with gzip.open(path, "rt") as lines:
        for line in lines:
            row = json.loads(line)
            if row["direction"] != "in":
                continue
            body = base64.b64decode(row["body"]) if row["encoding"] == "base64" else row["body"].encode()
            yield Recorded(row.get("name", ""), body, row.get("opcode") == "binary")
