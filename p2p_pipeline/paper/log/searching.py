"""Many lines at once, by their bytes: what each is about, and which hold a text."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path

import numpy as np
import orjson

_LINES_AT_ONCE = 20_000
_HASH = b'"prev":"'
_HASH_LENGTH = 64
_HEX = re.compile(rb"[0-9a-f]+").fullmatch
_Lines = np.ndarray[tuple[int], np.dtype[np.int64]]


_TYPE, _SYMBOL = b'"type":"', b'"symbol":"'
_NESTED = frozenset({b"snapshot", b"universe_frozen", b"summary", b"session_started"})
"""Types of lines with objects in them, which may have symbols of their own."""


def about_of(line: bytes) -> tuple[str, str]:
    """A line's type and symbol; empty where it has none. Most lines are cut out, three times as fast as read."""
    at = line.rfind(_TYPE) + len(_TYPE)
    kind = line[at : line.find(b'"', at)]
    # a quote within a text is escaped, and what looks like a name there may be none
    if at < len(_TYPE) or kind in _NESTED or b"\\" in line:
        said = orjson.loads(line)
        return str(said.get("type", "")), str(said.get("symbol", ""))
    at = line.find(_SYMBOL) + len(_SYMBOL)
    return kind.decode(), line[at : line.find(b'"', at)].decode() if at >= len(_SYMBOL) else ""


class Needle:
    """What is looked for: as it was typed, in small letters, in capitals. The hash of the line before is no text."""

    def __init__(self, text: str) -> None:
        self._spellings = tuple(dict.fromkeys(one.encode() for one in (text, text.lower(), text.upper())))

    def found_in(self, path: Path, starts: _Lines, lines: _Lines) -> _Lines:
        """Those of a file's lines (in order) that hold it; `starts` says where each line begins."""
        found: set[int] = set()
        with path.open("rb") as file:
            for first in range(0, len(starts) - 1, _LINES_AT_ONCE):
                own = starts[first : first + _LINES_AT_ONCE + 1]
                low, high = np.searchsorted(lines, (first, first + len(own) - 1))
                if low == high:
                    continue
                file.seek(int(own[0]))
                data, offsets = file.read(int(own[-1] - own[0])), (own - own[0]).tolist()
                for spelling in self._spellings:
                    found.update(first + place for place in _holding(data, offsets, spelling))
        return lines[np.isin(lines, np.fromiter(found, np.int64, len(found)))]


def _holding(data: bytes, offsets: list[int], spelling: bytes) -> list[int]:
    """Which lines of a block hold it, by the place of each."""
    found, at, is_hex = [], data.find(spelling), _HEX(spelling) is not None
    while at >= 0:
        place = bisect_right(offsets, at) - 1
        beyond = _hash_end(data, offsets, place, at) if is_hex else 0
        if beyond:
            at = data.find(spelling, beyond)
            continue
        found.append(place)
        at = data.find(spelling, offsets[place + 1])
    return found


def _hash_end(data: bytes, offsets: list[int], place: int, at: int) -> int:
    """Where the hash ends in which something stands; 0 when it stands elsewhere in its line."""
    begin = data.find(_HASH, offsets[place], offsets[place + 1]) + len(_HASH)
    return begin + _HASH_LENGTH if begin <= at < begin + _HASH_LENGTH else 0
