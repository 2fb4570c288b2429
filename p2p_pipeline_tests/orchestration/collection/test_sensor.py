"""A collecting tick takes its slot once, reports it cheaply, and tells trouble once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.orchestration.collection.reports import TELL_AGAIN_SLOTS, TickCursor, to_asset_events
from p2p_pipeline.orchestration.collection.sensor import (
    MINIMUM_INTERVAL_SECONDS,
    PATIENCE_SECONDS,
    build_collection_sensor,
)
from p2p_pipeline.orchestration.collection.tick import collect_in_tick, tell_trouble
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, SlotStatus
from p2p_pipeline.p2p.capture.slots import plan_slot
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side

MARKET = Market("bybit", "USDT", "VND")
KEY = AssetKey(["bybit", "raw_snapshots"])


def report_of(slot: int, *statuses: SlotStatus) -> CollectionReport:
    results = tuple(
        SlotResult(MarketSide(MARKET, side), slot, f"{side}{slot}", status, offers=7, captures=2)
        for side, status in zip(Side, statuses, strict=True)
    )
    return CollectionReport("bybit", slot, results, 1.0, None)


BOTH = (SlotStatus.CAPTURED, SlotStatus.CAPTURED)


def test_the_sensor_collects_the_running_slot_and_reports_it(
    installation: Installation, sqlite_instance: DagsterInstance
) -> None:
    sensor = build_collection_sensor("bybit", is_running=True)
    before = threading.active_count()
    with build_sensor_context(instance=sqlite_instance, resources={"installation": installation}) as context:
        result = sensor(context)
    assert isinstance(result, SensorResult)
    materialized = [event for event in result.asset_events if isinstance(event, AssetMaterialization)]
    assert [event.asset_key for event in materialized] == [KEY, AssetKey(["bybit", "payment_methods"])]
    assert [event.passed for event in result.asset_events if isinstance(event, AssetCheckEvaluation)] == [True]
    newest = installation.reader().latest(MarketSide(MARKET, Side.BUY))
    assert newest is not None
    assert TickCursor.read(result.cursor).slot == newest.slot
    assert newest.source == "simulated"
    for event in result.asset_events:
        sqlite_instance.report_runless_asset_event(event)
    assert threading.active_count() <= before + 1


def test_a_slot_that_is_delivered_twice_is_stored_once_and_reported_once(installation: Installation) -> None:
    def tick() -> SensorResult:
        result = collect_in_tick(installation, "bybit", None, PATIENCE_SECONDS)
        assert isinstance(result, SensorResult)
        return result

    first, again = tick(), tick()
    if TickCursor.read(first.cursor).slot != TickCursor.read(again.cursor).slot:
        again = tick()
    assert not again.asset_events
    (day,) = installation.reader().days()
    ids = installation.reader().snapshot_ids(day, MARKET.key)
    assert len(ids) == len(set(ids))


def test_a_tick_that_comes_too_early_is_left_to_the_next_one(installation: Installation) -> None:
    ahead = TickCursor(slot=int(time.time() // SLOT_SECONDS) + 1)
    result = collect_in_tick(installation, "bybit", ahead.text(), patience_seconds=1)
    assert isinstance(result, SkipReason)


def test_a_venue_that_can_not_be_reached_raises_one_alert_and_its_return_closes_it(installation: Installation) -> None:
    unreachable = Installation(settings_file=installation.settings_file, source="http://127.0.0.1:9")
    for _ in range(2):
        result = collect_in_tick(unreachable, "bybit", None, PATIENCE_SECONDS)
        assert isinstance(result, SensorResult)
        assert not any(isinstance(event, AssetMaterialization) for event in result.asset_events)
    assert set(unreachable.alerts().open_alerts()) == {"collect/bybit"}
    tell_trouble(unreachable, report_of(1000, *BOTH))
    assert not unreachable.alerts().open_alerts()


def test_a_full_disk_raises_one_alert_that_says_what_to_do_and_collection_resumes_when_there_is_room(
    installation: Installation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert installation.settings_file is not None
    text = Path(installation.settings_file).read_text()
    full_file = tmp_path / "full.yaml"
    full_file.write_text(text + "\nretention: {min_free_mib: 1000000000}\n")
    full = Installation(settings_file=str(full_file), source=installation.source)
    for _ in range(2):
        collect_in_tick(full, "bybit", None, PATIENCE_SECONDS)
    told = [record.getMessage() for record in caplog.records if record.name == "p2p_pipeline.alerts"]
    assert len(told) == 1
    assert "MiB are free" in told[0]
    assert "Free space" in told[0]
    assert not installation.reader().days()
    result = collect_in_tick(installation, "bybit", None, PATIENCE_SECONDS)
    assert isinstance(result, SensorResult)
    assert installation.reader().days()
    assert not installation.alerts().open_alerts()


def test_a_check_that_stays_as_it_is_is_told_every_ten_minutes_only() -> None:
    cursor, told = TickCursor(), []
    for slot in range(1000, 1000 + 2 * TELL_AGAIN_SLOTS):
        events, cursor = to_asset_events(report_of(slot, *BOTH), cursor)
        assert isinstance(events[0], AssetMaterialization)
        told += [slot] if len(events) > 1 else []
    assert told == [1000, 1000 + TELL_AGAIN_SLOTS]


def test_a_check_that_changes_is_told_at_once_and_names_the_side() -> None:
    _, cursor = to_asset_events(report_of(1000, *BOTH), TickCursor())
    events, cursor = to_asset_events(report_of(1001, SlotStatus.CAPTURED, SlotStatus.FAILED), cursor)
    (evaluation,) = [event for event in events if isinstance(event, AssetCheckEvaluation)]
    assert not evaluation.passed
    assert "bybit.USDT-VND SELL" in str(evaluation.metadata["sample"].value)
    events, _ = to_asset_events(report_of(1002, *BOTH), cursor)
    assert [event.passed for event in events if isinstance(event, AssetCheckEvaluation)] == [True]


def test_an_evaluation_of_a_tick_has_no_partition_so_that_dagster_can_store_the_next_one(
    instance: DagsterInstance,
) -> None:
    for slot, status in ((1000, SlotStatus.CAPTURED), (1001, SlotStatus.FAILED), (1002, SlotStatus.CAPTURED)):
        events, _ = to_asset_events(report_of(slot, status, status), TickCursor())
        for event in events:
            instance.report_runless_asset_event(event)


@given(st.text(max_size=40))
def test_a_cursor_that_can_not_be_read_starts_anew(text: str) -> None:
    assert TickCursor.read(text) == TickCursor() or text.strip().startswith("{")


@given(start=st.floats(0, 30), delays=st.lists(st.floats(0, 5), min_size=40, max_size=40), work=st.floats(0.2, 12))
def test_on_the_daemons_five_second_grid_no_slot_is_missed(start: float, delays: list[float], work: float) -> None:
    now, last, collected = 30_000.0 + start, None, []
    for delay in delays:
        began = now
        plan = plan_slot(now, last, SLOT_SECONDS, PATIENCE_SECONDS)
        if plan is not None:
            now += plan.wait_seconds + work
            last = plan.slot
            collected.append(last)
        # The daemon starts the next tick on its grid, once the interval since the last start is over.
        now = max(now, began + MINIMUM_INTERVAL_SECONDS) + delay
    assert collected == list(range(collected[0], collected[0] + len(collected)))
