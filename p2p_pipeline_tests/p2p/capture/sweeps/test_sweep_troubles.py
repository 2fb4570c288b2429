"""What failures, outages and stopping cost a sweep, against the simulator over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.sweeps.batches import stored_batches
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepProgress, sweep
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose, StopReason
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Appended, DiskFull
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator
from p2p_pipeline_tests.p2p.capture.collecting import FastClock
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import (
    ASSETS,
    FIATS,
    MANNERS,
    TENACIOUS,
    SmallBinance,
    Sweeper,
    asked_sides,
    next_number,
    read_ids,
    true_ids,
)

ALL_KEYS = tuple(f"binance.{asset}-{fiat}" for asset in ASSETS for fiat in FIATS)
BOB_BUY = MarketSide(Market("binance", "USDT", "BOB"), Side.BUY)


def test_a_failing_fiat_costs_only_itself(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url, FastClock(20.0))
    keys = [f"binance.{asset}-KES" for asset in ASSETS]
    simulator.faults.replace([FaultRule(FaultName.BAD_GATEWAY, market_key=key) for key in keys])
    report = sweeper.sweep(budget_seconds=1800.0)
    assert report.status is SweepStatus.PARTIAL
    assert report.seconds < 900, "it is not waited for to the budget's end"
    assert {(m.fiat, m.asset, m.side) for m in report.missing} == {
        ("KES", asset, side) for asset in ASSETS for side in Side
    }
    assert report.markets_complete == report.markets - len(ASSETS)
    reasons = " ".join(missing.reason for missing in report.missing)
    assert "502" in reasons
    evidence = sweeper.snapshots(report)[MarketSide(Market("binance", "USDT", "KES"), Side.BUY)]
    assert {capture.outcome for capture, _ in evidence.captures} == {Outcome.SERVER_ERROR}


def test_an_outage_of_forty_seconds_costs_time_and_no_market(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url, FastClock(20.0))
    repair = threading.Timer(40.0 / 20.0, simulator.faults.replace, [[]])

    reasons: set[str | None] = set()

    def outage(now: SweepProgress) -> None:
        reasons.add(now.trouble)
        if now.sides_done == 4 and repair.ident is None:
            simulator.faults.replace([FaultRule(FaultName.UNAVAILABLE)])
            repair.start()

    report = sweeper.sweep(budget_seconds=900.0, progress=outage)
    assert report.seconds > 40
    assert (report.status, report.missing) == (SweepStatus.COMPLETE, ())
    assert any("times in a row (HTTP 503" in str(reason) for reason in reasons), reasons


def test_a_failing_list_of_assets_costs_only_its_fiat_and_nothing_once_one_is_stored(
    sweeper: Sweeper, simulator: RunningSimulator
) -> None:
    broken = SmallBinance(simulator.url, without_assets=frozenset({"VND"}))
    report = sweeper.sweep(venue=broken)
    assert report.status is SweepStatus.PARTIAL
    assert [(missing.fiat, missing.asset, missing.side) for missing in report.missing] == [("VND", "", "")]
    assert report.sides_complete == report.sides == 18
    assert sweeper.sweep().sides == 24
    assert sweeper.sweep(venue=broken).sides == 24


def test_without_any_list_of_fiats_it_fails_with_one_sentence(sweeper: Sweeper, simulator: RunningSimulator) -> None:
    report = sweeper.sweep(venue=SmallBinance(simulator.url, without_fiats=True))
    assert report.status is SweepStatus.FAILED
    assert str(report.trouble).startswith("binance did not say which fiats it trades (")
    assert stored_batches(sweeper.store.reader, "binance", report.started_at.date()) == [report]


@pytest.mark.parametrize("has_lists", [False, True], ids=["first", "lists of today"])
def test_a_venue_that_is_not_there_ends_the_sweep_with_its_reason_within_a_minute(
    simulator: RunningSimulator, tmp_path: Path, caplog: pytest.LogCaptureFixture, has_lists: bool
) -> None:
    sweeper = Sweeper(tmp_path, simulator.url, FastClock(20.0))
    if has_lists:
        sweeper.sweep(budget_seconds=480.0)
    # A port that nobody listens at.
    absent = SmallBinance("http://127.0.0.1:9")
    caplog.clear()
    report = sweeper.sweep(venue=absent, budget_seconds=480.0)
    assert report.seconds < 60
    assert report.status is SweepStatus.FAILED
    # Without lists there is one question, which is given up even sooner.
    said = r"binance has not answered once in 3\d s: " if has_lists else r"binance did not say which fiats it trades \("
    assert re.match(said + "There is no connection to 127.0.0.1", str(report.trouble)), report.trouble
    assert "the next sweep asks again" in str(report.trouble)


def test_lists_that_cannot_be_had_are_told_once_and_not_twice_a_fiat(
    sweeper: Sweeper, simulator: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    broken = SmallBinance(simulator.url, without_assets=frozenset(FIATS))
    sweeper.sweep(venue=broken)
    told = [record.getMessage() for record in caplog.records if "can't be had" in record.getMessage()]
    assert len(told) == 1
    assert told[0].startswith("4 of 8 lists of today can't be had; the first, the asset_list of BOB: ")


def test_a_venue_that_shows_nothing_at_all_is_not_believed(simulator: RunningSimulator, sweeper: Sweeper) -> None:
    simulator.faults.replace([FaultRule(FaultName.EMPTY_PAGE)])
    report = sweeper.sweep()
    assert (report.status, report.sides_complete, report.offers) == (SweepStatus.FAILED, 0, 0)
    assert str(report.trouble).startswith("None of the 24 market sides that were due could be read; the first: The ve")
    simulator.faults.replace([])
    assert sweeper.sweep().sides_complete == 24


def test_a_burst_of_refusals_and_random_failures_cost_time_and_no_market(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    simulator.faults.replace(
        [
            FaultRule(FaultName.TOO_MANY_REQUESTS, count=40),
            FaultRule(FaultName.UNAVAILABLE, probability=0.05),
            FaultRule(FaultName.TRUNCATED_JSON, probability=0.05),
        ]
    )
    report = sweeper.sweep(manners=TENACIOUS)
    assert report.failed_requests >= 40
    assert (report.status, report.missing) == (SweepStatus.COMPLETE, ())
    for side, snapshot in sweeper.snapshots(report).items():
        assert read_ids(snapshot) == true_ids(simulator, side)


def test_a_page_of_a_long_book_that_cannot_be_had_leaves_the_others_and_a_reason(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    simulator.faults.replace([FaultRule(FaultName.ACCESS_DENIED, market_key="binance.USDT-RUB", side="BUY", page=7)])
    report = sweeper.sweep()
    (missing,) = report.missing
    assert (missing.asset, missing.fiat, missing.side) == ("USDT", "RUB", "BUY")
    side = MarketSide(Market("binance", "USDT", "RUB"), Side.BUY)
    snapshot = sweeper.snapshots(report)[side]
    assert len(read_ids(snapshot)) == len(true_ids(simulator, side)) - 20
    assert snapshot.captures[-1][0].stop_reason is StopReason.FAILED


def test_a_bug_in_one_market_is_told_with_its_trace_and_costs_only_that_market(
    simulator: RunningSimulator, sweeper: Sweeper, caplog: pytest.LogCaptureFixture
) -> None:
    venue = SmallBinance(simulator.url, explodes_on=BOB_BUY.market)
    report = sweeper.sweep(venue=venue)
    assert report.sides_complete == 22
    for missing in report.missing:
        assert "an unforeseen thing" in missing.reason
        assert "Traceback" in str(missing.stack_trace)
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {getattr(record, "batch_id", None) for record in logged} == {report.batch_id}
    assert stored_batches(sweeper.store.reader, "binance", report.started_at.date()) == [report]


def test_stopping_it_stores_what_was_read_and_the_report(sweeper: Sweeper, simulator: RunningSimulator) -> None:
    async def stopped() -> None:
        task: asyncio.Task[object]

        def stop(now: SweepProgress) -> None:
            if now.sides_done == 5:
                task.cancel()

        work = sweep(
            sweeper.plan(),
            sweeper.store,
            sweeper.folder / "state",
            Source.SIMULATED,
            program="a test",
            clock=sweeper.clock,
            progress=stop,
        )
        task = asyncio.create_task(work)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    (report,) = stored_batches(sweeper.store.reader, "binance", sweeper.store.reader.days()[-1])
    snapshots = sweeper.snapshots(report)
    assert (report.status, report.trouble) == (SweepStatus.PARTIAL, "It was stopped before its end.")
    assert 5 <= report.sides_complete < 24
    complete = {side for side, s in snapshots.items() if s.captures[-1][0].stop_reason is StopReason.BOOK_END}
    assert len(complete) == report.sides_complete
    assert len(report.missing) == 24 - report.sides_complete
    began = next_number(simulator)
    assert sweeper.sweep().status is SweepStatus.COMPLETE
    assert not set(asked_sides(simulator, began)[: len(report.missing) - 4]) & complete


def _stopped(
    sweeper: Sweeper,
    *,
    at_answer: int = sys.maxsize,
    when: Callable[[SweepProgress], bool] = lambda _: False,
    **changes: Any,
) -> SweepReport:
    """A sweep that is stopped as by Ctrl-C, at so many pages that were answered or given up; what it says it kept."""
    kept: list[SweepReport] = []
    answers = 0

    async def work() -> None:
        def checkpoint(name: str) -> None:
            nonlocal answers
            answers += name == "after_response"
            if answers == at_answer and not task.cancelling():
                task.cancel()

        def progress(now: SweepProgress) -> None:
            if when(now) and not task.cancelling():
                task.cancel()

        state = sweeper.folder / "state"
        sweeping = sweep(
            sweeper.plan(**changes), sweeper.store, state, Source.SIMULATED, program="a test", clock=sweeper.clock,
            checkpoint=checkpoint, progress=progress, stopped=kept.append,
        )  # fmt: skip
        task = asyncio.create_task(sweeping)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    (report,) = kept
    assert stored_batches(sweeper.store.reader, "binance", report.started_at.date()) == [report]
    return report


def test_whatever_a_stopped_sweep_lacks_is_missing_because_it_was_stopped(
    simulator: RunningSimulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Two long books: both are being read side by side when the fifth page is there.
    long_books = SmallBinance(simulator.url, fiats=("RUB",), assets=("USDT",))
    report = _stopped(Sweeper(tmp_path / "long", simulator.url), at_answer=5, venue=long_books)
    assert len(report.missing) == 2
    assert {missing.reason for missing in report.missing} == {"The sweep was stopped while it was read."}
    report = _stopped(Sweeper(tmp_path / "all", simulator.url), at_answer=5, manners=replace(MANNERS, concurrency=2))
    reasons = {missing.reason for missing in report.missing}
    assert reasons == {"The sweep was stopped while it was read.", "It was not asked: the sweep was stopped."}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING], "who stopped it knows"


def test_a_sweep_that_is_stopped_in_an_outage_has_counted_its_failed_requests(
    sweeper: Sweeper, simulator: RunningSimulator
) -> None:
    simulator.faults.replace([FaultRule(FaultName.UNAVAILABLE, market_key=key) for key in ALL_KEYS])
    began = next_number(simulator)
    report = _stopped(sweeper, when=lambda now: now.trouble is not None)
    assert report.failed_requests >= MANNERS.breaker.failures_to_open
    assert report.requests - report.failed_requests == 1 + 2 * len(FIATS), "the lists"
    assert report.requests <= next_number(simulator) - began
    assert (report.status, report.offers) == (SweepStatus.FAILED, 0)


def test_an_outage_is_told_of_ten_market_sides_and_then_once_and_the_report_has_all(
    sweeper: Sweeper, simulator: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.faults.replace([FaultRule(FaultName.UNAVAILABLE, market_key=key) for key in ALL_KEYS])
    impatient = replace(MANNERS, is_patient=False, breaker=replace(PATIENT_BREAKER, failures_to_open=1_000))
    report = sweeper.sweep(manners=impatient)
    assert len(report.missing) == 24
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert sum("was not read to its end: " in line for line in warned) == 10
    (last,) = [line for line in warned if "was not read to its end: " not in line]
    assert last == warned[-1]
    assert "more market sides than these 10" in last
    assert "the sweep's report" in last
    assert "ops_extraction_errors" in last


def test_stopped_again_and_again_it_still_counts_what_it_stores(sweeper: Sweeper) -> None:
    class SlowStore(RawStore):
        def append(self, captures: Sequence[Capture]) -> Appended:
            if captures[0].purpose is not Purpose.SWEEP_REPORT:
                time.sleep(0.1)
            return super().append(captures)

    async def stopped() -> None:
        work = sweep(
            sweeper.plan(),
            SlowStore(sweeper.folder, min_free_bytes=0),
            sweeper.folder / "state",
            Source.SIMULATED,
            program="a test",
            clock=sweeper.clock,
            progress=lambda now: None if now.sides_done < 3 or task.cancelling() else stop(),
        )
        task = asyncio.create_task(work)

        def stop() -> None:
            for number in range(4):
                asyncio.get_running_loop().call_later(0.01 * number, task.cancel)
            task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    (report,) = stored_batches(sweeper.store.reader, "binance", sweeper.store.reader.days()[-1])
    snapshots = sweeper.snapshots(report).values()
    complete = [found for found in snapshots if found.captures[-1][0].stop_reason is StopReason.BOOK_END]
    assert 3 <= len(complete) == report.sides_complete < 24


def test_a_full_disk_ends_it_at_once_with_the_stores_own_sentence(
    sweeper: Sweeper, simulator: RunningSimulator
) -> None:
    store = RawStore(sweeper.folder, min_free_bytes=0)
    sweeper.sweep(store=store)
    began = next_number(simulator)

    def fill(now: SweepProgress) -> None:
        if now.sides_done == 3:
            store.min_free_bytes = 1 << 60

    with pytest.raises(DiskFull, match="Free space on that disk"):
        sweeper.sweep(store=store, progress=fill, manners=replace(MANNERS, concurrency=2))
    assert len(asked_sides(simulator, began)) < 24
    (_, killed) = stored_batches(store.reader, "binance", store.reader.days()[-1])
    assert killed.status is SweepStatus.INTERRUPTED
