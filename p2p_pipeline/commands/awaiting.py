"""Wait for a server that is starting, as long as it gets on: a slow machine needs minutes for Dagster's first start."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.commands.children import Child
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.texts import duration_text

STANDSTILL_SECONDS = 300.0
"""A start in which nothing at all happens for so long is given up."""
SAY_SECONDS = 15.0
_LOOK_SECONDS = 0.3


class NoAnswer(ClearError):
    """A server that was started never answered; the message says where its log is."""


@dataclass(slots=True)
class Patience:
    """When to say that we still wait, and when to give up. Pure: times and marks of progress are told."""

    began: float
    moved: float
    said: float
    mark: object = None

    @classmethod
    def starting(cls, now: float) -> Patience:
        """Nothing is seen yet."""
        return cls(now, now, now)

    def look(self, now: float, mark: object) -> bool:
        """Take in what can be seen of the progress; True when it is time to say a word."""
        if mark != self.mark:
            self.mark, self.moved = mark, now
        if now - self.said < SAY_SECONDS:
            return False
        self.said = now
        return True

    def is_over(self, now: float) -> bool:
        """Whether it has stood still for too long."""
        return now - self.moved >= STANDSTILL_SECONDS


def wait_for(
    url: str, child: Child, what: str, check: Callable[[], None], clock: Callable[[], float] = time.monotonic
) -> None:
    """Wait until a server answers. `check` raises when a child has ended, this NoAnswer when nothing moves any more."""
    patience = Patience.starting(clock())
    while not _answers(url):
        check()
        now = clock()
        if patience.look(now, _progress(child.process.pid, child.log)):
            waited = duration_text(now - patience.began)
            say(f"waiting for {what} to answer, {waited} so far; it is at work (its log: {child.log})")
        if patience.is_over(now):
            raise NoAnswer(
                f"{what} has done nothing for {duration_text(STANDSTILL_SECONDS)} and does not answer at {url}; "
                f"its log is {child.log}"
            )
        time.sleep(_LOOK_SECONDS)


def _answers(url: str) -> bool:
    import httpx

    try:
        httpx.get(url, timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def _progress(process_id: int, log: Path) -> tuple[object, ...]:
    """Changes while the process or one of its children does anything."""
    import psutil

    seconds: list[float] = []
    try:
        parent = psutil.Process(process_id)
        for process in (parent, *parent.children(recursive=True)):
            times = process.cpu_times()
            seconds.append(round(times.user + times.system, 2))
    except psutil.Error:
        pass
    return (log.stat().st_size if log.exists() else 0, *seconds)
