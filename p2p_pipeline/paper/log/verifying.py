"""Whether a log is as it was written: every line whole and canonical, numbered, chained, and its end not cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.lines import START, canonical, hash_of
from p2p_pipeline.paper.log.writing import head_path
from p2p_pipeline.paper.words import SessionState

_ALWAYS = {"n": int, "at": int, "type": str, "prev": str}
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999: no calendar goes further."""


class DamagedLog(ClearError):
    """A log that is not as it was written; says where, and what is good up to there."""


class Verified(NamedTuple):
    """A log that is as it was written."""

    lines: int
    is_finished: bool
    """Whether the session has stopped; else it is running, or was ended from outside."""
    sha256: str
    """Of its last line: what the next one chains to."""


def verify_log(path: Path) -> Verified:
    """Look at every byte of a log. Raises DamagedLog for the first thing that is wrong."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedLog("{path} can't be read: {why}", path=path, why=error.strerror or str(error)) from None
    hashes: list[str] = []
    last: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for line in whole_lines(data, path):
        before, last = last, parse_line(line, path, len(hashes) + 1)
        if last["n"] != len(hashes) + 1 or last["prev"] != (hashes[-1] if hashes else START):
            raise DamagedLog(
                "{path} line {number}: it does not follow the line before, so one of both was changed or lines are "
                "missing between them; what is before them is good",
                path=path,
                number=len(hashes) + 1,
            )
        hashes.append(hash_of(line))
    if not hashes:
        raise DamagedLog("{path} is empty; a log begins with session_started", path=path)
    is_finished = last == _stop_after(before, hashes)
    if not _is_vouched_for(path, hashes) and not is_finished:
        raise DamagedLog(
            "{path} ends at line {number} without the session's stop, and no {head} beside it says that more was never "
            "written: its last line may be changed, and lines after it missing",
            path=path,
            number=len(hashes),
            head=head_path(path).name,
        )
    return Verified(len(hashes), is_finished, hashes[-1])


def whole_lines(data: bytes, path: Path) -> Iterator[bytes]:
    """The lines without their newlines; the last one must have one too."""
    lines = data.split(b"\n")
    rest = lines.pop()
    yield from lines
    if rest:
        raise DamagedLog(
            "{path} breaks off within line {number}, as a crash leaves it; the {whole} whole lines before it are good",
            path=path,
            number=len(lines) + 1,
            whole=len(lines),
        )


def parse_line(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """One line's object; only its canonical bytes are taken."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
    is_line = (
        isinstance(value, dict)
        and all(type(value.get(name)) is kind for name, kind in _ALWAYS.items())
        and 0 <= value["at"] <= _LAST_MS
        and canonical(value) == line
    )
    if not is_line:
        raise DamagedLog("{path} line {number}: it is no line as the log has them", path=path, number=number)
    return dict(value)


def _stop_after(before: dict[str, Any], hashes: list[str]) -> dict[str, Any] | None:
    """The only line that a finished log can end with: no line after it would show a changed byte in it."""
    if before.get("type") != "summary":
        return None
    return {
        "n": len(hashes), "at": before["at"], "type": "session_state", "prev": hashes[-2],
        "state": SessionState.STOPPED.value, "reason": "stop",
    }  # fmt: skip


def _is_vouched_for(path: Path, hashes: list[str]) -> bool:
    """Whether the file beside the log says that it had these lines; raises DamagedLog when it had others."""
    head = head_path(path)
    try:
        said = orjson.loads(head.read_bytes())
        number, sha256 = int(said["n"]), str(said["sha256"])
    except FileNotFoundError:
        return False
    except (OSError, ValueError, TypeError, KeyError):
        raise DamagedLog(
            "{head} can't be read, so nothing says where {path} ended; look whether the disk is sound, then delete it",
            head=head,
            path=path.name,
        ) from None
    if not 1 <= number <= len(hashes) or hashes[number - 1] != sha256:
        raise DamagedLog(
            "{path} has {lines} lines, and {head} says that line {number} was another or is missing: the end was "
            "changed or cut off",
            path=path,
            lines=len(hashes),
            head=head.name,
            number=number,
        )
    return True
