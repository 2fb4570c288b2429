"""Whether a log is as it was written: no part or line is missing, none was changed, and its end is not cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import orjson

from p2p_pipeline.paper.log.lines import START, hash_of
from p2p_pipeline.paper.log.scanning import DamagedLog, EmptyLog, TornLog, each_line, log_of, parse_line
from p2p_pipeline.paper.log.writing import LogEnd, head_path
from p2p_pipeline.paper.words import SessionState


class Verified(NamedTuple):
    """A log that is as it was written."""

    lines: int
    is_finished: bool
    """Whether the session has stopped; else it is running, or was ended from outside."""
    sha256: str
    """Of its last line: what the next one chains to."""


class Looked(NamedTuple):
    """What a log has, up to where it breaks off if it does."""

    end: LogEnd
    is_finished: bool
    torn: TornLog | None
    is_vouched_for: bool
    """Whether the file beside the log says that it had these lines."""


def verify_log(path: Path) -> Verified:
    """Look at every byte of a log, given its newest part, another one, or its folder.

    Raises DamagedLog for the first thing that is wrong.
    """
    log = log_of(path)
    size = _size(log)
    try:
        return _verified(log)
    except DamagedLog:
        if _size(log) == size:
            raise
        # a session that runs has just written, and a line may have been there by half
        return _verified(log)


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return -1


def _verified(log: Path) -> Verified:
    found = look_at(log)
    if found.torn is not None:
        raise found.torn
    if not found.end.lines:
        raise EmptyLog("{path} is empty; a log begins with session_started", path=log)
    if not found.is_vouched_for and not found.is_finished:
        raise DamagedLog(
            "{path} ends at line {number} without the session's stop, and no {head} beside it says that more was never "
            "written: its last line may be changed, and lines after it missing",
            path=log,
            number=found.end.lines,
            head=head_path(log).name,
        )
    return Verified(found.end.lines, found.is_finished, found.end.sha256)


def look_at(log: Path) -> Looked:
    """Every line of a log, over its parts. Raises DamagedLog for everything but a torn end."""
    # before the lines: a session that runs may make more of them durable meanwhile
    head = _head(log)
    count, previous, before_last, full_parts, in_newest = 0, START, START, 0, 0
    last: dict[str, Any] = {}
    before: dict[str, Any] = {}
    torn: TornLog | None = None
    try:
        for path, part, line in each_line(log):
            before, last = last, parse_line(line, path, count + 1)
            if last["n"] != count + 1 or last["prev"] != previous:
                raise DamagedLog(
                    "{path} line {number}: it does not follow the line before, so one of both was changed or lines are "
                    "missing between them; what is before them is good",
                    path=path,
                    number=count + 1,
                )
            if path == log:
                in_newest += len(line) + 1
            else:
                full_parts = part
            count, before_last, previous = count + 1, previous, hash_of(line)
            if head is not None and count == head[0] and previous != head[1]:
                raise _other_than(log, count, count)
    except TornLog as error:
        torn = error
    if head is not None and not 1 <= head[0] <= count:
        raise _other_than(log, count, head[0])
    is_finished = last == _stop_after(before, count, before_last)
    return Looked(LogEnd(count, previous, full_parts + 1, in_newest), is_finished, torn, head is not None)


def _stop_after(before: dict[str, Any], number: int, previous: str) -> dict[str, Any] | None:
    """The only line that a finished log can end with: no line after it would show a changed byte in it."""
    if before.get("type") != "summary":
        return None
    return {
        "n": number, "at": before["at"], "type": "session_state", "prev": previous,
        "state": SessionState.STOPPED.value, "reason": "stop",
    }  # fmt: skip


def _head(log: Path) -> tuple[int, str] | None:
    """Which line the file beside the log says was the last durable one, and its hash; None without that file."""
    head = head_path(log)
    try:
        said = orjson.loads(head.read_bytes())
        number, sha256 = int(said["n"]), str(said["sha256"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise DamagedLog(
            "{head} can't be read, so nothing says where {path} ended; look whether the disk is sound, then delete it",
            head=head,
            path=log.name,
        ) from None
    return number, sha256


def _other_than(log: Path, lines: int, number: int) -> DamagedLog:
    return DamagedLog(
        "{path} has {lines} lines, and {head} says that line {number} was another or is missing: the end was changed "
        "or cut off",
        path=log,
        lines=lines,
        head=head_path(log).name,
        number=number,
    )
