"""A log for a person: a line an event, its time, its type, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2p_pipeline.paper.log.scanning import EmptyLog, each_line, log_of, parse_line

_LEADING = ("symbol", "side", "order", "state", "what", "reason")
_NOT_TOLD = {"n", "at", "type", "prev"}


def shown_log(path: Path) -> Iterator[str]:
    """Each line as a person reads it, over all parts; a damaged one ends it with DamagedLog, after what is good."""
    log, number = log_of(path), 0
    for number, (part, _, line) in enumerate(each_line(log), 1):
        yield told(parse_line(line, part, number))
    if not number:
        raise EmptyLog("{path} is empty; a log begins with session_started", path=log)


def told(value: Mapping[str, Any]) -> str:
    """One event."""
    at = datetime.fromtimestamp(int(value["at"]) / 1000, UTC)
    leading = [f"{value[name]}" for name in _LEADING if name in value]
    rest = [f"{name}={_shown(value[name])}" for name in sorted(value) if name not in _NOT_TOLD and name not in _LEADING]
    return f"{value['n']:>7}  {at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}  {value['type']:<17} " + " ".join(
        [*leading, *rest]
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} {_shown(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    return "none" if value is None else str(value)
