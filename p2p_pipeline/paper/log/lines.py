"""A line of the log: canonical JSON, so that the same event is the same bytes everywhere. Pure."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import orjson

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.words import Said

START = "0" * 64
"""What the first line chains to."""


def decimal_text(value: Decimal) -> str:
    """Without exponent, without trailing zeros, and 0 has no sign."""
    return format(value.normalize(EXACT), "f") if value else "0"


def canonical(fields: dict[str, Any]) -> bytes:
    """One JSON object: keys sorted, no spaces, decimals as text."""
    return orjson.dumps(fields, default=_plain, option=orjson.OPT_SORT_KEYS)


def hash_of(line: bytes) -> str:
    """What the next line chains to."""
    return hashlib.sha256(line).hexdigest()


class Chain:
    """Numbers and chains what is said; goes on where a log ends."""

    def __init__(self, number: int = 0, previous: str = START) -> None:
        self.number, self.previous = number, previous

    def line(self, said: Said) -> bytes:
        """The next line, without its newline."""
        self.number += 1
        line = canonical({**said.fields, "n": self.number, "at": said.at, "type": said.type, "prev": self.previous})
        self.previous = hash_of(line)
        return line


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    raise TypeError(f"{type(value).__name__} has no place in the log")
