"""Which sessions there are in data/paper, by their folders alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.sessions.folder import SessionFolder


def session_names(paper: Path) -> Iterator[str]:
    """The sessions that have a log, by name; replays of live sessions' own folders are elsewhere and none of them."""
    if not paper.is_dir():
        return
    for folder in sorted(paper.iterdir()):
        if date_of(folder.name) is not None and (folder / LOG_NAME).is_file():
            yield folder.name


def date_of(session: str) -> date | None:
    """The UTC day on which a session of this name began; None for a name that is none."""
    try:
        return date.fromisoformat(f"{session[:4]}-{session[4:6]}-{session[6:8]}")
    except ValueError:
        return None


def is_live(folder: SessionFolder) -> bool:
    """Whether a session was live: it then has its own frames."""
    return folder.about.exists() or folder.frames.is_dir()
