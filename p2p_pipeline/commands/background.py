"""Jobs that are done one after the other while the board is shown, at low priority."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from p2p_pipeline.commands.children import Child, Children, beside_python

_NICENESS = 15


@dataclass(frozen=True, slots=True)
class Job:
    """One `p2p` command that ends by itself."""

    name: str
    what: str
    words: tuple[str, ...]


@dataclass
class BackgroundJobs:
    """Starts each job when the one before it has ended; one that fails is told and costs nothing else."""

    children: Children
    environment: Mapping[str, str]
    jobs: Iterable[Job]
    told: str = ""
    """A line for under the board; empty when all is done and well."""
    _failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing is started yet."""
        self._left: Iterator[Job] = iter(self.jobs)
        self._running: tuple[Job, Child] | None = None

    def go_on(self) -> None:
        """Look whether a job has ended, and start the next one."""
        if self._running is not None:
            job, child = self._running
            code = child.process.poll()
            if code is None:
                return
            if code:
                self._failed.append(f"{job.what} failed with exit code {code}; its log is {child.log}")
            self._running = None
        job_or_none = next(self._left, None)
        if job_or_none is not None:
            command = [beside_python("p2p"), *job_or_none.words]
            child = self.children.start(
                job_or_none.name, command, self.environment, Path.cwd(), niceness=_NICENESS, may_end=True
            )
            self._running = (job_or_none, child)
        under_way = [f"in the background: {job_or_none.what}"] if job_or_none is not None else []
        self.told = "\n".join([*self._failed, *under_way])
