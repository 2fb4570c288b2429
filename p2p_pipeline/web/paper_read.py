"""Paper sessions as pages, API and sockets see them, and what they may be told.

A session is a process of its own that writes its folder; whoever looks can't disturb it. Its board is read again only
when its file is another one, however many look.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import orjson

from p2p_pipeline.exchanges.connections.running_source import running_source
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions import sessions as actions
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.status import DIED, SessionStatus, read_board
from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings
from p2p_pipeline.paper.words import SessionState
from p2p_pipeline.web.named_from_data import named_from
from p2p_pipeline.web.starts_by_key import StartsByKey

ENDED = frozenset({SessionState.STOPPED.value, SessionState.FAILED.value, DIED})
"""States in which nothing of a session changes any more."""
STOP_SECONDS = 15.0
"""So long is waited for a session that was told to stop; then it is answered how it is by then."""
SOURCE_VARIABLE = "P2P_EXCHANGES_SOURCE"


class PaperDesk:
    """The sessions of a data folder."""

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths
        self._boards: dict[str, tuple[tuple[int, int, int], SessionBoard | None]] = {}
        self._starts = StartsByKey()

    def usual_source(self, configured: str | None, environment: Mapping[str, str]) -> str | None:
        """Where market data comes from if nothing else is said: a simulator's address, None for the exchange itself."""
        return environment.get(SOURCE_VARIABLE) or running_source(self._paths) or configured or None

    def start(self, settings: PaperSettings, source: str | None, seconds: float | None) -> SessionStatus:
        """Start one, and wait until it shows how it is. Raises SessionFailed, InvalidInput."""
        return self._seen(actions.start(self._paths, settings, source, seconds))

    def start_once(
        self, key: str, asked: Hashable, settings: PaperSettings, source: str | None, seconds: float | None
    ) -> SessionStatus:
        """The session that was started with this key, else start it. Raises KeyWasUsed besides."""
        return self.status(
            self._starts.begun(key, asked, lambda: self.start(settings, source, seconds).session),
        )

    def stop(self, session: str | None) -> SessionStatus:
        """Have one stop by the rules, without a name the only one that runs. Raises NoSuchSession."""
        return self._seen(actions.stop(self._paths, actions.session_only(self._paths, session), STOP_SECONDS))

    def tell(self, session: str, command: Command) -> SessionStatus:
        """Tell one a command, which it does within a second. Raises NoSuchSession, SessionFailed."""
        actions.tell(self._paths, session, command)
        return self.status(session)

    def status(self, session: str | None) -> SessionStatus:
        """How a session is, without a name the only one that runs. Raises NoSuchSession."""
        return self._seen(actions.status(self._paths, actions.session_only(self._paths, session)))

    def sessions(self) -> list[SessionStatus]:
        """All, newest first."""
        return [self._seen(one) for one in actions.sessions(self._paths)]

    def settings(self, session: str) -> PaperSettings:
        """What one was started with. Raises NoSuchSession, PaperSettingsError."""
        return read_paper_settings(self.folder(session).config)

    def log(self, session: str) -> LogReader:
        """Reads one's log from any line on. Raises NoSuchSession."""
        return LogReader(self.folder(session).root)

    def results(self, session: str) -> Results:
        """What one's log comes to. Raises NoSuchSession, NoResults."""
        return results_of(orjson.loads(line) for _, line in self.log(session).lines_from(1))

    def log_version(self, session: str) -> tuple[int, int, int]:
        """Changes with every line. Raises NoSuchSession."""
        return _version_of(self.folder(session).log)

    def board(self, session: str) -> SessionBoard | None:
        """The newest board: a stat where nothing is new. Of a session whose name was looked up before."""
        folder = SessionFolder(self._paths, session)
        version = _version_of(folder.board)
        kept = self._boards.get(session)
        if kept is None or kept[0] != version:
            # A board that is newer than its version is read once more: no harm.
            kept = self._boards[session] = (version, self._board(read_board(folder)))
        return kept[1]

    def folder(self, session: str) -> SessionFolder:
        """Where one lies, by a name from outside. Raises NoSuchSession."""
        return SessionFolder(self._paths, actions.session_only(self._paths, session))

    def _seen(self, found: SessionStatus) -> SessionStatus:
        """As it is told outside this machine: files are named from the data folder on."""
        root, about = self._paths.root, found.about
        if about.summary is not None:
            log = str(SessionFolder(self._paths, found.session).log.relative_to(root))
            about = msgspec.structs.replace(about, summary=msgspec.structs.replace(about.summary, log=log))
        return dataclasses.replace(
            found, about=about, board=self._board(found.board), reason=named_from(root, found.reason)
        )

    def _board(self, board: SessionBoard | None) -> SessionBoard | None:
        root = self._paths.root
        if board is None or str(root) not in board.reason:
            return board
        return msgspec.structs.replace(board, reason=named_from(root, board.reason))


def _version_of(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_mtime_ns, found.st_size, found.st_ino


def moment_of(milliseconds: int) -> datetime:
    """A time of boards and logs."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
