"""What a sweep is told of its session while nothing is answered."""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest

from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.sweeps.counting import CountingSession
from p2p_pipeline.p2p.capture.venue_session import Manners, VenueGate, VenueSession
from p2p_pipeline.p2p.venues.refusals import refusal_of_status
from p2p_pipeline_tests.p2p.capture.virtual_time import REQUEST, LoopClock, Venue, in_virtual_time

MANNERS = Manners(PacingLimits(10.0), breaker=PATIENT_BREAKER, is_patient=True)


def _longest_silence(venue: Venue) -> tuple[float, CountingSession]:
    """How silent it ever was until one page was answered or the budget was used up."""

    async def work() -> tuple[float, CountingSession]:
        longest = 0.0
        async with open_client(transport=httpx.MockTransport(venue.respond)) as http:
            plain = VenueSession(VenueGate("binance", MANNERS), http, LoopClock(), 480.0, random.Random(1))
            session = CountingSession(plain)
            asking = asyncio.create_task(session.ask(REQUEST, lambda status, _: refusal_of_status(status)))
            while not asking.done():
                await asyncio.wait([asking], timeout=0.25)
                longest = max(longest, session.silent_seconds)
        return longest, session

    return in_virtual_time(work())


def test_a_pause_that_the_venue_asked_for_is_no_silence() -> None:
    longest, session = _longest_silence(Venue(lambda now: 429 if now < 1.0 else 200, retry_after="150"))
    assert longest < 5.0
    assert (session.requests, session.failed_requests) == (2, 1)


def test_a_venue_that_refuses_and_refuses_is_silent_between_its_pauses() -> None:
    longest, session = _longest_silence(Venue(lambda _: 429, retry_after="2"))
    assert longest > 120.0, "which ends a sweep's tail"
    assert session.failed_requests == session.requests


def test_a_page_that_is_given_up_in_the_middle_of_an_outage_has_counted_all_its_attempts() -> None:
    async def work() -> CountingSession:
        venue = Venue(lambda _: httpx.ConnectError("down"))
        async with open_client(transport=httpx.MockTransport(venue.respond)) as http:
            plain = VenueSession(VenueGate("binance", MANNERS), http, LoopClock(), 480.0, random.Random(1))
            session = CountingSession(plain)
            asking = asyncio.create_task(session.ask(REQUEST, lambda status, _: refusal_of_status(status)))
            while len(venue.asked_at) < 3:
                await asyncio.wait([asking], timeout=0.25)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        return session

    session = in_virtual_time(work())
    # The third may have been on its way.
    assert 2 <= session.requests == session.failed_requests <= 3
