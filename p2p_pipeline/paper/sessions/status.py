"""Which sessions there are, and how each is: read from its folder, so that anybody who may read it knows as much."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.paper.board import SessionBoard, board_from_json
from p2p_pipeline.paper.sessions.about import About, Summary, read_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.running import is_running
from p2p_pipeline.paper.words import SessionState

DIED = "DIED"
"""The state of a session whose process ended unasked."""
_TOLD_OF_AT_ONCE = 5
_SILENT_SECONDS = 10
"""A process that runs shows a board each second."""


class NoSuchSession(ClearError):
    """A name that no session has, or no name where there is more than one; the text lists those that there are."""


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How a session is."""

    session: str
    state: str
    """A word of SessionState, or DIED."""
    reason: str
    """Why; of FAILED and DIED one sentence for a person with what to do."""
    is_running: bool
    is_simulated: bool
    started_at: int
    stops_at: int | None
    about: About
    board: SessionBoard | None
    """The newest; None before the first."""
    silence: str = ""
    """Said of a process that lives and shows nothing any more, such as one that was suspended; else empty."""

    @property
    def summary(self) -> Summary | None:
        """What it came to; None before it has stopped."""
        return self.about.summary


def status_of(folder: SessionFolder) -> SessionStatus | None:
    """How a session is; None where the folder is none of a live session."""
    # in this order: a process that ends between the two has written both before it let go of the lock
    runs = is_running(folder)
    about = read_about(folder)
    if about is None:
        return None
    board = read_board(folder)
    state, reason = _state(folder, about, board, runs=runs)
    silence = _silence(folder, about.pid) if runs else ""
    return SessionStatus(
        folder.session,
        state,
        silence or reason,
        runs,
        about.is_simulated,
        about.started_at,
        about.stops_at,
        about,
        board,
        silence,
    )


def _silence(folder: SessionFolder, pid: int) -> str:
    try:
        # by when they were written: a process that resumes has the board of the one before it until it shows its own
        seconds = time.time() - max(file.stat().st_mtime for file in (folder.board, folder.about))
    except OSError:
        return ""
    return f"nothing heard from its process for {seconds:.0f} s (pid {pid})" if seconds > _SILENT_SECONDS else ""


def read_board(folder: SessionFolder) -> SessionBoard | None:
    """The newest board that can be read."""
    try:
        return board_from_json(folder.board.read_bytes())
    except OSError:
        return None


def session_folders(paths: DataPaths) -> Iterator[SessionFolder]:
    """Those of live sessions, newest first. A replay's folder has the log alone."""
    try:
        names = sorted((entry.name for entry in paths.paper.iterdir()), reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        folder = SessionFolder(paths, name)
        if folder.about.is_file():
            yield folder


def folder_named(paths: DataPaths, session: str) -> SessionFolder:
    """A live session's folder by its name. Raises NoSuchSession."""
    # looked up among those that there are: a name from outside never becomes a path
    for folder in session_folders(paths):
        if folder.session == session:
            return folder
    names = [folder.session for folder in session_folders(paths)]
    raise NoSuchSession("there is no session {session!r}; {known}", session=session, known=_listed(names))


def only_running(paths: DataPaths) -> SessionFolder:
    """The one that runs. Raises NoSuchSession where none or several do."""
    running = [folder for folder in session_folders(paths) if is_running(folder)]
    if len(running) == 1:
        return running[0]
    if not running:
        raise NoSuchSession("no paper session is running; `p2p paper list` shows those that ended")
    names = ", ".join(folder.session for folder in running)
    raise NoSuchSession("{count} sessions are running; name one of {names}", count=len(running), names=names)


def _state(folder: SessionFolder, about: About, board: SessionBoard | None, *, runs: bool) -> tuple[str, str]:
    if runs or about.finished:
        return (SessionState.STARTING.value, "") if board is None else (board.state, board.reason)
    return DIED, f"its process ended unasked; `p2p paper resume {folder.session}` goes on or ends it by the rules"


def _listed(names: list[str]) -> Told:
    if not names:
        return Told("none was started with this data folder yet")
    shown, more = ", ".join(names[:_TOLD_OF_AT_ONCE]), len(names) - _TOLD_OF_AT_ONCE
    if more > 0:
        return Told("there are {names} and {more} more", names=shown, more=more)
    return Told("there are {names}", names=shown)
