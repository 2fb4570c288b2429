"""The few threads in which blocking questions are answered: bounded, with a time limit, equal ones asked once.

DuckDB, the split and reading a book block. In the event loop they would stop every live page; in unbounded threads a
burst of questions would.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from p2p_pipeline.kernel.errors import ClearError

_Answer = TypeVar("_Answer")


class Lane(StrEnum):
    """Kinds of questions with threads and places of their own: none of one kind waits for those of another."""

    QUICK = "answer"
    """What a price is now, and all else that takes milliseconds."""
    SLOW = "slow-answer"
    """What takes seconds."""
    WAREHOUSE = "warehouse-answer"
    """What a database answers, which may be away."""


THREADS = {Lane.QUICK: 4, Lane.SLOW: 2, Lane.WAREHOUSE: 2}
MOST_KEPT = 64
"""Answers of a lane kept for who asks again while what they are made from is as it was."""
MOST_KEPT_BYTES = 32 * 1024 * 1024
"""Of bodies; one larger than a quarter of it is made anew for each who asks."""
MOST_WAITING = 64
"""Questions of a lane that may wait; the next one is told to come back, for it would wait longer than anybody does."""
SECONDS = 20.0


class Busy(ClearError):
    """Too many questions are waiting already."""


class TooSlow(ClearError):
    """A question took longer than a person waits."""


class _Line:
    """The threads of a lane, what is kept of its answers, and how many wait."""

    def __init__(self, lane: Lane, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=lane)
        self.threads = threads
        self.count = 0
        self.kept: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def kept_bytes(self) -> int:
        """Of the bodies that are kept."""
        return sum(len(one) for one in self.kept.values() if isinstance(one, bytes))


class Workers:
    """Answers blocking questions away from the event loop."""

    def __init__(self, threads: int | None = None, most_waiting: int = MOST_WAITING, seconds: float = SECONDS) -> None:
        self._lines = {lane: _Line(lane, min(usual, threads or usual)) for lane, usual in THREADS.items()}
        self._most_waiting = most_waiting
        self._seconds = seconds
        self._running: dict[Hashable, Future[Any]] = {}
        self._keeping = threading.Lock()

    async def ask(
        self,
        question: Hashable,
        answer: Callable[[], _Answer],
        *,
        lane: Lane = Lane.QUICK,
        patience_seconds: float | None = None,
    ) -> _Answer:
        """The answer to a question; who asks the same while it is being answered gets the same answer.

        Raises Busy when too many of its lane wait, TooSlow after the time limit or the
        patience of the one who asks (the work goes on), and whatever `answer` raises.
        """
        seconds = self._seconds if patience_seconds is None else patience_seconds
        running = self._running.get(question)
        if running is None:
            line = self._lines[lane]
            if line.count >= line.threads + self._most_waiting:
                raise Busy("too many questions are being answered just now; ask again in a few seconds")
            running = line.pool.submit(answer)
            self._running[question] = running
            line.count += 1
            running.add_done_callback(partial(self._forget, asyncio.get_running_loop(), question, line))
        try:
            async with asyncio.timeout(seconds):
                found: _Answer = await asyncio.shield(asyncio.wrap_future(running))
        except TimeoutError:
            raise TooSlow(
                "the answer takes longer than {seconds:g} s; ask again in a few seconds, or for fewer days",
                seconds=seconds,
            ) from None
        return found

    async def ask_once(
        self,
        question: Hashable,
        version: Hashable,
        answer: Callable[[], _Answer],
        *,
        lane: Lane = Lane.QUICK,
        patience_seconds: float | None = None,
    ) -> _Answer:
        """The same, answered once for each version of what it is made from."""
        key, line = (question, version), self._lines[lane]
        with self._keeping:
            if key in line.kept:
                line.kept.move_to_end(key)
                kept: _Answer = line.kept[key]
                return kept
        # What comes after its time limit is kept too: who asks again has it at once.
        return await self.ask(
            key, lambda: self._keep(line, key, answer()), lane=lane, patience_seconds=patience_seconds
        )

    def _keep(self, line: _Line, key: Hashable, found: _Answer) -> _Answer:
        if isinstance(found, bytes) and len(found) > MOST_KEPT_BYTES // 4:
            return found
        with self._keeping:
            line.kept[key] = found
            while len(line.kept) > MOST_KEPT or line.kept_bytes > MOST_KEPT_BYTES:
                line.kept.popitem(last=False)
        return found

    def _forget(self, loop: asyncio.AbstractEventLoop, question: Hashable, line: _Line, _: Future[Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._drop, question, line)

    def _drop(self, question: Hashable, line: _Line) -> None:
        self._running.pop(question, None)
        line.count -= 1

    def close(self) -> None:
        """Answer nothing that has not begun."""
        for line in self._lines.values():
            line.pool.shutdown(wait=False, cancel_futures=True)
