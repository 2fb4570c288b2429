"""A sweep's promises, against the simulator over real HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from p2p_pipeline.p2p.capture.sweeps.batches import stored_batches
from p2p_pipeline.p2p.capture.sweeps.claim import Share
from p2p_pipeline.p2p.capture.sweeps.memory import Ceiling, SweepMemory
from p2p_pipeline.p2p.capture.sweeps.plan import share_of
from p2p_pipeline.p2p.capture.sweeps.report import SweepStatus, batch_id_of, batch_moment
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepProgress, SweepRefused, sweep
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_of
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose, StopReason
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Appended
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline.p2p.venues.wire import VenueRequest
from p2p_pipeline_tests.p2p.capture.collecting import FastClock
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import (
    ASSETS,
    FIATS,
    MANNERS,
    MovableClock,
    SmallBinance,
    Sweeper,
    all_sides,
    asked_sides,
    next_number,
    read_ids,
    still_market,
    true_ids,
)

ALL_KEYS = tuple(f"binance.{asset}-{fiat}" for asset in ASSETS for fiat in FIATS)
BOB_BUY = MarketSide(Market("binance", "USDT", "BOB"), Side.BUY)


def test_a_sweep_reads_every_market_side_exactly_as_the_venue_has_it(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    began = next_number(simulator)
    report = sweeper.sweep()
    snapshots = sweeper.snapshots(report)
    truth = {side: true_ids(simulator, side) for side in all_sides()}
    assert {side: read_ids(snapshot) for side, snapshot in snapshots.items()} == truth
    assert max(map(len, truth.values())) > 200, "a long book is among them"
    assert (report.status, report.missing, report.trouble) == (SweepStatus.COMPLETE, (), None)
    assert (report.fiats, report.markets, report.markets_complete) == (4, 12, 12)
    assert (report.sides, report.sides_complete) == (24, 24)
    assert report.offers == sum(map(len, truth.values()))
    assert (report.requests, report.failed_requests) == (next_number(simulator) - began, 0)


def test_what_it_read_is_stored_by_fiat_in_the_order_of_pages_and_named_after_the_batch(sweeper: Sweeper) -> None:
    report = sweeper.sweep()
    moment = batch_moment(report.batch_id)
    assert report.started_at == moment
    reader = sweeper.store.reader
    keys = [f"binance.{key}" for key in ("reference", *(f"sweep-{fiat}" for fiat in FIATS), "sweeps")]
    assert reader.file_keys(moment.date()) == keys
    for side, snapshot in sweeper.snapshots(report).items():
        captures = [capture for capture, _ in snapshot.captures]
        assert snapshot.raw_path.endswith(f"binance.sweep-{side.market.fiat}.jsonl")
        assert [capture.ordinal for capture in captures] == list(range(len(captures)))
        assert [capture.page for capture in captures] == list(range(1, len(captures) + 1))
        assert [capture.stop_reason for capture in captures] == [None] * (len(captures) - 1) + [StopReason.BOOK_END]
        assert {(capture.purpose, capture.slot) for capture in captures} == {(Purpose.SWEEP, slot_of(moment))}
    assert stored_batches(reader, "binance", moment.date()) == [report]


def test_at_the_budget_it_stops_and_says_what_is_missing_and_the_next_one_begins_with_it(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    clock = MovableClock()
    sweeper = Sweeper(tmp_path, simulator.url, clock)

    def use_up(now: SweepProgress) -> None:
        clock.skipped_seconds += 480.0 * (now.sides_done == 6)

    first = sweeper.sweep(budget_seconds=480.0, progress=use_up)
    assert first.status is SweepStatus.PARTIAL
    assert 6 <= first.sides_complete <= 20
    missing = {MarketSide(Market("binance", m.asset, m.fiat), Side(m.side)) for m in first.missing}
    assert first.sides_complete == first.sides - len(missing)
    assert any("time was used up before its turn; the next sweep begins with it" in m.reason for m in first.missing)
    cut_off = [side for side, snapshot in sweeper.snapshots(first).items() if side in missing]
    for side in cut_off:
        assert sweeper.snapshots(first)[side].captures[-1][0].stop_reason is StopReason.BUDGET
    began = next_number(simulator)
    second = sweeper.sweep()
    assert second.status is SweepStatus.COMPLETE
    # But for those that were on their way together.
    assert set(asked_sides(simulator, began)[: len(missing) - 4]) <= missing


def test_lists_are_asked_for_once_a_day_and_an_old_one_is_better_than_none(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    clock = MovableClock()
    sweeper = Sweeper(tmp_path, simulator.url, clock)

    def lists_asked(venue: SmallBinance | None = None) -> int:
        began = next_number(simulator)
        report = sweeper.sweep(venue=venue)
        assert report.status is SweepStatus.COMPLETE
        return sum(served.market_key is None for served in simulator.exchange.requests(began))

    assert lists_asked() == 1 + 2 * len(FIATS), "the fiats, and of each the assets and the payment methods"
    assert lists_asked() == 0
    clock.moved += timedelta(days=1)
    assert lists_asked() == 1 + 2 * len(FIATS)
    clock.moved += timedelta(days=1)
    lists_asked(SmallBinance(simulator.url, without_fiats=True, without_assets=frozenset(FIATS)))


def test_a_list_of_assets_that_is_empty_for_a_day_is_not_believed(simulator: RunningSimulator, tmp_path: Path) -> None:
    clock = MovableClock()
    sweeper = Sweeper(tmp_path, simulator.url, clock)
    silent = SmallBinance(simulator.url, fiats=("BOB",), assets=())
    assert sweeper.sweep(venue=silent).sides == 0, "nothing else was ever said"
    sides = []
    for venue in (SmallBinance(simulator.url, fiats=("BOB",)), EmptyLists(simulator.url, fiats=("BOB",))):
        clock.moved += timedelta(days=1)
        sides.append(sweeper.sweep(venue=venue).sides)
    assert sides == [6, 6]
    clock.moved += timedelta(days=1)
    assert sweeper.sweep(venue=EmptyLists(simulator.url, fiats=("BOB",))).sides == 0, "two days in a row are believed"


def test_only_one_sweep_of_a_share_runs_and_the_second_hears_who_runs_since_when(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    refusals: list[str] = []

    def second(_: SweepProgress) -> None:
        if not refusals:
            for changes in ({}, {"worker": 2, "workers": 2}):
                state = sweeper.folder / "state"
                work = sweep(sweeper.plan(**changes), sweeper.store, state, Source.SIMULATED, program="B")
                with pytest.raises(SweepRefused) as refused:
                    work.send(None)
                refusals.append(str(refused.value))

    report = sweeper.sweep(program="the schedule", progress=second)
    assert report.status is SweepStatus.COMPLETE
    assert refusals[0].startswith("binance is being swept already by the schedule (process ")
    assert "since 2026-03-01T12:10:00+00:00" in refusals[0]
    assert "worker 2 of 2: both would ask for the same fiats" in refusals[1]
    assert sweeper.sweep().status is SweepStatus.COMPLETE, "the claim ends with the sweep"


def test_two_sweeps_within_one_second_are_two_batches(sweeper: Sweeper, simulator: RunningSimulator) -> None:
    sweeper.clock = FastClock(2.0)
    venue = SmallBinance(simulator.url, fiats=("BOB",), assets=("USDT",))
    first, second = sweeper.sweep(venue=venue), sweeper.sweep(venue=venue)
    assert second.batch_id - first.batch_id in (1000, 2000)
    assert first.batch_id % 1000 == 1, "the milliseconds name the worker"


def test_workers_sweep_shares_of_the_fiats_that_make_up_the_whole(sweeper: Sweeper) -> None:
    reports = [sweeper.sweep(worker=worker, workers=2) for worker in (1, 2)]
    read = [set(sweeper.snapshots(report)) for report in reports]
    assert read[0] | read[1] == all_sides()
    assert not read[0] & read[1]
    for worker, sides in enumerate(read, start=1):
        assert {side.market.fiat for side in sides} == {fiat for fiat in FIATS if share_of(fiat, 2) == worker}
    assert {report.batch_id % 1000 for report in reports} == {1, 2}


def test_empty_markets_are_asked_again_when_they_are_due_and_read_in_full_when_they_are_not_empty_any_more(
    tmp_path: Path,
) -> None:
    clock = MovableClock()
    with running_simulator(still_market(offers_per_side=0)) as empty:
        simulator = empty
        sweeper = Sweeper(tmp_path, simulator.url, clock)
        # One market has offers; without any the venue would not be believed.
        sizes = {"USDT": 45}
        simulator.catalogue.offers_a_side = lambda market: sizes.get(market.asset, 0)  # type: ignore[method-assign]
        assert sweeper.sweep().sides_complete == 24
        assert sweeper.sweep().sides == 8, "those that had offers"
        clock.moved += timedelta(minutes=40)
        third = sweeper.sweep()
        assert (third.sides, third.sides_complete) == (24, 24), "each empty one, within the hour"


def test_a_small_market_that_lost_its_offers_is_believed_at_the_second_look_a_big_one_later(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    venue = SmallBinance(simulator.url, fiats=("BOB",))
    small, big = MarketSide(Market("binance", "FDUSD", "BOB"), Side.BUY), BOB_BUY
    assert 0 < len(true_ids(simulator, small)) < 20 < len(true_ids(simulator, big))
    sweeper.sweep(venue=venue)
    simulator.faults.replace(
        [FaultRule(FaultName.EMPTY_PAGE, market_key=side.market.key, side=side.side) for side in (small, big)]
    )
    reports = [sweeper.sweep(venue=venue) for _ in range(3)]
    assert [[(m.asset, m.fiat) for m in report.missing] for report in reports] == [
        [("USDT", "BOB")],
        [("USDT", "BOB")],
        [],
    ]
    outcomes = [capture.outcome for capture, _ in sweeper.snapshots(reports[0])[small].captures]
    assert outcomes == [Outcome.SOFT_BLOCK, Outcome.OK]


def test_without_its_memory_a_sweep_still_knows_from_the_raw_store_who_had_offers(
    simulator: RunningSimulator, sweeper: Sweeper
) -> None:
    venue = SmallBinance(simulator.url, fiats=("BOB",))
    sweeper.sweep(venue=venue)
    for file in (sweeper.folder / "state" / "sweeps").iterdir():
        file.unlink()
    simulator.faults.replace([FaultRule(FaultName.EMPTY_PAGE, market_key=BOB_BUY.market.key, side=BOB_BUY.side)])
    report = sweeper.sweep(venue=venue)
    assert [(m.asset, m.fiat, m.side) for m in report.missing] == [("USDT", "BOB", "BUY")]
    assert report.sides == 6, "all are due"


def test_a_sweep_begins_at_the_pace_that_the_venue_put_up_with_in_the_last_one(sweeper: Sweeper) -> None:
    sweeper.sweep()
    learnt = Ceiling(300.0, batch_id_of(sweeper.clock.now()))
    SweepMemory(Share("binance"), {}).save(sweeper.folder / "state", learnt.learnt_in, [], learnt)
    told: list[SweepProgress] = []
    report = sweeper.sweep(progress=told.append)
    assert report.sides_complete == report.sides == 24
    assert told[0].requests_per_second < 310.0 < MANNERS.pacing.requests_per_second


def test_a_book_longer_than_the_most_pages_is_read_so_far_and_named(sweeper: Sweeper) -> None:
    report = sweeper.sweep(max_pages=3)
    assert report.status is SweepStatus.PARTIAL
    assert {missing.asset for missing in report.missing} >= {"USDT"}
    assert "the most that are read (sweep.max_pages)" in report.missing[0].reason
    for missing in report.missing:
        side = MarketSide(Market("binance", missing.asset, missing.fiat), Side(missing.side))
        # Three pages of 20, and the paid ad on top of the first where there is one.
        assert len(read_ids(sweeper.snapshots(report)[side])) in (60, 61)


def test_a_market_side_that_is_stored_already_is_stored_and_ends_no_sweep(sweeper: Sweeper) -> None:
    class Twice(RawStore):
        def append(self, captures: Sequence[Capture]) -> Appended:
            if captures[0].market_side == BOB_BUY:
                super().append(captures)
            return super().append(captures)

    report = sweeper.sweep(store=Twice(sweeper.folder, min_free_bytes=0))
    assert (report.status, report.sides_complete) == (SweepStatus.COMPLETE, 24)
    assert set(sweeper.snapshots(report)) == all_sides()


def test_no_more_market_sides_begin_than_the_rate_needs_so_that_each_book_is_read_quickly(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    on_their_way, most = 0, 0

    def checkpoint(name: str) -> None:
        nonlocal on_their_way, most
        on_their_way += (name == "before_request") - (name == "after_response")
        most = max(most, on_their_way)

    fiats = ("BOB", "KES", "RUB", "VND", "ARS", "TRY", "NGN", "PHP")
    sweeper = Sweeper(tmp_path, simulator.url)
    venue = SmallBinance(simulator.url, fiats=fiats, assets=("FDUSD", "SOL"))
    report = sweeper.sweep(venue=venue, manners=replace(MANNERS, concurrency=2), checkpoint=checkpoint)
    assert report.sides_complete == 32
    assert 2 <= most <= 8


def test_progress_is_told_side_by_side(sweeper: Sweeper) -> None:
    told: list[SweepProgress] = []
    report = sweeper.sweep(progress=told.append)
    done = [progress.sides_done for progress in told]
    assert sorted(set(done)) == list(range(25))
    assert done == sorted(done)
    assert {progress.sides for progress in told} <= {0, 24}
    assert (told[-1].offers, told[-1].requests, told[-1].batch_id) == (report.offers, report.requests, report.batch_id)


@dataclass(frozen=True)
class EmptyLists(SmallBinance):
    """Answers the question for a fiat's assets as for a fiat that nobody knows: with none."""

    def asset_list_request(self, fiat: str) -> VenueRequest:
        return replace(super().asset_list_request(fiat), payload={"fiat": "XXX"})
