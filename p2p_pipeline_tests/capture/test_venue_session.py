from __future__ import annotations

import asyncio
import random

import httpx

from p2p_pipeline.capture.breaker import Breaker
from p2p_pipeline.capture.client import open_client
from p2p_pipeline.capture.pacing import PacingLimits
from p2p_pipeline.capture.venue_session import Manners, VenueGate, VenueSession
from p2p_pipeline.venues.wire import VenueRequest
from p2p_pipeline_tests.capture.collecting import StandingClock

REQUEST = VenueRequest("POST", "http://venue.test/search", {"page": 1})


def test_waiting_for_another_sides_probe_takes_no_turns_from_the_next_tick() -> None:
    clock = StandingClock()
    limits = PacingLimits(requests_per_second=2.0)
    gate = VenueGate("binance", Manners(pacing=limits))
    gate.breaker = Breaker(failures=9, open_until=clock.elapsed - 1, pause_seconds=15, probing_since=clock.elapsed)

    async def run() -> None:
        async with open_client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http:
            session = VenueSession(gate, http, clock, 20.0, random.Random(1))
            asked = await session.ask(REQUEST, lambda *_: None)
            assert not asked.attempts

    asyncio.run(run())
    assert gate.pace.next_at <= clock.elapsed, "nothing was asked, so nobody has to wait for it"
