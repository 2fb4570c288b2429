"""Every fault of the simulated venues over real sockets: what is written down, and that the next slot is well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from p2p_pipeline.p2p.capture.breaker import BreakerLimits
from p2p_pipeline.p2p.capture.client import ExchangeLimits
from p2p_pipeline.p2p.capture.slot_results import SlotStatus
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.capture import Outcome, StopReason
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.collecting import BOB, QUICK, RUB, SLOT, make_collector, make_plan, stored
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import still_market

NO_BREAKER = replace(QUICK, breaker=BreakerLimits(failures_to_open=1000))

FAILING = {
    FaultName.TOO_MANY_REQUESTS: Outcome.RATE_LIMITED,
    FaultName.TEAPOT: Outcome.RATE_LIMITED,
    FaultName.ACCESS_DENIED: Outcome.BLOCKED,
    FaultName.ACCESS_TOO_FREQUENT: Outcome.BLOCKED,
    FaultName.SERVER_ERROR: Outcome.SERVER_ERROR,
    FaultName.BAD_GATEWAY: Outcome.SERVER_ERROR,
    FaultName.UNAVAILABLE: Outcome.SERVER_ERROR,
    FaultName.NEVER_ANSWERS: Outcome.TIMEOUT,
    FaultName.SLOW_DRIP: Outcome.TIMEOUT,
    FaultName.TRUNCATED_GZIP: Outcome.TRUNCATED,
    FaultName.TRUNCATED_JSON: Outcome.NOT_JSON,
    FaultName.SHORT_BODY: Outcome.TRUNCATED,
    FaultName.HTML_INSTEAD: Outcome.BLOCKED,
    FaultName.VENUE_ERROR: Outcome.VENUE_ERROR,
    FaultName.REDIRECT: Outcome.REDIRECT,
    FaultName.OVERSIZED_BODY: Outcome.TOO_LARGE,
    FaultName.GZIP_BOMB: Outcome.TOO_LARGE,
    FaultName.CONNECTION_RESET: Outcome.CONNECTION,
}
READABLE = (
    FaultName.NEW_FIELD,
    FaultName.MISSING_FIELD,
    FaultName.RENAMED_FIELD,
    FaultName.RETYPED_FIELD,
    FaultName.BROKEN_RECORD,
    FaultName.DUPLICATE_PAGE,
    FaultName.PAGES_SHIFT_DOWN,
    FaultName.PAGES_SHIFT_UP,
)


TOLD_BY_THE_BODY = (
    FaultName.ACCESS_TOO_FREQUENT,
    FaultName.TRUNCATED_JSON,
    FaultName.HTML_INSTEAD,
    FaultName.VENUE_ERROR,
)
"""What each venue's own reading has to recognise; the rest is the same code for all."""


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(offers_per_side=45)) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: RunningSimulator) -> Iterator[RunningSimulator]:
    served.faults.replace([])
    yield served
    served.faults.replace([])


def test_every_fault_of_the_simulator_is_tried_here() -> None:
    special = {FaultName.TOO_MANY_REQUESTS_WITH_RETRY_AFTER, FaultName.EMPTY_PAGE, FaultName.NULL_LIST}
    assert set(FAILING) | set(READABLE) | special == set(FaultName)


@pytest.mark.parametrize(
    ("fault", "market"), [(fault, BOB) for fault in FAILING] + [(fault, RUB) for fault in TOLD_BY_THE_BODY], ids=str
)
def test_a_fault_is_written_down_as_what_it_is_and_the_next_slot_is_well(
    simulator: RunningSimulator, tmp_path: Path, fault: FaultName, market: Market
) -> None:
    collector = make_collector(tmp_path)
    plan = make_plan(simulator.url, market, sides=(Side.BUY,), manners=NO_BREAKER)
    simulator.faults.replace([FaultRule(fault)])
    (failed,) = collector.collect_slot_now(plan, SLOT).results
    simulator.faults.replace([])
    (well,) = collector.collect_slot_now(plan, SLOT + 1).results

    assert failed.status is SlotStatus.FAILED
    assert failed.raw_path, "what went wrong is evidence"
    assert failed.message
    first = stored(collector, market)[0].captures[0][0]
    assert first.outcome is FAILING[fault]
    assert first.detail
    assert (well.status, well.is_complete, well.offers > 20) == (SlotStatus.CAPTURED, True, True)


@pytest.mark.parametrize("market", [BOB, RUB], ids=str)
@pytest.mark.parametrize("fault", READABLE)
def test_a_page_with_something_odd_is_read_as_far_as_it_goes(
    simulator: RunningSimulator, tmp_path: Path, fault: FaultName, market: Market
) -> None:
    collector = make_collector(tmp_path)
    plan = make_plan(simulator.url, market, sides=(Side.BUY,), manners=NO_BREAKER)
    simulator.faults.replace([FaultRule(fault, page=2)])
    (odd,) = collector.collect_slot_now(plan, SLOT).results
    simulator.faults.replace([])
    (well,) = collector.collect_slot_now(plan, SLOT + 1).results

    assert odd.status is SlotStatus.CAPTURED
    assert odd.pages >= 2
    if fault is FaultName.NEW_FIELD:
        assert odd.unknown_fields
    if fault is FaultName.BROKEN_RECORD:
        assert odd.rejected > 0
    if fault is FaultName.DUPLICATE_PAGE:
        assert odd.duplicates >= 20
        assert not odd.is_complete, "twenty ads that the venue counts were never seen"
    assert well.is_complete


def test_a_fault_on_one_page_costs_an_attempt_and_no_offers(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector = make_collector(tmp_path)
    simulator.faults.replace([FaultRule(FaultName.SERVER_ERROR, page=2, count=1)])
    (result,) = collector.collect_slot_now(make_plan(simulator.url, sides=(Side.SELL,)), SLOT).results
    assert result.is_complete
    assert result.captures == result.pages + 1


def test_pages_read_before_a_failure_are_kept_and_the_snapshot_says_it_is_not_complete(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    collector = make_collector(tmp_path)
    simulator.faults.replace([FaultRule(FaultName.ACCESS_DENIED, page=2)])
    (result,) = collector.collect_slot_now(make_plan(simulator.url, sides=(Side.BUY,)), SLOT).results
    assert (result.status, result.pages) == (SlotStatus.CAPTURED, 1)
    # Binance shows a promoted ad besides its twenty, and whether there is one changes with the simulated hour.
    assert result.offers in (20, 21)
    assert (result.stop_reason, result.is_complete) == (StopReason.FAILED, False)


@pytest.mark.parametrize("fault", [FaultName.NEVER_ANSWERS, FaultName.SLOW_DRIP])
def test_neither_silence_nor_a_drip_outlasts_the_budget(
    simulator: RunningSimulator, tmp_path: Path, fault: FaultName
) -> None:
    patient = replace(NO_BREAKER, exchange=ExchangeLimits(seconds=30.0, connect_seconds=30.0))
    collector = make_collector(tmp_path, budget_seconds=0.8)
    simulator.faults.replace([FaultRule(fault)])
    began = time.monotonic()
    report = collector.collect_slot_now(make_plan(simulator.url, manners=patient), SLOT)
    assert time.monotonic() - began < 1.6
    assert {result.stop_reason for result in report.results} == {StopReason.BUDGET}
    last = stored(collector)[0].captures[-1][0]
    assert last.stop_reason is StopReason.BUDGET, "the raw store alone must tell that time ran out"


def test_a_long_retry_after_ends_the_tick_at_once_and_pauses_the_venue_across_ticks(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    collector = make_collector(tmp_path, budget_seconds=1.0)
    plan = make_plan(simulator.url, sides=(Side.BUY,), manners=NO_BREAKER)
    simulator.faults.replace([FaultRule(FaultName.TOO_MANY_REQUESTS_WITH_RETRY_AFTER, amount=120)])
    began = time.monotonic()
    (told,) = collector.collect_slot_now(plan, SLOT).results
    simulator.faults.replace([])
    (paused,) = collector.collect_slot_now(plan, SLOT + 1).results
    assert time.monotonic() - began < 1.0
    assert (told.captures, told.stop_reason) == (1, StopReason.BUDGET)
    assert "to be left alone until" in str(told.message)
    assert (paused.captures, paused.raw_path) == (0, None), "no request was sent, so there is nothing to keep"


def test_a_short_retry_after_is_waited_for_and_the_book_is_read(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector = make_collector(tmp_path, budget_seconds=5.0, clock=None)
    simulator.faults.replace([FaultRule(FaultName.TOO_MANY_REQUESTS_WITH_RETRY_AFTER, amount=1, count=1)])
    (result,) = collector.collect_slot_now(make_plan(simulator.url, sides=(Side.BUY,)), SLOT).results
    assert result.is_complete
    assert result.captures == result.pages + 1
    assert collector.gate(make_plan(simulator.url)).pace.per_second < QUICK.pacing.requests_per_second


@pytest.mark.parametrize(("fault", "market"), [(FaultName.EMPTY_PAGE, BOB), (FaultName.NULL_LIST, RUB)], ids=str)
def test_an_empty_success_page_in_a_market_that_had_offers_is_a_soft_block_not_an_empty_market(
    simulator: RunningSimulator, tmp_path: Path, fault: FaultName, market: Market
) -> None:
    collector = make_collector(tmp_path)
    plan = make_plan(simulator.url, market, manners=NO_BREAKER)
    collector.collect_slot_now(plan, SLOT)
    simulator.faults.replace([FaultRule(fault, side="BUY")])
    blocked, other = collector.collect_slot_now(plan, SLOT + 1).results
    restarted = make_collector(tmp_path)
    blocked_again, _ = restarted.collect_slot_now(plan, SLOT + 2).results
    simulator.faults.replace([])
    well, _ = restarted.collect_slot_now(plan, SLOT + 3).results

    assert (blocked.status, blocked.stop_reason) == (SlotStatus.FAILED, StopReason.SOFT_BLOCK)
    assert blocked.captures == 2, "it is asked again once, later in the tick"
    assert other.is_complete
    assert blocked_again.stop_reason is StopReason.SOFT_BLOCK, "a restart does not forget"
    assert well.is_complete


def test_one_empty_page_that_is_gone_a_moment_later_costs_nothing(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector = make_collector(tmp_path)
    plan = make_plan(simulator.url, sides=(Side.BUY,))
    collector.collect_slot_now(plan, SLOT)
    simulator.faults.replace([FaultRule(FaultName.EMPTY_PAGE, count=1)])
    (result,) = collector.collect_slot_now(plan, SLOT + 1).results
    assert result.is_complete
    outcomes = [capture.outcome for capture, _ in stored(collector)[1].captures]
    assert outcomes[:2] == [Outcome.SOFT_BLOCK, Outcome.OK]
