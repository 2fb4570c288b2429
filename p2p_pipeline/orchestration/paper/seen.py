"""What a look at data/paper shows, cheaply: sizes, and the ends of logs. Loaded by a sensor each half minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.paper.newness import Seen
from p2p_pipeline.paper.sessions.finding import has_stopped, session_names
from p2p_pipeline.paper.sessions.folder import SessionFolder


def seen_sessions(paths: DataPaths) -> Iterator[Seen]:
    """Every session that has a log, by name."""
    for session in session_names(paths.paper):
        folder = SessionFolder(paths, session)
        # one that is deleted meanwhile is none
        with suppress(FileNotFoundError):
            size = sum(path.stat().st_size for path in folder.root.glob("events*.jsonl"))
            yield Seen(session, size, is_stopped=has_stopped(folder))
