"""The loopback exchange beside a test that waits for other processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from p2p_pipeline_tests.paper.live.loopback import Loopback


@contextmanager
def served(exchange: Loopback) -> Iterator[Loopback]:
    """It runs in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with exchange.running():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield exchange
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()
