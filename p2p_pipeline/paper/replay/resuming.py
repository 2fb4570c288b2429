"""What a driven session says of a recording, over every crash that it went on after. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from p2p_pipeline.exchanges.frames.frame import Passage
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived
from p2p_pipeline.paper.machine.recovering import Line, recovered
from p2p_pipeline.paper.notes import Resumed, note_of
from p2p_pipeline.paper.words import Said


class UnexplainedLines(ClearError):
    """A recording whose frames say less than the log had when the session went on after a crash."""


def said_by(driver: Driver, arrived: Iterable[Arrived]) -> Iterator[Said]:
    """Everything from the session's start to its stop. At a note of a resume it does as the live session did.

    What was said up to the line that the note names stays, what came after it was lost in the crash.
    """
    taken = arrived if isinstance(arrived, list) else list(arrived)
    kept = _Kept([note.line for one in taken if (note := _resumed(one)) is not None])
    at = 0
    for one in taken:
        at = one.at
        note = _resumed(one)
        if note is None:
            yield from kept.of(driver.take(one))
            continue
        yield from kept.of(driver.until(at))
        session = recovered(kept.lines(note), driver.session.name, driver.session.settings)
        yield from kept.of(driver.go_on(session, at, is_new=not note.line))
    yield from driver.stop(at)


class _Kept:
    """The lines that a later resume goes on from."""

    def __init__(self, resumes: list[int]) -> None:
        self._resumes = resumes
        self._lines: list[Line] = []

    def of(self, said: list[Said]) -> list[Said]:
        """What of it stays: after the last resume everything."""
        if not self._resumes:
            return said
        stays = said[: self._resumes[0] - len(self._lines)]
        self._lines += map(_line_of, stays)
        return stays

    def lines(self, note: Resumed) -> list[Line]:
        """All of them, as a resume found them."""
        if len(self._lines) < note.line:
            raise UnexplainedLines(
                "the session went on after a crash from line {line} of its log, and its frames until then give {found} "
                "lines only: frames are missing in the recording",
                line=note.line,
                found=len(self._lines),
            )
        self._resumes.pop(0)
        return self._lines


def _resumed(arrived: Arrived) -> Resumed | None:
    if arrived.frame.passage is not Passage.NOTE:
        return None
    note = note_of(arrived.frame)
    return note if isinstance(note, Resumed) else None


def _line_of(said: Said) -> Line:
    """As a log has it, without its place in a chain."""
    line: Line = orjson.loads(canonical({**said.fields, "at": said.at, "type": said.type}))
    return line
