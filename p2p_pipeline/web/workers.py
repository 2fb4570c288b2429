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
from functools import partial
from typing import Any, TypeVar

from p2p_pipeline.kernel.errors import ClearError

_Answer = TypeVar("_Answer")

THREADS = 4
SLOW_THREADS = 2
"""For what takes seconds: who asks for that never keeps waiting who asks what a price is now."""
MOST_KEPT = 64
"""Answers kept for who asks again while what they are made from is as it was."""
MOST_KEPT_BYTES = 32 * 1024 * 1024
"""Of bodies; one larger than a quarter of it is made anew for each who asks."""
MOST_WAITING = 64
"""Questions that may wait; the next one is told to come back, for it would wait longer than anybody does."""
SECONDS = 20.0


class Busy(ClearError):
    """Too many questions are waiting already."""


class TooSlow(ClearError):
    """A question took longer than a person waits."""


class Workers:
    """Answers blocking questions away from the event loop."""

    def __init__(self, threads: int = THREADS, most_waiting: int = MOST_WAITING, seconds: float = SECONDS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._slow_pool = ThreadPoolExecutor(min(SLOW_THREADS, threads), thread_name_prefix="slow-answer")
        self._most = threads + most_waiting
        self._seconds = seconds
        self._running: dict[Hashable, Future[Any]] = {}
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._keeping = threading.Lock()
        self._count = 0

    async def ask(
        self,
        question: Hashable,
        answer: Callable[[], _Answer],
        *,
        is_slow: bool = False,
        patience_seconds: float | None = None,
    ) -> _Answer:
        """The answer to a question; who asks the same while it is being answered gets the same answer.

        `is_slow` is for what takes seconds. Raises Busy when too many wait, TooSlow after the time limit or the
        patience of the one who asks (the work goes on), and whatever `answer` raises.
        """
        seconds = self._seconds if patience_seconds is None else patience_seconds
        running = self._running.get(question)
        if running is None:
            if self._count >= self._most:
                raise Busy("too many questions are being answered just now; ask again in a few seconds")
            running = (self._slow_pool if is_slow else self._pool).submit(answer)
            self._running[question] = running
            self._count += 1
            running.add_done_callback(partial(self._forget, asyncio.get_running_loop(), question))
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
        is_slow: bool = False,
        patience_seconds: float | None = None,
    ) -> _Answer:
        """The same, answered once for each version of what it is made from."""
        key = (question, version)
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: _Answer = self._kept[key]
                return kept
        # What comes after its time limit is kept too: who asks again has it at once.
        return await self.ask(
            key, lambda: self._keep(key, answer()), is_slow=is_slow, patience_seconds=patience_seconds
        )

    def _keep(self, key: Hashable, found: _Answer) -> _Answer:
        if isinstance(found, bytes) and len(found) > MOST_KEPT_BYTES // 4:
            return found
        with self._keeping:
            self._kept[key] = found
            while len(self._kept) > MOST_KEPT or self._kept_bytes > MOST_KEPT_BYTES:
                self._kept.popitem(last=False)
        return found

    @property
    def _kept_bytes(self) -> int:
        return sum(len(one) for one in self._kept.values() if isinstance(one, bytes))

    def _forget(self, loop: asyncio.AbstractEventLoop, question: Hashable, _: Future[Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._drop, question)

    def _drop(self, question: Hashable) -> None:
        self._running.pop(question, None)
        self._count -= 1

    def close(self) -> None:
        """Answer nothing that has not begun."""
        for pool in (self._pool, self._slow_pool):
            pool.shutdown(wait=False, cancel_futures=True)
