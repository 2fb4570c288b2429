"""Real frames and answers of the exchanges, one a kind of message; tests that need them skip where they are missing."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline_tests.shared_files import RECORDINGS

FOLDER = RECORDINGS / "exchanges"

needs_recordings = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recordings of exchanges in {FOLDER}")


@dataclass(frozen=True)
class Sample:
    """A frame, or a REST answer (`url` is its path)."""

    name: str
    body: bytes
    url: str
    direction: str = "in"
    is_binary: bool = False
    kind: str = "ws"
    connection: str = ""


@cache
def samples(exchange: str) -> tuple[Sample, ...]:
    """One frame a kind of message."""
    file = FOLDER / "samples" / f"{exchange}_samples.jsonl.gz"
    return tuple(_frames(file)) if file.exists() else ()


@cache
def recording(name: str, first: int | None = None) -> tuple[Sample, ...]:
    """A recording's frames in their order, or the first so many."""
    return tuple(islice(_frames(FOLDER / f"{name}.jsonl.gz"), first))


@cache
def answers(exchange: str) -> dict[str, Sample]:
    """REST bodies by what they are: `instruments`, `currencies`, `order_book` …"""
    found = {}
    for file in sorted((FOLDER / "rest").glob(f"{exchange}_*.json")):
        what = file.stem.removeprefix(f"{exchange}_")
        found[what] = Sample(what, _verbatim_body(file), json.loads(file.read_text())["path"], kind="rest")
    return found


def _frames(file: Path) -> Iterator[Sample]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            frame: dict[str, Any] = json.loads(line)
            body = frame["body"]
            yield Sample(
                frame.get("name", ""),
                base64.b64decode(body) if frame["encoding"] == "base64" else body.encode(),
                frame["url"],
                frame["direction"],
                frame.get("opcode") == "binary",
                frame["kind"],
                frame["connection"],
            )


def _verbatim_body(file: Path) -> bytes:
    """The answer's own text: the file spells its numbers as the exchange does, and a parsed one would lose that."""
    text = file.read_text()
    start = text.index('"body": ') + len('"body": ')
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode()
