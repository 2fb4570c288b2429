"""A log that somebody may be writing just now, read from any line on and continued as it grows.

Lines only: whether they are as they were written is verifying.py's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from p2p_pipeline.paper.log.parts import part_path
from p2p_pipeline.paper.log.writing import LOG_NAME

_BLOCK = 1 << 18


class _Place(NamedTuple):
    """Where a line begins, or will."""

    part: int
    """Counted from 1; the newest one is the last."""
    offset: int
    line: int


_BEGINNING = _Place(1, 0, 1)


class LogReader:
    """Reads a session's log over all its parts. Whoever follows it pays for new lines only.

    A last line without its end is not given until it is whole. No file stays open after a pass.
    """

    def __init__(self, folder: Path) -> None:
        self._log = folder / LOG_NAME
        self._next = _BEGINNING

    def lines_from(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Each whole line from a number (from 1) on, with its number and without its newline, to the end as it is now.

        None where the log has no such line yet.
        """
        number = max(number, 1)
        place = self._next if self._next.line == number else self._find(number)
        for found in self._from(place):
            if found[0] >= number:
                yield found

    def last_number(self) -> int:
        """How many whole lines there are; found from the end."""
        place = self._find(None)
        last = place.line - 1
        for last, _ in self._from(place):  # noqa: B007 - the last one is wanted
            pass
        return last

    def _from(self, place: _Place) -> Iterator[tuple[int, bytes]]:
        part, line, is_full = place.part, place.line, True
        offset = place.offset
        while is_full:
            opened = self._open(part)
            if opened is None:
                return
            file, is_full = opened
            with file:
                for at, found in _whole_lines(file, offset):
                    line += 1
                    self._next = _Place(part, at, line)
                    yield line - 1, found
            part, offset = part + 1, 0

    def _find(self, number: int | None) -> _Place:
        """A line's beginning not far before a line, or not far before the end."""
        place = _BEGINNING
        while True:
            opened = self._open(place.part + 1)
            if opened is None:
                break
            with opened[0] as file:
                first = _number_of(next((line for _, line in _whole_lines(file, 0)), None))
            if not self._is_full(place.part) or first is None or (number is not None and first > number):
                break
            place = _Place(place.part + 1, 0, first)
        opened = self._open(place.part)
        if opened is None:
            return place
        with opened[0] as file:
            return _halved(file, place, number)

    def _open(self, part: int) -> tuple[BinaryIO, bool] | None:
        """A part's file, and whether it is full; the newest is opened before it is asked whether it just became so."""
        try:
            newest = self._log.open("rb") if part == 1 or self._is_full(part - 1) else None
        except FileNotFoundError:
            newest = None
        try:
            full = part_path(self._log, part).open("rb")
        except FileNotFoundError:
            return None if newest is None else (newest, False)
        if newest is not None:
            newest.close()
        return full, True

    def _is_full(self, part: int) -> bool:
        return part_path(self._log, part).exists()


def _whole_lines(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    """Each whole line from an offset on, with the offset of the next one."""
    file.seek(offset)
    rest = b""
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            offset += len(line) + 1
            yield offset, line


def _halved(file: BinaryIO, place: _Place, number: int | None) -> _Place:
    """Within a part: the beginning of a line at most some blocks before the one that is looked for."""
    beyond = file.seek(0, 2)
    while beyond - place.offset > 4 * _BLOCK:
        middle = (place.offset + beyond) // 2
        lines = _whole_lines(file, middle)
        begin, _ = next(lines, (beyond, b""))
        found = _number_of(next(lines, (0, None))[1])
        if found is None or (number is not None and found > number):
            beyond = middle
        else:
            place = place._replace(offset=begin, line=found)
    return place


def _number_of(line: bytes | None) -> int | None:
    """What a line says it is; None for what is no line of a log."""
    try:
        value = orjson.loads(line or b"")
    except orjson.JSONDecodeError:
        return None
    number = value.get("n") if isinstance(value, dict) else None
    return number if type(number) is int else None
