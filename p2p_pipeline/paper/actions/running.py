"""What a session's own process does, from its folder to its end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import closing
from decimal import localcontext

from msgspec.structs import replace

from p2p_pipeline.exchanges.connections.clock import AnchoredClock, since_boot_ns
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.board import SessionBoard, board_to_json
from p2p_pipeline.paper.live.beginning import Beginning, beginning_of
from p2p_pipeline.paper.live.boards import BoardMaker, Outside
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.live.keeping import Keeping
from p2p_pipeline.paper.live.running import LiveOptions, LiveSession
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.log.scanning import sha256_of
from p2p_pipeline.paper.log.writing import LogWriter
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.notes import Began
from p2p_pipeline.paper.sessions.about import About, Summary, read_about, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.inbox import Inbox
from p2p_pipeline.paper.sessions.reserve import free_reserve
from p2p_pipeline.paper.sessions.running import take_lock
from p2p_pipeline.paper.sessions.status import NoSuchSession, read_board
from p2p_pipeline.paper.settings import read_paper_settings
from p2p_pipeline.paper.words import SessionState

_FRAMES_FLUSH_SECONDS = 1.0
_ENDS = (SessionState.STOPPED.value, SessionState.FAILED.value)

logger = logging.getLogger(__name__)


def run(paths: DataPaths, session: str, lock: int | None = None) -> None:
    """Run a session that `start` has prepared, until it has stopped; `lock` is the descriptor of a lock that is held.

    What goes wrong stands on its board as a sentence; what is a bug is raised too.
    """
    folder = SessionFolder(paths, session)
    about = read_about(folder)
    if about is None:
        raise NoSuchSession("{folder} is no session's folder; `p2p paper start` makes one", folder=folder.root)
    descriptor = take_lock(folder) if lock is None else lock
    try:
        _Running(folder, about).run()
    finally:
        os.close(descriptor)


class _Running:
    def __init__(self, folder: SessionFolder, about: About) -> None:
        self._folder = folder
        self._begun = beginning_of(folder, read_paper_settings(folder.config), about.started_at)
        self._session = self._begun.session
        self._about = replace(about, pid=os.getpid(), finished=False, summary=None)
        shown = read_board(folder)
        sequence, self._shown_at = (0, 0) if shown is None else (shown.sequence, shown.at)
        self._boards = BoardMaker(self._session, about.started_at, about.stops_at, about.is_simulated, sequence)

    def run(self) -> None:
        write_about(self._folder, self._about)
        begun, session = self._begun, self._session
        if begun.log is None:
            # all that the crash has left out is to say so
            self._show(self._board(session.state, session.reason))
            self._finish(summary_of(session, begun.lines, self._folder))
            return
        self._show(self._board(session.state, "asking for the list of instruments"))
        try:
            asyncio.run(self._live(begun, begun.log))
        except ClearError as error:
            logger.error("%s", error)  # noqa: TRY400 - a sentence for a person
            self._failed(str(error))
        except Exception as error:
            name = type(error).__name__
            self._failed(f"it broke ({name}: {error}); {self._folder.output} says where")
            raise

    async def _live(self, begun: Beginning, log: LogWriter) -> None:
        about, folder = self._about, self._folder
        clock = AnchoredClock(since_boot_ns, begun.not_before_ns)
        first_at = about.started_at if isinstance(begun.note, Began) else clock.now_ns() // 1_000_000
        self._boards.stops_at = stops_at = begun.stops_at(about.stops_at, first_at)
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        realm = Source.SIMULATED if about.is_simulated else Source.LIVE
        with closing(Recorder(folder.frames, realm, flush_seconds=_FRAMES_FLUSH_SECONDS)) as recorder:
            keeping = Keeping(recorder, log)
            live = LiveSession(
                Held(Driver(self._session)),
                keeping,
                Inbox(folder),
                self._boards,
                self._show,
                clock.now_ns,
                LiveOptions(about.source, stops_at),
            )
            await live.run(begun.note, first_at, stop)
        self._finish(summary_of(self._session, keeping.lines, folder))

    def _finish(self, summary: Summary | None) -> None:
        try:
            write_about(self._folder, replace(self._about, finished=True, summary=summary))
        except OSError as error:
            # it is told as one that died, and a resume finds in its log whether it had stopped
            logger.error("its end can't be written: %s", error)  # noqa: TRY400 - a sentence for a person

    def _failed(self, why: str) -> None:
        self._show(self._board(SessionState.FAILED, why))
        self._finish(None)

    def _board(self, state: SessionState, reason: str) -> SessionBoard:
        log = self._begun.log
        at, lines = self._about.started_at, self._begun.lines if log is None else log.durable
        return self._boards.make(Outside(max(at, self._shown_at), state, reason, lines))

    def _show(self, board: SessionBoard) -> None:
        self._shown_at = board.at
        if board.state in _ENDS:
            # whoever reads of a full disk there reads it because there was room left for it
            free_reserve(self._folder)
        try:
            write_whole(self._folder.board, board_to_json(board))
        except OSError as error:
            # the session goes on: what it is made of is written elsewhere, and that tells if the disk is full
            logger.warning("the board can't be written: %s", error)


def summary_of(session: Session, lines: int, folder: SessionFolder) -> Summary:
    """What a session that has stopped came to."""
    account = session.account
    with localcontext(EXACT):
        equity = account.equity
    return Summary(
        events=lines,
        trades=account.trades,
        realised=decimal_text(account.realised),
        fees=decimal_text(account.fees),
        funding=decimal_text(account.funding),
        equity=decimal_text(equity),
        log=str(folder.log),
        sha256=sha256_of(folder.log),
    )
