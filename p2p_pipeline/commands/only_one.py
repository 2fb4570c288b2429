"""One `p2p up` a data folder: its lock is held by it and by all it started, so a kill -9 frees nothing too early."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from p2p_pipeline.kernel.errors import ClearError


class AlreadyRun(ClearError):
    """Somebody runs this data folder; the message says which process, and what to do."""


@dataclass(frozen=True, slots=True)
class RunLock:
    """The lock of a data folder that is run."""

    file: TextIO

    @property
    def descriptor(self) -> int:
        """To be inherited by whatever must not run twice: the lock is free when the last who has it is gone."""
        return self.file.fileno()

    def note(self, name: str, process_id: int) -> None:
        """Write down who holds it too, for the sentence that another `p2p up` ends with."""
        self.file.write(f"{process_id} {name}\n")
        self.file.flush()


@contextmanager
def only_one(root: Path, state_folder: Path) -> Iterator[RunLock]:
    """Hold the lock of a data folder. Raises AlreadyRun.

    Two Dagsters on one folder would share a database that takes one daemon only.
    """
    state_folder.mkdir(parents=True, exist_ok=True)
    with (state_folder / "up.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise AlreadyRun(_who(root, file.read().splitlines())) from None
        file.truncate(0)
        lock = RunLock(file)
        lock.note("p2p up", os.getpid())
        yield lock


def _who(root: Path, lines: Sequence[str]) -> str:
    import psutil

    noted = [line.split(" ", 1) for line in lines if line.split(" ", 1)[0].isdecimal()]
    alive = [(int(number), (*rest, "p2p up")[0]) for number, *rest in noted if psutil.pid_exists(int(number))]
    if not alive:
        return f"{root} is run already by another process; stop that one first"
    number, name = alive[0]
    if name == "p2p up":
        return f"{root} is run already by process {number}; stop that one first"
    still = " and ".join(f"process {number} ({name})" for number, name in alive)
    return (
        f"{root} is run still by {still}, left by a `p2p up` that was killed; it ends within seconds by itself, "
        f"else end it: kill {' '.join(str(number) for number, _ in alive)}"
    )
