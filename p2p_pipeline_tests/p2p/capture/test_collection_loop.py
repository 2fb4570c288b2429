from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.p2p.answers.listed_markets import listed_fiats
from p2p_pipeline.p2p.capture.collection_loop import CollectionLoop, LoopOptions, TroubleLines
from p2p_pipeline.p2p.capture.reference_lists import ReferenceLists, wanted_lists
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, SlotStatus
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, slot_of
from p2p_pipeline.p2p.offers.payment_history import payment_names_from_raw
from p2p_pipeline.p2p.raw.capture import Purpose
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.collecting import BOB, RUB, FastClock, StandingClock, make_collector, make_plan
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import still_market

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def served() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(offers_per_side=25)) as simulator:
        yield simulator


@pytest.fixture
def simulator(served: RunningSimulator) -> RunningSimulator:
    served.faults.replace([])
    return served


def _loop(
    tmp_path: Path, urls: dict[str, str], options: LoopOptions, clock: Clock | None = None
) -> tuple[CollectionLoop, list[SlotResult], list[str]]:
    results: list[SlotResult] = []
    lines: list[str] = []
    plans = [make_plan(url, BOB if venue == "binance" else RUB, sides=(Side.BUY,)) for venue, url in urls.items()]
    collector = make_collector(tmp_path, clock=clock or StandingClock(), budget_seconds=20.0)
    return CollectionLoop(collector, plans, options, results.append, lines.append), results, lines


def test_once_collects_the_current_slot_of_every_venue_and_its_lists(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    loop, results, lines = _loop(
        tmp_path, {"binance": simulator.url, "bybit": simulator.url}, LoopOptions(is_once=True)
    )
    summary = asyncio.run(loop.run())
    assert (summary.slots, summary.captured, summary.failed) == (2, 2, 0)
    assert {result.status for result in results} == {SlotStatus.CAPTURED}
    assert lines == []
    day = loop.collector.store.reader.days()[0]
    kept = loop.collector.store.reader.snapshot_ids(day, "bybit.reference")
    assert f"bybit.reference:payment_list:all:{day}" in kept


@pytest.mark.parametrize(("interval", "step"), [(30, 1), (90, 3)])
def test_for_a_duration_each_interval_is_collected_once_on_the_slot_grid(
    simulator: RunningSimulator, tmp_path: Path, interval: int, step: int
) -> None:
    options = LoopOptions(interval_seconds=interval, duration_seconds=interval * 3 - 10.0)
    loop, results, _ = _loop(tmp_path, {"binance": simulator.url}, options)
    asyncio.run(loop.run())
    slots = [result.slot for result in results]
    assert len(slots) == 3
    assert [later - earlier for earlier, later in pairwise(slots)] == [step, step]
    assert slots[0] % step == 0


def test_a_venue_out_of_reach_is_one_line_when_it_begins_and_one_when_it_is_over(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    loop, results, lines = _loop(
        tmp_path, {"bybit": NOWHERE, "binance": simulator.url}, LoopOptions(duration_seconds=70.0), FastClock(40.0)
    )
    asyncio.run(loop.run())
    assert len(lines) == 1
    assert lines[0].startswith("bybit: nothing captured: There is no connection to 127.0.0.1")
    assert lines[0].endswith("Collection keeps trying.")
    assert len([result for result in results if result.market_side.market == BOB and result.is_captured]) >= 2


def test_the_end_of_a_trouble_is_told_once_with_how_long_it_was() -> None:
    lines: list[str] = []
    told = TroubleLines(lines.append)
    well = SlotResult(MarketSide(RUB, Side.BUY), 12, "x", SlotStatus.CAPTURED)
    held = SlotResult(MarketSide(RUB, Side.BUY), 11, "x", SlotStatus.HELD_BY_OTHER)
    for report in (
        CollectionReport("bybit", 10, (), 1.0, "bybit: nothing captured: no route."),
        CollectionReport("bybit", 11, (held,), 1.0, None),
        CollectionReport("bybit", 11, (), 1.0, "bybit: nothing captured: 5 s more."),
        CollectionReport("bybit", 12, (well,), 1.0, None),
        CollectionReport("bybit", 13, (well,), 1.0, None),
    ):
        told.tell(report)
    assert lines == [
        "bybit: nothing captured: no route. Collection keeps trying.",
        "bybit: captured again after 60 s",
    ]


def test_stopping_ends_a_loop_that_waits_for_its_next_slot(simulator: RunningSimulator, tmp_path: Path) -> None:
    results: list[SlotResult] = []
    collector = make_collector(tmp_path, clock=None)

    async def run() -> None:
        loop = CollectionLoop(
            collector, [make_plan(simulator.url, sides=(Side.BUY,))], LoopOptions(300), results.append, print
        )
        task = asyncio.create_task(loop.run())
        while not results:
            await asyncio.sleep(0.01)
        loop.stop.set()
        summary = await asyncio.wait_for(task, 2)
        assert summary.captured >= 1

    asyncio.run(run())


def test_an_interval_off_the_grid_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="multiple of 30"):
        LoopOptions(interval_seconds=45)


def test_lists_are_fetched_once_a_day_and_a_restart_does_not_fetch_them_again(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    clock = StandingClock()
    collector = make_collector(tmp_path, clock=clock)
    plan = make_plan(simulator.url)
    lists = ReferenceLists(collector)
    assert len(lists.refresh_now(plan).fetched) == len(wanted_lists(plan)) == 3
    assert lists.refresh_now(plan).fetched == ()
    assert ReferenceLists(collector).refresh_now(plan).fetched == ()
    clock.wall += timedelta(days=1)
    assert len(lists.refresh_now(plan).fetched) == 3


def test_one_answer_about_all_fiats_is_asked_for_once_and_names_every_fiats_payments(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    collector = make_collector(tmp_path, clock=StandingClock())
    roubles, pesos = (make_plan(simulator.url, Market("bybit", "USDT", fiat)) for fiat in ("RUB", "ARS"))
    plan = replace(roubles, sides=roubles.sides + pesos.sides)
    fetched = ReferenceLists(collector).refresh_now(plan).fetched
    assert [(wanted.purpose, wanted.fiat) for wanted in fetched] == [
        (Purpose.PAYMENT_LIST, None),
        (Purpose.FIAT_LIST, None),
    ]
    now = collector.clock.now()
    assert payment_names_from_raw(collector.store.reader, "bybit", now.date())(now)
    assert {"RUB", "ARS"} <= set(listed_fiats(collector.store.reader, "bybit"))


def test_a_venue_that_answers_for_one_fiat_is_asked_for_each(simulator: RunningSimulator) -> None:
    bolivianos, pesos = (make_plan(simulator.url, Market("binance", "USDT", fiat)) for fiat in ("BOB", "ARS"))
    wanted = wanted_lists(replace(bolivianos, sides=bolivianos.sides + pesos.sides))
    assert {(each.purpose, each.fiat) for each in wanted} == {
        *((purpose, fiat) for purpose in (Purpose.PAYMENT_LIST, Purpose.ASSET_LIST) for fiat in ("ARS", "BOB")),
        (Purpose.FIAT_LIST, None),
    }


def test_a_list_that_failed_is_kept_as_evidence_and_fetched_later(simulator: RunningSimulator, tmp_path: Path) -> None:
    clock = StandingClock()
    collector = make_collector(tmp_path, clock=clock)
    plan = make_plan(simulator.url)
    lists = ReferenceLists(collector)
    simulator.faults.replace([FaultRule(FaultName.ACCESS_DENIED, searches_only=False)])
    failed = lists.refresh_now(plan).failed
    simulator.faults.replace([])
    assert len(failed) == 3
    assert lists.refresh_now(plan).fetched == (), "not at once again"
    clock.elapsed += 601
    assert len(lists.refresh_now(plan).fetched) == 3
    kept = collector.store.reader.read(clock.now().date(), "binance.reference")
    found = [snapshot for snapshot in kept if isinstance(snapshot, StoredSnapshot)]
    assert len(found) == 6
    payments = [c for s in found for c, _ in s.captures if c.purpose is Purpose.PAYMENT_LIST and c.status == 200]
    assert plan.venue.read_payment_list(payments[0].body)
    assert {capture.slot for capture in payments} == {slot_of(clock.now())}
