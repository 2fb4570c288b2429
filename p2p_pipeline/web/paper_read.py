"""Paper sessions as pages, API and sockets see them: one reader of a session's files for all who look.

A session is a process of its own that writes its folder; nothing here can disturb it. A board is read again only when
its file is another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.board import SessionBoard, board_from_json
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.sessions.folder import SessionFolder

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")
ENDED = frozenset({"STOPPED", "FAILED", "DIED"})
"""States in which a session's board stands still."""


class UnknownSession(ClearError):
    """There is no session of that name."""


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session at a moment."""

    session: str
    state: str
    """A word of SessionState, or DIED: its process ended unasked."""
    board: SessionBoard | None
    """Its newest; None before the first, and of a replay."""

    @property
    def is_running(self) -> bool:
        """Whether its process goes on."""
        return self.state not in ENDED

    @property
    def is_simulated(self) -> bool | None:
        """Whether its market data is the simulator's; None where that is not known."""
        return self.board.is_simulated if self.board else None

    @property
    def started_at(self) -> datetime | None:
        """By its own clock."""
        return moment_of(self.board.started_at) if self.board else None


def moment_of(milliseconds: int) -> datetime:
    """A time of boards and logs."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class PaperReader:
    """The sessions of a data folder, with the newest board of each kept."""

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths
        self._boards: dict[str, tuple[tuple[int, int, int], SessionBoard | None]] = {}

    def board(self, session: str) -> SessionBoard | None:
        """The newest board: a stat where nothing is new."""
        path = self._folder(session).board
        try:
            found = path.stat()
            version = (found.st_mtime_ns, found.st_size, found.st_ino)
            kept = self._boards.get(session)
            if kept is None or kept[0] != version:
                kept = self._boards[session] = (version, board_from_json(path.read_bytes()))
        except OSError:
            return None
        return kept[1]

    def seen(self, session: str) -> SessionSeen:
        """A session now. Raises UnknownSession."""
        if not self._is_there(session):
            raise UnknownSession(
                "there is no paper session {session!r}; /paper lists those there are", session=session[:80]
            )
        board = self.board(session)
        return SessionSeen(session, board.state if board else "STARTING", board)

    def sessions(self) -> list[SessionSeen]:
        """All of them, newest first: a name begins with when it began."""
        try:
            names = sorted((one.name for one in self._paths.paper.iterdir()), reverse=True)
        except OSError:
            return []
        return [self.seen(name) for name in names if self._is_there(name)]

    def _folder(self, session: str) -> SessionFolder:
        return SessionFolder(self._paths, session)

    def _is_there(self, session: str) -> bool:
        if not _NAME.fullmatch(session):
            return False
        folder = self._folder(session)
        return any(one.is_file() for one in (folder.about, folder.board, folder.root / LOG_NAME))
