"""Real sessions in virtual time: an event loop whose clock jumps to the next thing to do. Minutes take milliseconds.

Only for what neither reads a socket nor waits for a thread: the clock would run away meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.venue_session import Asked, Manners, VenueGate, VenueSession
from p2p_pipeline.p2p.venues.wire import Refusal, VenueRequest

Result = TypeVar("Result")
REQUEST = VenueRequest("POST", "http://venue.test/search", {"page": 1})
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    elapsed = 0.0
    late_seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found:
            if timeout is None:
                raise RuntimeError("everybody waits for something that never comes")
            self.elapsed += timeout + (random.uniform(0.0, self.late_seconds) if timeout > 0 else 0.0)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, late_seconds: float) -> None:
        self.jumping = _JumpingSelector()
        self.jumping.late_seconds = late_seconds
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.elapsed


class LoopClock:
    """The running loop's time."""

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def in_virtual_time(work: Coroutine[Any, Any, Result], late_seconds: float = 0.0) -> Result:
    with asyncio.Runner(loop_factory=lambda: _Loop(late_seconds)) as runner:
        return runner.run(work)


@dataclass(slots=True)
class Venue:
    """Answers after a while, as `answers` says by the moment it arrives: a status, or an error of the network."""

    answers: Callable[[float], int | Exception]
    seconds: float = 0.1
    retry_after: str | None = "1"
    asked_at: list[float] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0

    async def respond(self, _: httpx.Request) -> httpx.Response:
        self.asked_at.append(asyncio.get_running_loop().time())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        answer = self.answers(asyncio.get_running_loop().time())
        if isinstance(answer, Exception):
            raise answer
        headers = {"retry-after": self.retry_after} if answer == 429 and self.retry_after is not None else {}
        return httpx.Response(answer, headers=headers, stream=httpx.ByteStream(b"{}"))

    def asked_between(self, begin: float, end: float) -> int:
        return sum(begin <= at < end for at in self.asked_at)


@dataclass(slots=True)
class Done:
    """What came of asking for so many pages."""

    pages: Sequence[Asked]
    seconds: float
    gate: VenueGate

    @property
    def answered(self) -> int:
        return sum(page.answer is not None for page in self.pages)


def ask_for_pages(
    venue: Venue,
    manners: Manners,
    pages: int,
    judge: Callable[[int, bytes], Refusal | None],
    *,
    budget_seconds: float = 480.0,
    late_seconds: float = 0.0,
    pauses: PauseFolder | None = None,
    meanwhile: Callable[[LoopClock], Coroutine[Any, Any, None]] | None = None,
) -> Done:
    """Ask for so many pages at the same time, in one session."""

    async def work() -> Done:
        clock = LoopClock()
        gate = VenueGate("binance", manners, pauses)
        transport = httpx.MockTransport(venue.respond)
        async with open_client(transport=transport) as http, asyncio.TaskGroup() as beside:
            session = VenueSession(gate, http, clock, budget_seconds, random.Random(1))
            if meanwhile is not None:
                beside.create_task(meanwhile(clock))
            asking = [beside.create_task(session.ask(replace(REQUEST), judge)) for _ in range(pages)]
            await asyncio.wait(asking)
            seconds = clock.monotonic()
        return Done([task.result() for task in asking], seconds, gate)

    return in_virtual_time(work(), late_seconds)
