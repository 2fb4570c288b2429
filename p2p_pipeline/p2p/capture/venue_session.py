"""One venue asked politely: its pace and its breaker live from tick to tick, a session lives for one tick."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.kernel.retry_after import retry_after_seconds
from p2p_pipeline.kernel.tracing import span
from p2p_pipeline.p2p.capture import breaker as breaking
from p2p_pipeline.p2p.capture import pacing
from p2p_pipeline.p2p.capture.backoff import SLOW_DOWN, RetryLimits, patient_wait, retry_wait
from p2p_pipeline.p2p.capture.breaker import Breaker, BreakerLimits, Permission
from p2p_pipeline.p2p.capture.client import Exchange, ExchangeLimits, Judge, ask
from p2p_pipeline.p2p.capture.pacing import Pace, PacingLimits
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.raw.capture import Outcome, StopReason
from p2p_pipeline.p2p.venues.wire import VenueRequest

_LEAST_USEFUL_SECONDS = 0.05
_PROBE_POLL_SECONDS = 0.1
_LOOK_AGAIN_SECONDS = 1.0
_STATUS_OF_A_BAN = 418


@dataclass(frozen=True, slots=True)
class Manners:
    """How one venue is asked."""

    pacing: PacingLimits = field(default_factory=PacingLimits)
    concurrency: int = 4
    retries: RetryLimits = field(default_factory=RetryLimits)
    breaker: BreakerLimits = field(default_factory=BreakerLimits)
    exchange: ExchangeLimits = field(default_factory=ExchangeLimits)
    proxy_url: str | None = field(default=None, repr=False)
    """May hold credentials, so it shows in no text."""
    is_patient: bool = False
    """Sit refusals and outages out for as long as the budget allows, and ask once more for what is usually in vain.

    Right for a sweep of minutes. A tick of seconds says at once that the venue is down.
    """


class VenueGate:
    """What a venue has taught us; kept by the process from tick to tick, a pause also from process to process."""

    def __init__(
        self, venue: str, manners: Manners, pauses: PauseFolder | None = None, ceiling: float | None = None
    ) -> None:
        self.venue = venue
        self.manners = manners
        self.pace: Pace = pacing.starting_pace(manners.pacing, ceiling)
        self.breaker = Breaker()
        self._pauses = pauses
        self._known_as = venue if manners.proxy_url is None else f"{venue}.{_address_behind(manners.proxy_url)}"
        """Under which name a pause is kept: the venue means the address that it sees."""
        self._looked_at = float("-inf")
        self._seen_stamp: tuple[int, int] | None = None

    def honour_kept_pause(self, clock: Clock) -> None:
        """Take up a pause that the venue asked another process for: an earlier one, or one that runs beside this."""
        if self._pauses is None:
            return
        self._looked_at = clock.monotonic()
        stamp = self._pauses.stamp(self._known_as)
        if stamp == self._seen_stamp:
            return
        self._seen_stamp = stamp
        until = self._pauses.until(self._known_as)
        seconds = 0.0 if until is None else (until - clock.now()).total_seconds()
        # No pause is kept for longer than this: the clock was set back since.
        if 0.0 < seconds <= self.manners.pacing.longest_pause_seconds:
            self.pace = pacing.paused(self.pace, self.manners.pacing, clock.monotonic(), seconds)

    def trouble(self, clock: Clock) -> str | None:
        """One line on why the venue is not asked just now; None when it is."""
        now = clock.monotonic()
        if self.pace.paused_until > now:
            until = clock.now() + timedelta(seconds=self.pace.paused_until - now)
            return f"{self.venue} asked to be left alone until {until:%H:%M:%S} UTC"
        return None if self.breaker.open_until is None else breaking.explain(self.breaker, self.venue, now)

    def look_for_pauses(self, clock: Clock) -> None:
        """The same, now and then: processes without a proxy, or with the same, are one client to the venue."""
        if clock.monotonic() - self._looked_at >= _LOOK_AGAIN_SECONDS:
            self.honour_kept_pause(clock)

    def learn(self, exchange: Exchange, sent_at: float, clock: Clock) -> None:
        """Take in what came of a request."""
        now = clock.monotonic()
        limits = self.manners.pacing
        if exchange.outcome is Outcome.OK:
            self.pace = pacing.after_success(self.pace, limits, sent_at, now)
        retry_after = retry_after_seconds(exchange.headers, clock.now())
        if exchange.outcome in SLOW_DOWN or (exchange.outcome is Outcome.SERVER_ERROR and retry_after is not None):
            # A longer pause that another process was told must not be written over.
            self.honour_kept_pause(clock)
            paused_before = self.pace.paused_until
            is_block = exchange.outcome is Outcome.BLOCKED or exchange.status == _STATUS_OF_A_BAN
            self.pace = pacing.after_slow_down(self.pace, limits, sent_at, now, retry_after, is_block=is_block)
            if self._pauses is not None and self.pace.paused_until > max(now, paused_before):
                self._pauses.keep(self._known_as, clock.now() + timedelta(seconds=self.pace.paused_until - now))
        if exchange.outcome in breaking.COUNTED:
            reason = exchange.detail or exchange.outcome.value
            self.breaker = breaking.after_failure(self.breaker, self.manners.breaker, now, reason)
        else:
            self.breaker = breaking.after_answer(self.breaker)


def _address_behind(proxy_url: str) -> str:
    # Too short to tell anything of a password in it.
    return hashlib.blake2b(proxy_url.encode(), digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """Every attempt at one page, and why there is no more when the last one failed."""

    attempts: tuple[Exchange, ...]
    stop_reason: StopReason | None = None
    message: str | None = None

    @property
    def answer(self) -> Exchange | None:
        """The success, if there was one."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].outcome is Outcome.OK else None


class VenueSession:
    """One tick's requests to a venue: paced, retried, and over when the budget is."""

    def __init__(
        self,
        gate: VenueGate,
        http: httpx.AsyncClient,
        clock: Clock,
        budget_seconds: float,
        random_source: random.Random,
    ) -> None:
        self._gate = gate
        self._http = http
        self._clock = clock
        self._deadline = clock.monotonic() + budget_seconds
        self._random = random_source
        self._places = asyncio.Semaphore(gate.manners.concurrency)
        self._line = asyncio.Lock()
        """Only the first in line waits for a place and a turn, so the others hold neither."""
        self.on_exchange: Callable[[Exchange], None] = lambda _: None
        """Hears of each attempt as soon as it is over: a page that fails and fails returns none for minutes."""

    @property
    def remaining_seconds(self) -> float:
        """What is left of the tick's budget."""
        return self._deadline - self._clock.monotonic()

    @property
    def unpaused_seconds(self) -> float:
        """The clock, but for the pauses that the venue asked for."""
        return pacing.unpaused_seconds(self._gate.pace, self._clock.monotonic())

    def end_within(self, seconds: float) -> None:
        """Take back what the budget has more than that: waiting on would be in vain."""
        self._deadline = min(self._deadline, self._clock.monotonic() + seconds)

    async def sleep(self, seconds: float) -> bool:
        """Wait, if the budget allows it; False, at once, when it doesn't."""
        if seconds >= self.remaining_seconds - _LEAST_USEFUL_SECONDS:
            return False
        await self._clock.sleep(seconds)
        return True

    async def ask(self, request: VenueRequest, judge: Judge) -> Asked:
        """Ask until there is an answer, or asking again makes no sense or does not fit into the budget."""
        attempts: list[Exchange] = []
        counted = 0
        while True:
            tried = await self._try_once(request, judge)
            if isinstance(tried, Asked):
                return replace(tried, attempts=tuple(attempts))
            attempts.append(tried)
            if tried.outcome is Outcome.OK:
                return Asked(tuple(attempts))
            if self._counts(tried):
                counted += 1
            wait = self._wait_before_next(tried, counted)
            if self.remaining_seconds <= _LEAST_USEFUL_SECONDS:
                return Asked(tuple(attempts), StopReason.BUDGET, f"the time is used up; last: {tried.detail}")
            if wait is None:
                return Asked(tuple(attempts), StopReason.FAILED, tried.detail)
            if not await self.sleep(wait):
                return Asked(tuple(attempts), StopReason.BUDGET, f"the time is used up; last: {tried.detail}")

    def _counts(self, tried: Exchange) -> bool:
        """Whether a failed attempt is one of the few that a page has."""
        if not self._gate.manners.is_patient:
            return True
        # "Too fast" is the pace's business, and while the breaker is open the venue is what fails, not the page.
        return tried.outcome is not Outcome.RATE_LIMITED and self._gate.breaker.open_until is None

    def _wait_before_next(self, tried: Exchange, counted: int) -> float | None:
        retries = self._gate.manners.retries
        if not self._gate.manners.is_patient:
            return retry_wait(tried.outcome, counted, retries, self._random)
        if not self._counts(tried):
            # The line itself waits, for the pace or for the breaker.
            return 0.0
        return patient_wait(tried.outcome, counted, retries, self._random)

    async def _try_once(self, request: VenueRequest, judge: Judge) -> Exchange | Asked:
        refused = await self._take_place_and_turn()
        if refused is not None:
            return refused
        try:
            sent_at = self._clock.monotonic()
            limits = self._gate.manners.exchange
            seconds = min(limits.seconds, self.remaining_seconds)
            with span("request") as told:
                exchange = await ask(self._http, request, judge, self._clock, limits, seconds)
                told.set(outcome=exchange.outcome.value, status=exchange.status)
            self._gate.learn(exchange, sent_at, self._clock)
            self.on_exchange(exchange)
            return exchange
        finally:
            self._places.release()

    async def _take_place_and_turn(self) -> Asked | None:
        waiting_since = self._clock.monotonic()
        async with self._line:
            await self._places.acquire()
            has_turn = False
            try:
                refused = await self._wait_for_turn(waiting_since)
                has_turn = refused is None
                return refused
            finally:
                if not has_turn:
                    self._places.release()

    async def _wait_for_turn(self, waiting_since: float) -> Asked | None:
        gate = self._gate
        while True:
            now = self._clock.monotonic()
            if self.remaining_seconds <= _LEAST_USEFUL_SECONDS:
                return Asked((), StopReason.BUDGET, "the time is used up")
            gate.look_for_pauses(self._clock)
            if breaking.is_stopped(gate.breaker, gate.manners.breaker, now):
                refused = await self._wait_for_breaker(now)
                if refused is not None:
                    return refused
                continue
            due = pacing.next_turn(gate.pace, now)
            if due > self._deadline - _LEAST_USEFUL_SECONDS:
                return Asked((), StopReason.BUDGET, self._pause_sentence())
            if due > now:
                # The turn is taken only when it has come: until then a refusal may put it off.
                await self._clock.sleep(due - now)
                continue
            permission, gate.breaker = breaking.ask_permission(gate.breaker, gate.manners.breaker, now)
            if permission is not Permission.STOP:
                _, gate.pace = pacing.take_turn(gate.pace, gate.manners.pacing, now, waiting_since)
                return None

    async def _wait_for_breaker(self, now: float) -> Asked | None:
        gate = self._gate
        open_until = gate.breaker.open_until
        if open_until is None or now >= open_until:
            # Another market side is trying whether the venue is back: its answer is ours too.
            await self._clock.sleep(_PROBE_POLL_SECONDS)
            return None
        if not gate.manners.is_patient or open_until >= self._deadline - _LEAST_USEFUL_SECONDS:
            return Asked((), StopReason.FAILED, breaking.explain(gate.breaker, gate.venue, now))
        # Not in one go: an answer that was on its way may close it before.
        await self._clock.sleep(min(_LOOK_AGAIN_SECONDS, open_until - now))
        return None

    def _pause_sentence(self) -> str:
        trouble = self._gate.trouble(self._clock)
        return (
            trouble
            or f"{self._gate.venue} is asked {self._gate.pace.per_second:.2f} times a second; the time is used up"
        )
