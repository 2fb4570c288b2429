"""What a driven session says of a recording, over every crash that it went on after. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived
from p2p_pipeline.paper.machine.recovering import Line, Recovering
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.notes import Resumed, note_of
from p2p_pipeline.paper.words import Said


class UnexplainedLines(ClearError):
    """A recording whose frames say less than the log had when the session went on after a crash."""


def resumes_of(frames: Iterable[Frame]) -> list[int]:
    """The lines that a recording's session went on from after crashes."""
    return [note.line for frame in frames if (note := _resumed(frame)) is not None]


def said_by(driver: Driver, arrived: Iterable[Arrived], resumes: Sequence[int]) -> Iterator[Said]:
    """Everything from the session's start to its stop. At a note of a resume it does as the live session did.

    What was said up to the line that the note names stays, what came after it was lost in the crash. `resumes` are the
    lines of all such notes that will arrive; neither what arrives nor what was said is kept.
    """
    kept = _Kept(resumes, Recovering(driver.session.name, driver.session.settings))
    at = 0
    for one in arrived:
        at = one.at
        note = _resumed(one.frame)
        if note is None:
            yield from kept.of(driver.take(one))
            continue
        yield from kept.of(driver.until(at))
        yield from kept.of(driver.go_on(kept.session(note), at, is_new=not note.line))
    yield from driver.stop(at)


class _Kept:
    """What of a session's lines stays, and what the next resume goes on from."""

    def __init__(self, resumes: Sequence[int], recovering: Recovering) -> None:
        self._resumes = list(resumes)
        self._recovering = recovering
        self._lines = 0

    def of(self, said: list[Said]) -> list[Said]:
        """What of it stays: after the last resume everything."""
        if not self._resumes:
            return said
        stays = said[: max(self._resumes[0] - self._lines, 0)]
        self._lines += len(stays)
        for one in stays:
            self._recovering.take(_line_of(one))
        return stays

    def session(self, note: Resumed) -> Session:
        """As a resume found it."""
        if self._lines < note.line:
            raise UnexplainedLines(
                "the session went on after a crash from line {line} of its log, and its frames until then give {found} "
                "lines only: frames are missing in the recording",
                line=note.line,
                found=self._lines,
            )
        self._resumes.pop(0)
        return self._recovering.session()


def _resumed(frame: Frame) -> Resumed | None:
    note = note_of(frame)
    return note if isinstance(note, Resumed) else None


def _line_of(said: Said) -> Line:
    """As a log has it, without its place in a chain."""
    line: Line = orjson.loads(canonical({**said.fields, "at": said.at, "type": said.type}))
    return line
