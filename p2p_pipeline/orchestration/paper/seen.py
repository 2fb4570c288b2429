"""What a look at data/paper shows, cheaply: sizes, and the ends of logs. Loaded by a sensor each half minute."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.paper.newness import Seen
from p2p_pipeline.paper.sessions.finding import session_names
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.words import SessionState

_END_BYTES = 512
"""More than the line that a stopped session's log ends with."""


def seen_sessions(paths: DataPaths) -> Iterator[Seen]:
    """Every session that has a log, by name."""
    for session in session_names(paths.paper):
        folder = SessionFolder(paths, session)
        # one that is deleted meanwhile is none
        with suppress(FileNotFoundError):
            size = sum(path.stat().st_size for path in folder.root.glob("events*.jsonl"))
            yield Seen(session, size, is_stopped=_is_stopped(folder))


def _is_stopped(folder: SessionFolder) -> bool:
    with folder.log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _END_BYTES))
        end = file.read()
    last = end.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    return end.endswith(b"\n") and f'"state":"{SessionState.STOPPED}"'.encode() in last
