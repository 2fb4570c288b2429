"""Where a session's process begins: at its first moment, or after a crash where the log's whole lines end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from p2p_pipeline.exchanges.frames.newest import newest_received_ns
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.filesystem import FileSystem
from p2p_pipeline.paper.log.continuing import FinishedLog, continued
from p2p_pipeline.paper.log.lines import canonical
from p2p_pipeline.paper.log.parts import PART_BYTES
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.machine.recovering import Line, recovered
from p2p_pipeline.paper.machine.state import Session, texts_of
from p2p_pipeline.paper.notes import Began, Note, Resumed
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SessionState

CLOSING_SECONDS = 10
"""So long after a crash prices for open positions are waited for, where the session only has to stop."""


class OtherSettings(ClearError):
    """A session's configuration is not the one that it started with: its log would say one thing and do another."""


class Beginning(NamedTuple):
    """What a process begins with."""

    session: Session
    lines: int
    """Of the log."""
    log: LogWriter | None
    """None when the log has ended: the session has stopped."""
    note: Note
    not_before_ns: int
    """Every frame and line from before is older: a clock that was set back must not go behind them."""

    def stops_at(self, told: int | None, now: int) -> int | None:
        """When it stops by itself: not before prices for what the crash has left open can have come."""
        was_stopping = self.session.state is SessionState.STOPPING
        if isinstance(self.note, Began) or not (was_stopping or (told is not None and told <= now)):
            return told
        return now + CLOSING_SECONDS * 1000 if self.session.engaged else now


def beginning_of(
    folder: SessionFolder,
    settings: PaperSettings,
    started_at: int,
    files: FileSystem | None = None,
    *,
    part_bytes: int = PART_BYTES,
) -> Beginning:
    """Look at what there is, and put aside what a crash has left half written in the log.

    Raises OtherSettings, and DamagedLog for a log that no crash can have left.
    """
    try:
        writer: LogWriter | None = continued(folder.log, files, part_bytes=part_bytes).writer
    except FinishedLog:
        writer = None
    lines = list(lines_of(folder))
    refuse_other_settings(folder, settings, next(iter(lines), None))
    session = recovered(lines, folder.session, settings)
    newest = newest_received_ns(folder.frames)
    if newest is None and not lines:
        return Beginning(session, 0, writer, Began(folder.session), started_at * 1_000_000)
    last_ms = max([(newest or 0) // 1_000_000, *(line["at"] for line in lines[-1:])])
    return Beginning(session, len(lines), writer, Resumed(len(lines)), (last_ms + 1) * 1_000_000)


def lines_of(folder: SessionFolder) -> Iterator[Line]:
    """The whole lines of a session's log."""
    for _, line in LogReader(folder.root).lines_from(1):
        yield orjson.loads(line)


def refuse_other_settings(folder: SessionFolder, settings: PaperSettings, first: Line | None) -> None:
    """Raises OtherSettings where the log's first line has another configuration; without one nothing was said yet."""
    if first is None or first.get("type") != "session_started":
        return
    before = _flat(first["config"])
    now = _flat(orjson.loads(canonical(texts_of(settings.model_dump()))))
    changed = [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]
    if changed:
        raise OtherSettings(
            "{file} was changed since the session started: {changes}; write there what it was, or start another one "
            "(`p2p paper start --config`)",
            file=folder.config,
            changes=", ".join(f"{name} was {_told(before.get(name))}, is {_told(now.get(name))}" for name in changed),
        )


def _flat(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return found


def _told(value: Any) -> str:
    return "not set" if value is None else f"{value}"
