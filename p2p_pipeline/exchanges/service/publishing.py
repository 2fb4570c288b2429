"""Boards go to the hot stores in a thread: a slow disk or a Redis that is gone costs no frame and no scan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.store import HotStore, StoredBook

Changed = Callable[[], Awaitable[list[StoredBook]]]

logger = logging.getLogger(__name__)


class Publisher:
    """Publishes one board after the other; while one is under way only the newest of those that wait is kept."""

    def __init__(self, store: HotStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hot-store")
        self._waiting: tuple[Board, Changed] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    def publish(self, board: Board, changed: Changed) -> None:
        """Publish it soon, with the books that `changed` tells when its turn comes."""
        self._waiting = board, changed
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        """Publish what waits, and end the thread."""
        if self._task is not None:
            await self._task
        self._thread.shutdown()

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting is not None:
            (board, changed), self._waiting = self._waiting, None
            books = await changed()
            try:
                await loop.run_in_executor(self._thread, self._store.publish, board, books)
            except OSError as error:
                if not self._is_failing:
                    logger.warning("the newest board can't be written: %s; it is tried again with each scan", error)
                self._is_failing = True
            else:
                self._is_failing = False
