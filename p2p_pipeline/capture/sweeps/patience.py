"""Ask again later what failed for a while: a sweep has minutes where a tick has seconds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from p2p_pipeline.capture.backoff import RETRYABLE
from p2p_pipeline.capture.captures import Outcome, StopReason
from p2p_pipeline.capture.client import Exchange, Judge
from p2p_pipeline.capture.clock import Clock
from p2p_pipeline.capture.venue_session import Asked, VenueGate, VenueSession
from p2p_pipeline.venues.wire import VenueRequest

WAITS_SECONDS = (5.0, 20.0)
"""Before the session's own tries begin again: bursts of refusals and short outages are over then."""
_LEAST_WAIT_SECONDS = 0.2
_NEWS_SHARE = 0.05


class PatientSession:
    """A VenueSession that waits for the breaker and gives what failed another chance, as far as the budget goes."""

    def __init__(
        self,
        session: VenueSession,
        gate: VenueGate,
        clock: Clock,
        random_source: random.Random,
        waits_seconds: tuple[float, ...] = WAITS_SECONDS,
    ) -> None:
        self.requests = 0
        self.failed_requests = 0
        self.seconds_a_request = 0.5
        """How long one takes, lately."""
        self.on_wait: Callable[[int], None] = lambda _: None
        """Hears +1 when a request begins to wait idly and -1 when it is over."""
        self._session = session
        self._answered_at = clock.monotonic()
        self._gate = gate
        self._clock = clock
        self._random = random_source
        self._waits_seconds = waits_seconds

    @property
    def remaining_seconds(self) -> float:
        """See VenueSession."""
        return self._session.remaining_seconds

    @property
    def silent_seconds(self) -> float:
        """How long nothing has been answered."""
        return self._clock.monotonic() - self._answered_at

    def end_within(self, seconds: float) -> None:
        """See VenueSession."""
        self._session.end_within(seconds)

    async def sleep(self, seconds: float) -> bool:
        """See VenueSession."""
        self.on_wait(1)
        try:
            return await self._session.sleep(seconds)
        finally:
            self.on_wait(-1)

    async def ask(self, request: VenueRequest, judge: Judge) -> Asked:
        """See VenueSession; every attempt of every round is in the answer."""
        attempts: list[Exchange] = []
        waits = list(self._waits_seconds)
        while True:
            asked = await self._session.ask(request, judge)
            self._count(asked)
            attempts.extend(asked.attempts)
            wait = None if asked.answer is not None else self._wait(asked, attempts, waits)
            if wait is None:
                return replace(asked, attempts=tuple(attempts))
            if not await self.sleep(wait):
                return Asked(tuple(attempts), StopReason.BUDGET, asked.message)

    def _count(self, asked: Asked) -> None:
        if asked.answer is not None:
            self._answered_at = self._clock.monotonic()
        self.requests += len(asked.attempts)
        for exchange in asked.attempts:
            self.seconds_a_request += _NEWS_SHARE * (exchange.elapsed_milliseconds / 1000.0 - self.seconds_a_request)
        self.failed_requests += sum(exchange.outcome is not Outcome.OK for exchange in asked.attempts)

    def _wait(self, asked: Asked, attempts: list[Exchange], waits: list[float]) -> float | None:
        if asked.stop_reason is not StopReason.FAILED:
            return None
        if not attempts:
            # The breaker is open. Giving up would go through the whole plan in a second.
            until = self._gate.breaker.open_until or 0.0
            return max(_LEAST_WAIT_SECONDS, until - self._clock.monotonic()) + self._random.uniform(0.0, 0.5)
        # What failed itself does not wait for the breaker for ever: it may be the reason why it is open.
        if not waits or attempts[-1].outcome not in RETRYABLE:
            return None
        return waits.pop(0) * self._random.uniform(0.5, 1.0)
