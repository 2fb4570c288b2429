"""Whether a replay's log is the log of the session that was live."""

from __future__ import annotations

from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import orjson

from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.words import SessionState


class Compared(NamedTuple):
    """Two logs side by side."""

    session_lines: int
    """Whole lines of the live session's log."""
    differs_at: int | None
    """The first line that is another; None where the replay says every line of the session again."""
    goes_on: bool
    """Whether the replay says more: the session's process ended unasked, and what it would have said next was lost."""
    is_running: bool = False
    """Whether the session went on meanwhile: held against what it had said when its frames began to be read."""

    @property
    def is_same(self) -> bool:
        """Whether everything that the session's log has came out again."""
        return self.differs_at is None

    def told(self) -> str:
        """For a person."""
        if self.differs_at is not None:
            return f"differs from the session's log from line {self.differs_at} on"
        if self.is_running:
            return (
                f"the same up to line {self.session_lines}: the session still runs, and what it said since, and the "
                "replay's own stop, are left out"
            )
        if self.goes_on:
            return (
                f"the same up to line {self.session_lines}, where the session's log breaks off: its process ended "
                "unasked, or still runs"
            )
        return "same as the session's log, byte for byte"


def compared(session: Path, replayed: Path, lines: int | None = None) -> Compared:
    """Compare the logs of two folders; of a session that runs the lines that it had before its frames were read."""
    is_running = lines is not None
    pairs = zip_longest(islice(LogReader(session).lines_from(1), lines), LogReader(replayed).lines_from(1))
    number, differs_at, goes_on = 0, None, False
    for number, (live, again) in enumerate(pairs, 1):
        if live is None or (is_running and again is not None and _is_own_stop(live[1], again[1])):
            number, goes_on = number - 1, True  # noqa: PLW2901 - the line before was the last one
            break
        if live != again:
            differs_at = number
            break
    if differs_at is not None:
        number = LogReader(session).last_number() if lines is None else lines
    return Compared(number, differs_at, goes_on, is_running)


def _is_own_stop(live: bytes, again: bytes) -> bool:
    """Whether a replay stops, for want of frames, where the session went on without one."""
    if live == again:
        return False
    said, stop = orjson.loads(live), orjson.loads(again)
    return stop.get("state") == SessionState.STOPPING and bool(said["at"] >= stop["at"])
