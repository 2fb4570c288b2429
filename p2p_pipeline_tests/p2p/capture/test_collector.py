"""The collector's promises beside the venues' faults: claims, disk, clock, breaker, cancelling."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.p2p.capture.breaker import BreakerLimits
from p2p_pipeline.p2p.capture.collector import Collector
from p2p_pipeline.p2p.capture.paging import PagingLimits
from p2p_pipeline.p2p.capture.slot_results import SlotResult, SlotStatus
from p2p_pipeline.p2p.capture.slots import plan_slot
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Side, slot_of
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, StopReason
from p2p_pipeline.p2p.raw.stored import Appended
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.collecting import (
    BOB,
    QUICK,
    RUB,
    SLOT,
    HurriedClock,
    StandingClock,
    make_collector,
    make_plan,
    stored,
)
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import still_market

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(offers_per_side=45)) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: RunningSimulator) -> RunningSimulator:
    served.faults.replace([])
    return served


def test_a_slot_is_stored_as_it_is_reported_and_each_side_is_one_snapshot(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    collector = make_collector(tmp_path)
    acknowledged: list[SlotResult] = []
    report = collector.collect_slot_now(make_plan(simulator.url), SLOT, acknowledged.append)
    snapshots = {snapshot.snapshot_id: snapshot for snapshot in stored(collector)}
    assert report.trouble is None
    assert sorted(acknowledged, key=str) == sorted(report.results, key=str)
    for result in report.results:
        assert (result.status, result.is_complete, result.stop_reason) == (
            SlotStatus.CAPTURED,
            True,
            StopReason.BOOK_END,
        )
        captures = [capture for capture, _ in snapshots[result.snapshot_id].captures]
        # On a busy machine a page may have to be asked for twice.
        read = [capture.page for capture in captures if capture.outcome is Outcome.OK]
        assert read == list(range(1, result.pages + 1))
        assert [capture.stop_reason for capture in captures[:-1]] == [None] * (len(captures) - 1)
        assert {capture.slot for capture in captures} == {SLOT}


def test_reading_ends_when_enough_was_read_or_at_the_page_limit(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector = make_collector(tmp_path)
    enough = make_plan(simulator.url, limits=PagingLimits(minimum_offers=5, max_pages=9))
    few_pages = make_plan(simulator.url, limits=PagingLimits(minimum_offers=900, max_pages=1))
    for slot, plan, reason in ((SLOT, enough, StopReason.ENOUGH), (SLOT + 1, few_pages, StopReason.MAX_PAGES)):
        for result in collector.collect_slot_now(plan, slot).results:
            assert (result.pages, result.stop_reason, result.is_complete) == (1, reason, False)


def test_two_programs_never_collect_the_same_slot_and_the_second_says_who_did(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    sensor, command = make_collector(tmp_path, program="the sensor"), make_collector(tmp_path, program="p2p collect")
    plan = make_plan(simulator.url, sides=(Side.BUY,))
    simulator.faults.replace([FaultRule(FaultName.NEVER_ANSWERS, count=1)])

    async def both() -> tuple[SlotResult, SlotResult]:
        first = asyncio.create_task(sensor.collect_slot(plan, SLOT))
        await asyncio.sleep(0.1)
        second = await command.collect_slot(plan, SLOT)
        return (await first).results[0], second.results[0]

    first, second = asyncio.run(both())
    third = command.collect_slot_now(plan, SLOT).results[0]
    assert first.status is SlotStatus.CAPTURED
    assert (second.status, third.status) == (SlotStatus.HELD_BY_OTHER, SlotStatus.ALREADY_COLLECTED)
    assert "is being collected by the sensor (process" in str(second.message)
    assert "was collected already by the sensor (process" in str(third.message)
    assert len(stored(sensor)) == 1


def test_a_store_that_was_quicker_without_a_claim_is_believed(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector, other_machine = make_collector(tmp_path), make_collector(tmp_path)
    plan = make_plan(simulator.url, sides=(Side.BUY,))
    append = collector.store.append

    def append_second(captures: Sequence[Capture]) -> Appended:
        other_machine.store.append(captures)
        return append(captures)

    collector.store.append = append_second  # type: ignore[method-assign]
    (result,) = collector.collect_slot_now(plan, SLOT).results
    assert result.status is SlotStatus.ALREADY_COLLECTED
    assert len(stored(collector)) == 1


def test_a_clock_set_back_an_hour_neither_stops_collection_nor_doubles_a_slot(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    clock = StandingClock()
    collector = make_collector(tmp_path, clock=clock)
    plan = make_plan(simulator.url, sides=(Side.BUY,))
    last: int | None = None
    statuses: list[SlotStatus] = []

    def tick() -> None:
        nonlocal last
        found = plan_slot(clock.now().timestamp(), last, SLOT_SECONDS, 6.0)
        assert found is not None, "no tick is lost"
        last = found.slot
        statuses.extend(result.status for result in collector.collect_slot_now(plan, found.slot).results)
        clock.wall += timedelta(seconds=30)

    tick()
    tick()
    clock.wall -= timedelta(hours=1)
    for _ in range(3):
        tick()
    clock.wall += timedelta(seconds=60 * 60 - 150)
    tick()
    assert statuses == [SlotStatus.CAPTURED] * 5 + [SlotStatus.ALREADY_COLLECTED]
    names = [s.snapshot_id for slot in (last, slot_of(clock.now()) - 125) for s in stored(collector, slot=slot or 0)]
    assert len(set(names)) == 5


class FullDisk(RealFileSystem):
    """A disk without room, until there is some."""

    is_full = True

    def append(self, path: Path, data: bytes) -> None:
        if self.is_full:
            super().append(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(path, data)


def test_a_full_disk_is_one_clear_sentence_damages_nothing_and_ends_by_itself(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    disk = FullDisk()
    disk.is_full = False
    collector = make_collector(tmp_path, files=disk)
    plan = make_plan(simulator.url)
    collector.collect_slot_now(plan, SLOT)
    disk.is_full = True
    full = collector.collect_slot_now(plan, SLOT + 1)
    disk.is_full = False
    after = collector.collect_slot_now(plan, SLOT + 2)

    assert {result.status for result in full.results} == {SlotStatus.FAILED}
    assert full.trouble is not None
    assert "no room to store a snapshot" in full.trouble
    assert {result.raw_path for result in full.results} == {None}
    assert after.trouble is None
    assert {snapshot.slot for snapshot in stored(collector)} == {SLOT, SLOT + 2}


def test_cancelling_waits_for_an_append_that_has_begun_and_acknowledges_it(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    collector = make_collector(tmp_path)
    acknowledged: list[SlotResult] = []
    has_begun, may_end = threading.Event(), threading.Event()
    append = collector.store.append

    def slow_append(captures: Sequence[Capture]) -> Appended:
        has_begun.set()
        may_end.wait(5)
        return append(captures)

    collector.store.append = slow_append  # type: ignore[method-assign]

    async def run() -> None:
        plan = make_plan(simulator.url, sides=(Side.BUY,))
        task = asyncio.create_task(collector.collect_slot(plan, SLOT, acknowledged.append))
        await asyncio.to_thread(has_begun.wait, 5)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert [result.status for result in acknowledged] == [SlotStatus.CAPTURED]
    assert len(stored(collector)) == 1


def test_one_venues_trouble_costs_another_venue_nothing(simulator: RunningSimulator, tmp_path: Path) -> None:
    collector = make_collector(tmp_path)

    async def both() -> tuple[SlotResult, ...]:
        reports = await asyncio.gather(
            collector.collect_slot(make_plan(NOWHERE, RUB), SLOT),
            collector.collect_slot(make_plan(simulator.url), SLOT),
        )
        assert str(reports[0].trouble).startswith("bybit: nothing captured: There is no connection to 127.0.0.1")
        return reports[1].results

    assert all(result.is_complete for result in asyncio.run(both()))


def test_a_bug_in_one_market_side_costs_the_other_nothing(
    simulator: RunningSimulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    collector = make_collector(tmp_path)
    plan = make_plan(simulator.url)

    def explode(_: object) -> bool:
        raise RuntimeError("an unforeseen thing")

    limits = PagingLimits(minimum_offers=1, max_pages=20)
    broken = replace(plan, sides=(replace(plan.sides[0], passes=explode, limits=limits), plan.sides[1]))
    bad, good = collector.collect_slot_now(broken, SLOT).results
    assert bad.status is SlotStatus.FAILED
    assert "an unforeseen thing" in str(bad.message)
    assert good.is_complete


def test_a_venue_that_is_down_is_left_alone_and_then_tried_by_one_request(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    clock = HurriedClock()
    collector = make_collector(tmp_path, clock=clock)
    limits = BreakerLimits(failures_to_open=4, first_pause_seconds=60.0)
    plan = make_plan(NOWHERE, manners=replace(QUICK, breaker=limits))
    sent = [sum(r.captures for r in collector.collect_slot_now(plan, SLOT + n).results) for n in range(3)]
    assert sent[0] >= 4
    assert sent[1:] == [0, 0], "no request while the breaker is open"
    last = collector.collect_slot_now(plan, SLOT + 3)
    assert "failed" in str(last.trouble)
    assert "tried again in" in str(last.trouble)

    clock.skipped_seconds += 61
    well = replace(make_plan(simulator.url), manners=plan.manners)
    assert all(result.is_complete for result in collector.collect_slot_now(well, SLOT + 4).results)


def test_many_market_sides_share_one_pace(simulator: RunningSimulator, tmp_path: Path) -> None:
    clock = StandingClock()
    collector = make_collector(tmp_path, clock=clock, budget_seconds=20.0)
    manners = replace(QUICK, pacing=replace(QUICK.pacing, requests_per_second=4.0))
    report = collector.collect_slot_now(make_plan(simulator.url, BOB, manners=manners), SLOT)
    requests = sum(result.captures for result in report.results)
    assert clock.elapsed - 1000.0 >= (requests - 1) / 4.0


def test_a_collector_can_be_made_without_touching_disk_or_network(tmp_path: Path) -> None:
    assert isinstance(make_collector(tmp_path / "not there"), Collector)
    assert not (tmp_path / "not there").exists()
