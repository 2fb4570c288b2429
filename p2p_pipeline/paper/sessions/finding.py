"""Which sessions there are in data/paper, by their folders and the ends of their logs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.status import NoSuchSession
from p2p_pipeline.paper.words import SessionState

_END_BYTES = 512
"""More than the line that a stopped session's log ends with."""


def session_names(paper: Path) -> Iterator[str]:
    """The sessions that have a log, by name; replays of live sessions' own folders are elsewhere and none of them."""
    if not paper.is_dir():
        return
    for folder in sorted(paper.iterdir()):
        if date_of(folder.name) is not None and (folder / LOG_NAME).is_file():
            yield folder.name


def path_of(paths: DataPaths, given: Path) -> Path:
    """What is meant by a path or by a session's name; a path that is there comes first. Raises NoSuchSession."""
    if given.exists():
        return given
    # looked up among those that there are: a name from outside never becomes a path
    names = [entry.name for entry in paths.paper.iterdir()] if paths.paper.is_dir() else []
    if f"{given}" in names:
        return paths.paper / given
    raise NoSuchSession(
        "there is no file or folder {given}, and no session of this name; `p2p paper list` shows the sessions",
        given=given,
    )


def date_of(session: str) -> date | None:
    """The UTC day on which a session of this name began; None for a name that is none."""
    try:
        return date.fromisoformat(f"{session[:4]}-{session[4:6]}-{session[6:8]}")
    except ValueError:
        return None


def is_live(folder: SessionFolder) -> bool:
    """Whether a session was live: it then has its own frames."""
    return folder.about.exists() or folder.frames.is_dir()


def has_stopped(folder: SessionFolder) -> bool:
    """Whether a session's log ends with its stop."""
    with folder.log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _END_BYTES))
        end = file.read()
    last = end.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    return end.endswith(b"\n") and f'"state":"{SessionState.STOPPED}"'.encode() in last
