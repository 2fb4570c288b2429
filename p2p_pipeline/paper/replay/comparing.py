"""Whether a replay's log is the log of the session that was live."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from p2p_pipeline.paper.log.reading import LogReader


class Compared(NamedTuple):
    """Two logs side by side."""

    session_lines: int
    """Whole lines of the live session's log."""
    differs_at: int | None
    """The first line that is another; None where the replay says every line of the session again."""
    goes_on: bool
    """Whether the replay says more: the session's process ended unasked, and what it would have said next was lost."""

    @property
    def is_same(self) -> bool:
        """Whether everything that the session's log has came out again."""
        return self.differs_at is None

    def told(self) -> str:
        """For a person."""
        if self.differs_at is not None:
            return f"differs from the session's log from line {self.differs_at} on"
        if self.goes_on:
            return (
                f"the same up to line {self.session_lines}, where the session's log breaks off: its process ended "
                "unasked, or still runs"
            )
        return "same as the session's log, byte for byte"


def compared(session: Path, replayed: Path) -> Compared:
    """Compare the logs of two folders."""
    pairs = zip_longest(LogReader(session).lines_from(1), LogReader(replayed).lines_from(1))
    number, differs_at, goes_on = 0, None, False
    for number, (live, again) in enumerate(pairs, 1):
        if live is None:
            number, goes_on = number - 1, True  # noqa: PLW2901 - the line before was the last one
            break
        if live != again:
            differs_at = number
            break
    lines = number if differs_at is None else LogReader(session).last_number()
    return Compared(lines, differs_at, goes_on)
