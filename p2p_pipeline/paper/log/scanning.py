"""The lines of a log over its parts, from the first to the last; what is no line of it, or breaks off, is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.log.parts import full_parts, part_number, part_path
from p2p_pipeline.paper.log.writing import LOG_NAME

_ALWAYS = {"n": int, "at": int, "type": str, "prev": str}
_LAST_MS = 253_402_300_799_999
"""The end of the year 9999: no calendar goes further."""


class DamagedLog(ClearError):
    """A log that is not as it was written; says where, and what is good up to there."""


class TornLog(DamagedLog):
    """A log whose last line was being written when its process ended."""


class EmptyLog(DamagedLog):
    """A log without a line."""


def each_line(log: Path) -> Iterator[tuple[Path, int, bytes]]:
    """Each line without its newline, with the part's path and number.

    Raises DamagedLog for a part that is missing, can't be read or breaks off, TornLog for the newest that does.
    """
    try:
        names = [entry.name for entry in log.parent.iterdir()]
    except OSError as error:
        raise _unreadable(log, error) from None
    numbers, count = full_parts(log, names), 0
    for expected, number in enumerate(numbers, 1):
        if number != expected:
            raise DamagedLog(
                "{part} is missing, a part of the log that the others go on from; look for it in a backup",
                part=part_path(log, expected),
            )
    parts = [(part_path(log, number), number) for number in numbers]
    if log.name in names or not parts:
        # it is missing only where a crash came between a full part and the first line after it
        parts.append((log, len(numbers) + 1))
    for path, number in parts:
        try:
            with path.open("rb") as file:
                for line in file:
                    count += 1
                    if not line.endswith(b"\n"):
                        raise (TornLog if path == log else DamagedLog)(
                            "{path} breaks off within line {number}, as a crash leaves it; the {whole} whole lines "
                            "before it are good",
                            path=path,
                            number=count,
                            whole=count - 1,
                        )
                    yield path, number, line[:-1]
        except OSError as error:
            raise _unreadable(path, error) from None


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


def _unreadable(path: Path, error: OSError) -> DamagedLog:
    return DamagedLog("{path} can't be read: {why}", path=path, why=error.strerror or str(error))


def log_of(path: Path) -> Path:
    """The log that is meant by its newest part, by another part, or by its session's folder."""
    if path.is_dir():
        return path / LOG_NAME
    before = path.stem.rpartition(".")[0]
    if not before:
        return path
    log = path.with_name(f"{before}{path.suffix}")
    return log if part_number(log, path.name) is not None else path


def sha256_of(log: Path) -> str:
    """Of a log's bytes, over all its parts."""
    whole = hashlib.sha256()
    for number in full_parts(log, [entry.name for entry in log.parent.iterdir()]):
        whole.update(part_path(log, number).read_bytes())
    whole.update(log.read_bytes())
    return whole.hexdigest()
