"""How far a long command is, on stderr: what is done of how much, and about how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable

import typer

from p2p_pipeline.kernel.texts import duration_text

FIRST_AFTER_SECONDS = 2.0
"""What is done sooner is not spoken of."""
EVERY_SECONDS = 5.0


class Progress:
    """Told after each part of the work; speaks rarely, and only where there is something to wait for."""

    def __init__(
        self,
        what: str,
        say: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`what` names the parts, as in `12 of 365 days judged`: "days judged"."""
        self._what, self._clock = what, clock
        self._say = say or (lambda line: typer.echo(line, err=True))
        self._began = clock()
        self._next = self._began + FIRST_AFTER_SECONDS

    def __call__(self, done: int, total: int) -> None:
        """So many parts are done of so many."""
        now = self._clock()
        if now < self._next or done >= total:
            return
        self._next = now + EVERY_SECONDS
        left = f", about {duration_text((now - self._began) / done * (total - done))} left" if done else ""
        self._say(f"{done:,} of {total:,} {self._what}{left}")
