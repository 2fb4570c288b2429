"""The processes that `p2p up` starts: each in its own group with its own log; all of them ended, and nothing else."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError

_SET_SIGNAL_AT_PARENTS_DEATH = 1
"""prctl's PR_SET_PDEATHSIG. After a kill -9 of `p2p up` its Dagster went on, and a second one ran beside it."""
ASK_SECONDS = 20.0
"""How long a process may take to end by itself before it is killed: Dagster lets a collecting tick finish."""


@dataclass(frozen=True, slots=True)
class Child:
    """One started process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    may_end: bool = False
    """Whether it is no trouble when it ends."""


class ChildEnded(ClearError):
    """A process that should run has ended; the message says which and where its log is."""


@dataclass
class Children:
    """Starts processes, notices when one ends, and ends them all on leaving the `with` block."""

    log_folder: Path
    inherited: tuple[int, ...] = ()
    """Descriptors that every process gets: the lock of the data folder, which is held as long as one of them lives."""
    note: Callable[[str, int], object] = lambda _name, _process_id: None
    """Hears the name and the process id of each."""
    _children: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        niceness: int = 0,
        may_end: bool = False,
    ) -> Child:
        """Start a process in a group of its own, so that Ctrl-C reaches only the program that started it.

        It ends when this program does, on Linux also when that is killed.
        """
        self.log_folder.mkdir(parents=True, exist_ok=True)
        log = self.log_folder / f"{name}.log"
        with log.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                cwd=folder,
                start_new_session=True,
                pass_fds=self.inherited,
                preexec_fn=partial(_begin, os.getpid(), _libc(), niceness),  # noqa: PLW1509 - only calls of the system
            )
        self.note(name, process.pid)
        child = Child(name, process, log, may_end)
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raise ChildEnded when one has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None and not child.may_end:
                raise ChildEnded(f"{child.name} ended with exit code {code}; its log is {child.log}")

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for child in reversed(self._children):
                _ask_to_end(child.process)
            deadline = time.monotonic() + ASK_SECONDS
            for child in self._children:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            # A second Ctrl-C: whoever pressed it does not want to wait.
            pass
        finally:
            for child in self._children:
                _kill_group(child.process)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _begin(parent: int, libc: ctypes.CDLL | None, niceness: int) -> None:
    if libc is not None:
        libc.prctl(_SET_SIGNAL_AT_PARENTS_DEATH, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            # It died before we asked to be told.
            os._exit(1)
    if niceness:
        os.nice(niceness)
    # A shell that starts us in the background has us ignore SIGINT, and Dagster would inherit that and never end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The group outlives its first process when a grandchild hangs. Its id can't have been reused while a member lives.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def beside_python(name: str) -> str:
    """A program of this virtual environment."""
    return str(Path(sys.executable).parent / name)
