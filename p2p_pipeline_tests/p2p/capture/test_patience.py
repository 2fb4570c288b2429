"""A session that has minutes: at the rate it is allowed, through refusals, chance failures and outages."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.raw.capture import Outcome, StopReason
from p2p_pipeline.p2p.venues.refusals import refusal_of_status
from p2p_pipeline.p2p.venues.wire import Refusal
from p2p_pipeline_tests.p2p.capture.limited_venue import Bucket
from p2p_pipeline_tests.p2p.capture.virtual_time import BEGAN, LoopClock, Venue, ask_for_pages

PATIENT = Manners(PacingLimits(10.0), concurrency=32, breaker=PATIENT_BREAKER, is_patient=True)
LOST = httpx.ConnectError("no route")


def _judge(status: int, _: bytes) -> Refusal | None:
    return refusal_of_status(status)


def _at(rate: float, concurrency: int = 64) -> Manners:
    return replace(PATIENT, pacing=PacingLimits(rate), concurrency=concurrency)


@pytest.mark.parametrize("rate", [1.0, 10.0, 40.0, 100.0, 400.0])
def test_so_many_pages_take_what_the_rate_says_however_late_the_clock_wakes(rate: float) -> None:
    pages = round(min(30 * rate, 2000))
    done = ask_for_pages(Venue(lambda _: 200), _at(rate), pages, _judge, late_seconds=0.004)
    assert done.answered == pages
    assert (pages - 1) / rate < done.seconds < pages / rate * 1.02 + 0.2


def test_the_rate_is_used_with_no_more_places_than_there_are_requests_on_their_way() -> None:
    venue = Venue(lambda _: 200, seconds=0.39)
    done = ask_for_pages(venue, _at(10.0, concurrency=4), 300, _judge)
    assert done.seconds < 31.0
    assert venue.most_at_once == 4


def test_no_more_requests_are_on_their_way_than_there_are_places() -> None:
    venue = Venue(lambda _: 200, seconds=2.0)
    ask_for_pages(venue, _at(100.0, concurrency=5), 50, _judge)
    assert venue.most_at_once == 5


@pytest.mark.parametrize(("limit", "rate"), [(2.0, 10.0), (5.0, 10.0), (30.0, 40.0)])
def test_a_limit_of_the_venues_own_costs_no_page_and_leaves_less_than_15_percent_unused(
    limit: float, rate: float
) -> None:
    bucket = Bucket(limit, limit)
    venue = Venue(lambda now: 200 if bucket(now) else 429)
    pages = round(limit * 180)
    done = ask_for_pages(venue, _at(rate), pages, _judge)
    assert done.answered == pages
    assert done.seconds < 180 / 0.85


def test_refusals_use_up_none_of_a_pages_attempts_while_there_is_time() -> None:
    venue = Venue(lambda now: 429 if 20.0 <= now < 50.0 else 200, retry_after=None)
    done = ask_for_pages(venue, _at(10.0), 1000, _judge)
    assert done.answered == 1000
    assert done.seconds < 100.0 + 30.0 + 15.0
    assert venue.asked_between(21.0, 50.0) < 30


def test_with_one_failure_in_a_hundred_and_a_burst_of_refusals_hardly_a_page_is_missing() -> None:
    chance = random.Random(5)
    failures: tuple[int | Exception, ...] = (500, 502, 503, 403, 302, 400, LOST, httpx.ReadTimeout("slow"))

    def answers(now: float) -> int | Exception:
        if 60.0 <= now < 90.0:
            return 429
        return 200 if chance.random() >= 0.01 else chance.choice(failures)

    done = ask_for_pages(Venue(answers), _at(10.0), 3700, _judge)
    assert done.answered >= 0.999 * 3700
    assert done.seconds < 480.0
    assert done.gate.breaker.open_until is None


@pytest.mark.parametrize(("failure", "cost_seconds"), [(LOST, 75.0), (503, 75.0), (403, 140.0)])
def test_an_outage_is_sat_out_by_everybody_and_looked_into_by_one(
    failure: int | Exception, cost_seconds: float
) -> None:
    venue = Venue(lambda now: failure if 20.0 <= now < 80.0 else 200)
    done = ask_for_pages(venue, _at(20.0), 2000, _judge, budget_seconds=480.0)
    assert done.answered == 2000
    assert venue.asked_between(23.0, 80.0) < 20
    assert done.seconds < 100.0 + cost_seconds, "a block slows down for longer than a failure"


def test_a_venue_that_stays_away_is_waited_for_no_longer_than_the_budget() -> None:
    venue = Venue(lambda _: LOST)
    done = ask_for_pages(venue, _at(20.0), 200, _judge, budget_seconds=120.0)
    assert done.seconds <= 120.0
    assert {page.stop_reason for page in done.pages} <= {StopReason.BUDGET, StopReason.FAILED}
    assert all(page.message for page in done.pages)
    assert len(venue.asked_at) < 60


def test_a_page_that_always_fails_is_given_up_while_the_others_are_answered() -> None:
    venue = Venue(lambda now: 500 if now < 0.15 else 200)
    retries = replace(PATIENT.retries, base_seconds=0.0)
    done = ask_for_pages(Venue(lambda _: 500), replace(_at(10.0), retries=retries), 1, _judge, budget_seconds=60.0)
    assert [exchange.outcome for exchange in done.pages[0].attempts] == [Outcome.SERVER_ERROR] * 4
    assert ask_for_pages(venue, _at(10.0), 5, _judge).answered == 5


def test_a_tick_of_seconds_still_has_four_attempts_and_no_patience() -> None:
    tick = Manners(PacingLimits(1000.0))
    refused = ask_for_pages(Venue(lambda _: 429, retry_after=None), tick, 1, _judge, budget_seconds=480.0).pages[0]
    assert (len(refused.attempts), refused.stop_reason) == (4, StopReason.FAILED)
    down = ask_for_pages(Venue(lambda _: LOST), tick, 40, _judge, budget_seconds=20.0)
    assert down.seconds < 10.0
    assert {page.stop_reason for page in down.pages} == {StopReason.FAILED}


def test_a_pause_that_another_process_was_told_is_honoured_within_a_second(tmp_path: Path) -> None:
    ours, theirs = PauseFolder(tmp_path), PauseFolder(tmp_path)

    async def meanwhile(clock: LoopClock) -> None:
        await clock.sleep(10.0)
        theirs.keep("binance", clock.now() + timedelta(seconds=25))

    venue = Venue(lambda _: 200)
    done = ask_for_pages(venue, _at(10.0), 200, _judge, pauses=ours, meanwhile=meanwhile)
    assert done.answered == 200
    assert venue.asked_between(11.1, 34.9) == 0
    assert done.seconds == pytest.approx(45.0, abs=2.0)


def test_a_short_pause_does_not_write_over_a_longer_one_of_another_process(tmp_path: Path) -> None:
    folder = PauseFolder(tmp_path)

    async def meanwhile(clock: LoopClock) -> None:
        await clock.sleep(9.95)
        folder.keep("binance", clock.now() + timedelta(seconds=60))

    venue = Venue(lambda now: 429 if 9.9 < now < 10.2 else 200)
    ask_for_pages(venue, _at(10.0), 150, _judge, pauses=PauseFolder(tmp_path), meanwhile=meanwhile)
    assert folder.until("binance") == BEGAN + timedelta(seconds=69.95)
    assert venue.asked_between(11.0, 69.9) == 0


def test_a_pause_told_to_one_proxy_is_no_other_ones_and_its_file_tells_nothing_of_the_proxy(tmp_path: Path) -> None:
    first = replace(_at(10.0), proxy_url="http://user:hunter2@one.test:1")
    told = Venue(lambda now: 429 if now < 0.2 else 200, retry_after="40")
    ask_for_pages(told, first, 5, _judge, pauses=PauseFolder(tmp_path))
    for other in (None, "http://user:hunter2@two.test:1"):
        venue = Venue(lambda _: 200)
        ask_for_pages(venue, replace(first, proxy_url=other), 5, _judge, pauses=PauseFolder(tmp_path))
        assert venue.asked_between(0.0, 5.0) == 5
    same = Venue(lambda _: 200)
    ask_for_pages(same, first, 5, _judge, pauses=PauseFolder(tmp_path))
    assert same.asked_between(0.0, 30.0) == 0
    (file,) = (tmp_path / "pauses").iterdir()
    assert not any(word in file.name + file.read_text("ascii") for word in ("hunter2", "user", "one.test"))
