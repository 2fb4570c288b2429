"""The files that a log is made of: full parts by number, and the newest one under the log's own name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

PART_BYTES = 256 << 20
"""A part that has grown beyond it is full; the next line begins a new one."""
_NUMBER = re.compile(r"[0-9]{6,}").fullmatch


def part_path(log: Path, number: int) -> Path:
    """Where a full part lies: `events.000001.jsonl` of `events.jsonl`."""
    return log.with_name(f"{log.stem}.{number:06d}{log.suffix}")


def part_number(log: Path, name: str) -> int | None:
    """Which full part of a log a file is; None for another file."""
    before, after = f"{log.stem}.", log.suffix
    if not name.startswith(before) or not name.endswith(after):
        return None
    number = name[len(before) : len(name) - len(after)]
    return int(number) if _NUMBER(number) and name == part_path(log, int(number)).name else None


def full_parts(log: Path, names: Iterable[str]) -> list[int]:
    """The numbers of a log's full parts among a folder's names, in their order."""
    return sorted(number for name in names if (number := part_number(log, name)) is not None)
