"""Whether a process runs a session: it holds the lock of the session's folder for as long as it lives."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.sessions.folder import SessionFolder

_ATTEMPTS, _LOOK_SECONDS = 5, 0.02


class SessionRuns(ClearError):
    """Another process runs the session."""


def take_lock(folder: SessionFolder) -> int:
    """Take a session over; the descriptor is its lock, free when whoever has it is gone. Raises SessionRuns."""
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # whoever looks whether it runs has the lock for a moment
            time.sleep(_LOOK_SECONDS)
        else:
            return descriptor
    os.close(descriptor)
    raise SessionRuns(
        "session {session} is running already; `p2p paper status {session}` shows it", session=folder.session
    )


def is_running(folder: SessionFolder) -> bool:
    """Whether somebody has its lock."""
    try:
        descriptor = os.open(folder.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def launch(folder: SessionFolder, command: str, descriptor: int) -> subprocess.Popen[bytes]:
    """Start `p2p paper COMMAND SESSION` as a process of its own, which outlives whoever starts it.

    It gets the lock that was taken for it, so that nobody can take the session between the two.
    """
    program = [sys.executable, "-m", "p2p_pipeline.cli", "--data-dir", str(folder.paths.root), "paper", command]
    try:
        with folder.output.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*program, folder.session, "--lock", str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(descriptor,),
            )
    finally:
        os.close(descriptor)
    # a page's server lives long: without somebody who waits, each session that ended would stay a zombie of it
    threading.Thread(target=process.wait, name="session", daemon=True).start()
    return process
