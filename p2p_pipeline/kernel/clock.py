"""Time as the collector sees it, passed in so that a test can stop it, set it back or let it run fast."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the collector asks of time."""

    def now(self) -> datetime:
        """The wall clock, aware UTC: for slots and for what is written down. It can be set back."""

    def monotonic(self) -> float:
        """Seconds that only grow: for budgets, pauses and durations."""

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See Clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await asyncio.sleep(seconds)
