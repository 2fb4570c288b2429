"""What a sweep asked, how long a request takes and since when nobody has answered: told of a session that it wraps."""

from __future__ import annotations

from collections.abc import Callable

from p2p_pipeline.p2p.capture.client import Exchange, Judge
from p2p_pipeline.p2p.capture.venue_session import Asked, VenueSession
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.venues.wire import VenueRequest

_NEWS_SHARE = 0.05


class CountingSession:
    """A VenueSession that counts; how patiently it asks is the business of its Manners."""

    def __init__(self, session: VenueSession) -> None:
        self.requests = 0
        self.failed_requests = 0
        self.seconds_a_request = 0.5
        """How long one takes, lately."""
        self.has_answered = False
        """Whether anything was, since it began."""
        self.last_failure: str | None = None
        """Why the newest failed exchange did, in one sentence."""
        self.on_wait: Callable[[int], None] = lambda _: None
        """Hears +1 when a market side begins to wait idly and -1 when it is over."""
        self._session = session
        self._answered_at = session.unpaused_seconds
        # Not what `ask` returns: a sweep that is stopped in an outage has asked too.
        session.on_exchange = self._count

    @property
    def remaining_seconds(self) -> float:
        """See VenueSession."""
        return self._session.remaining_seconds

    @property
    def silent_seconds(self) -> float:
        """How long nothing has been answered, though the venue might have been asked."""
        return self._session.unpaused_seconds - self._answered_at

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
        """See VenueSession."""
        return await self._session.ask(request, judge)

    def _count(self, exchange: Exchange) -> None:
        self.requests += 1
        self.seconds_a_request += _NEWS_SHARE * (exchange.elapsed_milliseconds / 1000.0 - self.seconds_a_request)
        if exchange.outcome is Outcome.OK:
            self._answered_at = self._session.unpaused_seconds
            self.has_answered = True
        else:
            self.failed_requests += 1
            self.last_failure = exchange.detail or f"The exchange ended with {exchange.outcome}."
