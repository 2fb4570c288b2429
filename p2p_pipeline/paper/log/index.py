"""Where each line of a log lies, and what it is about: a page shows any part of a million lines, filtered, at once.

Made once and continued as the log grows. What lines say is read only when a filter is asked for the first time.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from p2p_pipeline.paper.log.parts import part_path
from p2p_pipeline.paper.log.searching import Needle, about_of
from p2p_pipeline.paper.log.writing import LOG_NAME

_BLOCK = 1 << 22
_MOST_FOUND = 8
"""So many filters' answers are kept; a later look at one of them reads only what came since."""
_LINES_AT_ONCE = 20_000


class Filter(NamedTuple):
    """Which lines are wanted; what is empty doesn't matter."""

    type: str = ""
    symbol: str = ""
    text: str = ""
    """Somewhere in the line but for the hash of the one before; in small letters, capitals, or as it was typed."""


class Line(NamedTuple):
    """One line of the log."""

    number: int
    """From 1, as it says itself."""
    body: bytes


@dataclass(slots=True)
class _Part:
    """One file of the log: where its lines begin, and, as far as they were read, what they are about."""

    path: Path
    starts: array[int] = field(default_factory=lambda: array("Q", [0]))
    """Of each line, and after the last one where the next will begin."""

    @property
    def lines(self) -> int:
        return len(self.starts) - 1


class _Found(NamedTuple):
    """A filter's answer as far as the log was looked through."""

    looked: int
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Counted from 0."""


class LogIndex:
    """One log's. May be asked from several threads."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / LOG_NAME
        self._parts: list[_Part] = []
        self._kinds, self._symbols = array("H"), array("H")
        self._kind_names: dict[str, int] = {}
        self._symbol_names: dict[str, int] = {}
        self._found: OrderedDict[Filter, _Found] = OrderedDict()
        self._lock = threading.Lock()

    def count(self) -> int:
        """How many whole lines there are now."""
        with self._lock:
            self._look()
            return self._count()

    def lines(self, skip: int, limit: int) -> list[Line]:
        """The lines after the first `skip`, `limit` at most."""
        with self._lock:
            self._look()
            return list(self._read(skip, min(self._count(), skip + limit)))

    def matching(self, wanted: Filter, skip: int, limit: int) -> tuple[int, list[Line]]:
        """How many lines a filter lets through, and those of them after the first `skip`."""
        self._know_kinds(wanted)
        with self._lock:
            found = self._matching(wanted)
            taken = found[skip : skip + limit]
            return len(found), [line for one in taken for line in self._read(int(one), int(one) + 1)]

    def place_of(self, wanted: Filter, number: int) -> int:
        """How many lines of a filter stand before the line with a number."""
        self._know_kinds(wanted)
        with self._lock:
            return int(np.searchsorted(self._matching(wanted), number - 1))

    def place_at(self, wanted: Filter, at_ms: int) -> int:
        """How many lines of a filter were said before a time."""
        self._know_kinds(wanted)
        with self._lock:
            first, beyond = 0, self._count()
            while first < beyond:
                middle = (first + beyond) // 2
                at = orjson.loads(next(self._read(middle, middle + 1)).body)["at"]
                first, beyond = (middle + 1, beyond) if at < at_ms else (first, middle)
            return first if wanted == Filter() else int(np.searchsorted(self._matching(wanted), first))

    def types(self) -> dict[str, int]:
        """How often each type of line is there."""
        return self._counted(self._kind_names, self._kinds)

    def symbols(self) -> dict[str, int]:
        """How many lines each symbol has."""
        return self._counted(self._symbol_names, self._symbols)

    def _counted(self, names: dict[str, int], of_lines: array[int]) -> dict[str, int]:
        self._know_kinds(None)
        with self._lock:
            counts = np.bincount(np.asarray(of_lines, np.uint16), minlength=len(names))
            return {name: int(counts[place]) for name, place in names.items() if name}

    def _count(self) -> int:
        return sum(part.lines for part in self._parts)

    def _look(self) -> None:
        """Find the lines that came since; another log under the name is read from its beginning."""
        while True:
            number = max(1, len(self._parts))
            full = part_path(self._log, number)
            is_full = full.exists()
            if not self._parts:
                self._parts.append(_Part(full if is_full else self._log))
            newest = self._parts[-1]
            newest.path = full if is_full else self._log
            if not _lengthened(newest):
                self._forget()
                return
            if not is_full:
                return
            self._parts.append(_Part(self._log))

    def _forget(self) -> None:
        self._parts, self._kinds, self._symbols = [], array("H"), array("H")
        self._found.clear()

    def _read(self, first: int, beyond: int) -> Iterator[Line]:
        """Lines counted from 0."""
        before = 0
        for part in self._parts:
            begin, end = max(first, before) - before, min(beyond, before + part.lines) - before
            if begin < end:
                with part.path.open("rb") as file:
                    file.seek(part.starts[begin])
                    data = file.read(part.starts[end] - part.starts[begin])
                for place, body in enumerate(data.split(b"\n")[: end - begin]):
                    yield Line(before + begin + place + 1, body)
            before += part.lines

    def _know_kinds(self, wanted: Filter | None) -> None:
        """Read what lines are about, for a filter that asks for it; others get their lines in between."""
        while True:
            with self._lock:
                self._look()
                first, count = len(self._kinds), self._count()
                if first >= count or wanted == Filter():
                    return
                self._read_kinds(first, min(count, first + _LINES_AT_ONCE))

    def _read_kinds(self, first: int, beyond: int) -> None:
        kinds, symbols, known, named = self._kinds, self._symbols, self._kind_names, self._symbol_names
        for _, body in self._read(first, beyond):
            kind, symbol = about_of(body)
            kinds.append(known.setdefault(kind, len(known)))
            symbols.append(named.setdefault(symbol, len(named)))

    def _matching(self, wanted: Filter) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if wanted == Filter():
            return np.arange(self._count())
        count = len(self._kinds)
        before = self._found.pop(wanted, _Found(0, np.empty(0, np.int64)))
        if before.looked < count:
            later = self._look_through(wanted, before.looked, count)
            before = _Found(count, np.concatenate((before.lines, later)))
        self._found[wanted] = before
        while len(self._found) > _MOST_FOUND:
            self._found.popitem(last=False)
        return before.lines

    def _look_through(self, wanted: Filter, first: int, beyond: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        is_wanted = np.ones(beyond - first, bool)
        for name, names, of_lines in (
            (wanted.type, self._kind_names, self._kinds),
            (wanted.symbol, self._symbol_names, self._symbols),
        ):
            if name:
                is_wanted &= np.frombuffer(of_lines, np.uint16)[first:beyond] == names.get(name, len(names))
        found = np.flatnonzero(is_wanted).astype(np.int64) + first
        return self._with_text(wanted.text, found) if wanted.text else found

    def _with_text(
        self, text: str, lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        needle, before, found = Needle(text), 0, []
        for part in self._parts:
            own = lines[np.searchsorted(lines, before) : np.searchsorted(lines, before + part.lines)] - before
            if len(own):
                starts = np.frombuffer(part.starts, np.uint64).astype(np.int64)
                found.append(needle.found_in(part.path, starts, own) + before)
            before += part.lines
        return np.concatenate(found) if found else lines[:0]


def _lengthened(part: _Part) -> bool:
    """Note where new lines begin; False when the file is another one, shorter than what was read of it."""
    offset = part.starts[-1]
    try:
        with part.path.open("rb") as file:
            if file.seek(0, 2) < offset:
                return False
            file.seek(offset)
            while block := file.read(_BLOCK):
                ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")).astype(np.uint64) + np.uint64(
                    offset + 1
                )
                part.starts.frombytes(ends.tobytes())
                offset += len(block)
    except FileNotFoundError:
        return offset == 0
    return True
