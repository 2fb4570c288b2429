"""Shared recordings: `.jsonl` or `.jsonl.gz`, one frame a line, in the order in which they were received."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.lines import LineError, from_line
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import ClearError

BrokenLine = Callable[[Path, int, str], None]
"""Told a file, a line's number and why it is left out; number 0 is the file as a whole."""


_HELD_LINES = 100_000


class RecordingError(ClearError):
    """A file that is no recording of an exchange."""


def _nobody(path: Path, line: int, reason: str) -> None:
    """Nobody wants to know."""


class _Held:
    """Tells of broken lines from the first frame on: a file without any is refused in one sentence."""

    def __init__(self, broken: BrokenLine) -> None:
        self._broken, self.is_held = broken, True
        self._held = list[tuple[Path, int, str]]()

    def broken(self, path: Path, line: int, reason: str) -> None:
        self._held.append((path, line, reason))
        if not self.is_held or len(self._held) > _HELD_LINES:
            self.let_go()

    def let_go(self) -> None:
        self.is_held = False
        for one in self._held:
            self._broken(*one)
        self._held.clear()


def _known(frame: Frame) -> Frame:
    if frame.exchange not in NAMES:
        raise LineError(f"venue was {frame.exchange!r}; known are {', '.join(NAMES)}")
    return frame


def read_recording(path: Path, broken: BrokenLine = _nobody) -> Iterator[Frame]:
    """The frames of a recording. A line that is none is told and left out.

    Without any frame RecordingError is raised instead.
    """
    found, first_reason = 0, ""
    tell = _Held(broken)
    try:
        opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        why = error.strerror or str(error)
        raise RecordingError("{path} can't be read: {why}", path=path, why=why) from None
    with opened as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    frame = _known(from_line(line))
                except LineError as error:
                    first_reason = first_reason or f"line {number}: {error}"
                    tell.broken(path, number, str(error))
                    continue
                found += 1
                if tell.is_held:
                    tell.let_go()
                yield frame
        except (OSError, EOFError, zlib.error) as error:
            first_reason = first_reason or f"after line {number}: {error}"
            tell.broken(path, number + 1, f"the file breaks off: {error}")
    if not found:
        raise RecordingError(
            "{path} is no recording of an exchange ({reason}): each line must be one frame with received_at_ns, venue, "
            "connection, direction, kind, url, encoding and body, as .jsonl or .jsonl.gz",
            path=path,
            reason=first_reason or "it is empty",
        )
