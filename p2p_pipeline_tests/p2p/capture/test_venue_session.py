from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from p2p_pipeline.p2p.capture.breaker import Breaker
from p2p_pipeline.p2p.capture.claims import ClaimFolder, Holder
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.collector import Collector
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.venue_session import Asked, Manners, VenueGate, VenueSession
from p2p_pipeline.p2p.markets import Side, Source
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.wire import VenueRequest
from p2p_pipeline_tests.p2p.capture.collecting import QUICK, SLOT, StandingClock, make_plan

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


def _collector(folder: Path, clock: StandingClock, asked: list[str], gates_of: Collector | None = None) -> Collector:
    """One that starts in a data folder where every venue says 429 and to come back in ten minutes."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(429, headers={"retry-after": "600"}, stream=httpx.ByteStream(b"{}"))

    return Collector(
        RawStore(folder, min_free_bytes=0),
        ClaimFolder(folder / "state", Holder.this_process("a test")),
        Source.SIMULATED,
        budget_seconds=3.0,
        clock=clock,
        transport=httpx.MockTransport(answer),
        pauses=PauseFolder(folder / "state"),
        gates_of=gates_of,
    )


@pytest.mark.parametrize(
    "wall",
    [(202, b""), (405, b"<html>captcha</html>"), (200, b"<html>Just a moment...</html>"), (200, "<p>Доступ".encode())],
)
def test_a_wall_for_bots_is_asked_once_and_slows_the_venue_down(wall: tuple[int, bytes]) -> None:
    clock, asked = StandingClock(), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(wall[0], stream=httpx.ByteStream(wall[1]))

    async def run() -> Asked:
        async with open_client(transport=httpx.MockTransport(answer)) as http:
            session = VenueSession(gate, http, clock, 20.0, random.Random(1))
            return await session.ask(REQUEST, BinanceVenue().refusal)

    gate = VenueGate("binance", Manners(pacing=PacingLimits(requests_per_second=4.0)))
    told = asyncio.run(run())
    assert len(asked) == 1
    assert told.attempts[0].outcome is Outcome.BLOCKED
    assert gate.pace.per_second <= 2.0


def test_a_restart_honours_the_pause_that_the_venue_asked_for(tmp_path: Path) -> None:
    clock, asked = StandingClock(), list[str]()
    plan = make_plan("http://venue.test", sides=(Side.BUY,))
    _collector(tmp_path, clock, asked).collect_slot_now(plan, SLOT)
    assert len(asked) == 1
    clock.wall += timedelta(seconds=300)
    clock.elapsed = 7.0
    (result,) = _collector(tmp_path, clock, asked).collect_slot_now(plan, SLOT + 10).results
    assert "asked to be left alone until 00:10:00 UTC" in str(result.message)
    assert len(asked) == 1
    clock.wall += timedelta(seconds=301)
    _collector(tmp_path, clock, asked).collect_slot_now(plan, SLOT + 20)
    assert len(asked) == 2


def test_a_kept_pause_that_a_wrong_clock_or_a_broken_file_makes_endless_holds_up_nobody(tmp_path: Path) -> None:
    clock, asked = StandingClock(), list[str]()
    plan = make_plan("http://venue.test", sides=(Side.BUY,))
    PauseFolder(tmp_path / "state").keep("binance", clock.now() + timedelta(days=900))
    _collector(tmp_path, clock, asked).collect_slot_now(plan, SLOT)
    (file,) = (tmp_path / "state" / "pauses").iterdir()
    file.write_bytes(b"\xff\x00")
    _collector(tmp_path, clock, asked).collect_slot_now(plan, SLOT + 1)
    assert len(asked) == 2


def test_a_collector_made_anew_keeps_what_the_old_one_learnt_of_a_venue(tmp_path: Path) -> None:
    clock = StandingClock()
    plan = make_plan("http://venue.test")
    old = _collector(tmp_path, clock, [])
    gate = old.gate(plan)
    gate.pace = replace(gate.pace, per_second=0.05, paused_until=clock.elapsed + 90)
    gate.breaker = Breaker(failures=9, open_until=clock.elapsed + 60)
    new = _collector(tmp_path, clock, [], gates_of=old)
    assert new.gate(plan) is gate

    faster = replace(QUICK, pacing=PacingLimits(requests_per_second=9.0))
    changed = new.gate(replace(plan, manners=faster))
    assert changed.pace.per_second == 9.0, "another pace was asked for in the settings"
    assert changed.pace.paused_until == gate.pace.paused_until, "but the venue still wants to be left alone"
    elsewhere = new.gate(replace(plan, manners=replace(faster, proxy_url="http://proxy.test:1")))
    assert elsewhere.pace.paused_until <= clock.elapsed
