"""Go on with a session whose process ended unasked: from the whole lines of its log, in the same folder."""

from __future__ import annotations

import os
import time

from msgspec.structs import replace

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.sessions import RUN_COMMAND, SessionFailed, known, sessions, shown_by
from p2p_pipeline.paper.live.beginning import lines_of, refuse_other_settings
from p2p_pipeline.paper.log.verifying import look_at
from p2p_pipeline.paper.sessions.about import write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.reserve import keep_reserve
from p2p_pipeline.paper.sessions.running import launch, take_lock
from p2p_pipeline.paper.sessions.status import DIED, NoSuchSession, SessionStatus, folder_named
from p2p_pipeline.paper.settings import read_paper_settings
from p2p_pipeline.paper.words import SessionState


def resume(paths: DataPaths, session: str, seconds: float | None = None) -> SessionStatus:
    """Start a new process of a session; for so many seconds from now, else as it was started.

    Its orders are cancelled and its positions closed at the first prices, both with the reason `recovered`; then it
    goes on, or stops when it was told to or its time is over. Returns as soon as it shows how it is. Raises
    NoSuchSession, SessionRuns, SessionFailed for one that has stopped, OtherSettings for a configuration that was
    changed, DamagedLog for a log that no crash has left.
    """
    folder = folder_named(paths, session)
    descriptor = take_lock(folder)
    try:
        found = known(folder)
        _refuse_stopped(folder, found)
        refuse_other_settings(folder, read_paper_settings(folder.config), next(lines_of(folder), None))
    except BaseException:
        os.close(descriptor)
        raise
    stops_at = found.stops_at if seconds is None else round((time.time() + seconds) * 1000)
    try:
        keep_reserve(folder)
        write_about(folder, replace(found.about, finished=False, summary=None, stops_at=stops_at))
    except OSError as error:
        os.close(descriptor)
        why = error.strerror or str(error)
        raise SessionFailed("{folder} can't be written: {why}", folder=folder.root, why=why) from None
    shown = 0 if found.board is None else found.board.sequence
    return shown_by(folder, launch(folder, RUN_COMMAND, descriptor), shown)


def session_to_resume(paths: DataPaths, session: str | None) -> str:
    """The name that is meant: the one given, else the only session that ended unasked. Raises NoSuchSession."""
    if session is not None:
        return folder_named(paths, session).session
    died = [one.session for one in sessions(paths) if one.state == DIED]
    if len(died) == 1:
        return died[0]
    if not died:
        raise NoSuchSession("no session ended unasked; `p2p paper list` shows all")
    raise NoSuchSession("{count} sessions ended unasked; name one of {names}", count=len(died), names=", ".join(died))


def _refuse_stopped(folder: SessionFolder, found: SessionStatus) -> None:
    if found.about.finished and found.state == SessionState.STOPPED:
        raise SessionFailed(
            "session {session} has stopped: nothing of it is open; `p2p paper status {session}` shows what it came to, "
            "`p2p paper start` starts another",
            session=folder.session,
        )
    if folder.log.exists() and look_at(folder.log).is_finished and found.about.finished:
        raise SessionFailed(
            "session {session} failed before it began ({reason}): `p2p paper start` starts another",
            session=folder.session,
            reason=found.reason,
        )
