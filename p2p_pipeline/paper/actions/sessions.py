"""Start a session, tell it something, stop it, ask how it is."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime

import yaml

from p2p_pipeline.exchanges.connections.addresses import checked_source
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.sessions.about import About, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.inbox import put
from p2p_pipeline.paper.sessions.reserve import keep_reserve
from p2p_pipeline.paper.sessions.running import launch, take_lock
from p2p_pipeline.paper.sessions.status import SessionStatus, folder_named, only_running, session_folders, status_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SessionState

START_SECONDS = 30.0
"""How long a new process may take to show its first board."""
STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.05
RUN_COMMAND = "run"


class SessionFailed(ClearError):
    """A session could not be started; says why and what to do."""


def start(
    paths: DataPaths, settings: PaperSettings, source: str | None = None, seconds: float | None = None
) -> SessionStatus:
    """Start a session as a process of its own; for so many seconds, else until it is stopped.

    `source` is a simulator's address, None the exchange itself. Returns as soon as it shows how it is. Raises
    SessionFailed, also for a disk that takes nothing, InvalidInput for a source that is no address.
    """
    checked = None if source is None else checked_source(source)
    folder, started_at = _new_folder(paths, settings)
    stops_at = None if seconds is None else started_at + round(seconds * 1000)
    try:
        folder.config.write_text(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
        write_about(folder, About(folder.session, checked, checked is not None, started_at, stops_at))
        keep_reserve(folder)
        process = launch(folder, RUN_COMMAND, take_lock(folder))
    except OSError as error:
        # nothing has begun in it
        shutil.rmtree(folder.root, ignore_errors=True)
        raise _unwritable(folder, error) from None
    return shown_by(folder, process)


def shown_by(folder: SessionFolder, process: subprocess.Popen[bytes], after: int = 0) -> SessionStatus:
    """How a session is as soon as its new process shows it, on a board after a number. Raises SessionFailed."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        found = known(folder)
        if found.board is not None and found.board.sequence > after:
            if found.state == SessionState.FAILED:
                raise SessionFailed("{reason}", reason=found.reason)
            return found
        if has_ended:
            break
        time.sleep(_LOOK_SECONDS)
    raise SessionFailed(
        "session {session} did not start; {output} says why", session=folder.session, output=folder.output
    )


def tell(paths: DataPaths, session: str, command: Command) -> None:
    """Tell a running session a command; it is done within a second. Raises NoSuchSession, SessionFailed."""
    folder = folder_named(paths, session)
    found = known(folder)
    if not found.is_running:
        raise SessionFailed(
            "session {session} is not running ({state}): nothing can be told to it", session=session, state=found.state
        )
    put(folder, command)


def stop(paths: DataPaths, session: str, wait_seconds: float = STOP_SECONDS) -> SessionStatus:
    """Have a session stop by the rules, and wait for it; one that has stopped stays as it is. Raises NoSuchSession.

    One that is not over after `wait_seconds` is returned as it is then: it was told and goes on stopping.
    """
    return _awaited(_told_to_stop(folder_named(paths, session)), wait_seconds)


def stop_all_of(paths: DataPaths, source: str, wait_seconds: float = STOP_SECONDS) -> list[SessionStatus]:
    """Have all sessions stop that run on a simulator which is about to end; those that did, as they are then."""
    told = [
        _told_to_stop(folder)
        for folder in session_folders(paths)
        if (found := status_of(folder)) is not None and found.is_running and found.about.source == source
    ]
    return [_awaited(folder, wait_seconds) for folder in told]


def _told_to_stop(folder: SessionFolder) -> SessionFolder:
    if known(folder).is_running:
        put(folder, Command.STOP)
    return folder


def _awaited(folder: SessionFolder, wait_seconds: float) -> SessionStatus:
    found = known(folder)
    deadline = time.monotonic() + wait_seconds
    while found.is_running and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        found = known(folder)
    return found


def status(paths: DataPaths, session: str) -> SessionStatus:
    """How a session is. Raises NoSuchSession."""
    return known(folder_named(paths, session))


def sessions(paths: DataPaths) -> list[SessionStatus]:
    """All that were started with this data folder, newest first."""
    return [found for folder in session_folders(paths) if (found := status_of(folder)) is not None]


def session_only(paths: DataPaths, session: str | None) -> str:
    """The name that is meant: the one given, else the only session that runs. Raises NoSuchSession."""
    return (only_running(paths) if session is None else folder_named(paths, session)).session


def known(folder: SessionFolder) -> SessionStatus:
    """How a session of this data folder is. Raises SessionFailed for one that can't be read."""
    found = status_of(folder)
    if found is None:
        raise SessionFailed(
            "{file} can't be read: another version wrote it, or it is damaged; the log beside it is as it was",
            file=folder.about,
        )
    return found


def _new_folder(paths: DataPaths, settings: PaperSettings) -> tuple[SessionFolder, int]:
    """A folder that nobody has, named by this moment and the configuration."""
    started_at = round(datetime.now(UTC).timestamp() * 1000)
    while True:
        folder = SessionFolder(paths, name_of(started_at, settings))
        try:
            folder.root.mkdir(parents=True)
        except FileExistsError:
            started_at += 1
        except OSError as error:
            raise _unwritable(folder, error) from None
        else:
            return folder, started_at


def _unwritable(folder: SessionFolder, error: OSError) -> SessionFailed:
    return SessionFailed(
        "{folder} can't be written: {why}; nothing was started: make room there or make it writable, then start again",
        folder=folder.root,
        why=error.strerror or str(error),
    )
