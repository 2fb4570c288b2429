"""What waits to be sent on one connection: signs of life first, then mends, then new subscriptions, all in pace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from p2p_pipeline.exchanges.connections.pacing import HourlyBudget, Turns

Sent = Callable[[], None]
"""Called when a message is out."""


class Outgoing:
    """Of one connection, in the thread of its loop."""

    def __init__(self, turns: Turns, budget: HourlyBudget) -> None:
        self._turns = turns
        self._budget = budget
        self._urgent: deque[str] = deque()
        self._subscriptions: deque[tuple[str, Sent | None]] = deque()
        self._something = asyncio.Event()

    def urgent(self, text: str) -> None:
        """A sign of life, or what mends a book."""
        self._urgent.append(text)
        self._something.set()

    def subscription(self, text: str, was_sent: Sent | None = None) -> None:
        """What counts to the exchange's hourly limit of requests."""
        self._subscriptions.append((text, was_sent))
        self._something.set()

    def clear(self) -> None:
        """Nothing of a former socket is sent on the next."""
        self._urgent.clear()
        self._subscriptions.clear()
        self._something.clear()

    async def next(self, now: Callable[[], float]) -> tuple[str, Sent | None]:
        """The next message, when it may go."""
        while True:
            wait = self._wait(now())
            if wait != 0:
                self._something.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._something.wait()
                continue
            await asyncio.sleep(self._turns.take(now()))
            self._turns.began(now())
            # Looked at after the pause: a pong that was asked for meanwhile goes first.
            if self._urgent:
                return self._urgent.popleft(), None
            self._budget.take(now())
            return self._subscriptions.popleft()

    def _wait(self, now: float) -> float | None:
        if self._urgent:
            return 0
        return self._budget.wait(now) if self._subscriptions else None
