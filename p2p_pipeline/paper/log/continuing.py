"""A log that a crash has ended, written on: its whole lines stay, what was half written is put aside."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.kernel.torn_tail import keep_aside
from p2p_pipeline.paper.log.parts import PART_BYTES, part_number
from p2p_pipeline.paper.log.scanning import DamagedLog
from p2p_pipeline.paper.log.verifying import look_at
from p2p_pipeline.paper.log.writing import LogWriter

TORN = "_torn"
"""The folder beside a log for what crashes left half written."""


class FinishedLog(DamagedLog):
    """A log that ends with the session's stop: nothing follows it."""


class Continued(NamedTuple):
    """A log that can be written on."""

    writer: LogWriter
    lines: int
    """That it has."""
    torn: Path | None
    """Where the half-written line is kept, if there was one."""


def continued(log: Path, files: FileSystem | None = None, *, part_bytes: int = PART_BYTES) -> Continued:
    """Go on after the last whole line. Raises FinishedLog, and DamagedLog for what no crash can have left."""
    disk = RealFileSystem() if files is None else files
    if not any(name == log.name or part_number(log, name) for name in disk.entries(log.parent)):
        return Continued(LogWriter(log, disk, part_bytes=part_bytes), 0, None)
    found = look_at(log)
    if found.is_finished:
        raise FinishedLog(
            "{log} ends with the session's stop at line {lines}: nothing is open in it, and nothing follows",
            log=log,
            lines=found.end.lines,
        )
    torn = None
    if found.torn is not None:
        torn, _ = keep_aside(disk, log, found.end.bytes_in_part, str(found.torn), log.parent / TORN)
    return Continued(LogWriter(log, disk, part_bytes=part_bytes, end=found.end), found.end.lines, torn)
