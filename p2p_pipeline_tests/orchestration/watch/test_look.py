"""A market that gives no usable answer is told once, however long it lasts and however it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance

from p2p_pipeline.orchestration.collection.tick import tell_trouble
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.watch.look import look
from p2p_pipeline.orchestration.watch.troubles import stale_sweeps
from p2p_pipeline.p2p.capture.slot_results import CollectionReport
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market, MarketSide, Side
from p2p_pipeline.p2p.quality.judging import JUDGES
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings_warehouse import SweepSettings
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.monitoring.webhook import webhook
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, example_snapshot

MARKET = Market("bybit", "USDT", "VND")
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
SLOTS_AN_HOUR = 3600 // SLOT_SECONDS


def store(installation: Installation, numbers: range, side: Side, outcome: Outcome = Outcome.OK) -> None:
    raw = RawStore(installation.paths.root)
    for number in numbers:
        raw.append(example_snapshot(number, market=MARKET, side=side, pages=1, outcome=outcome))


def watch(instance: DagsterInstance, installation: Installation, minutes: Sequence[int], running: float = 1e6) -> None:
    for minute in minutes:
        look(instance, installation, ("bybit",), (), MIDNIGHT + timedelta(minutes=minute), running)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, logger="p2p_pipeline.alerts")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "p2p_pipeline.alerts"]


@pytest.mark.parametrize(
    "outcome",
    [Outcome.CONNECTION, *(pytest.param(one, marks=only_long) for one in (Outcome.BLOCKED, Outcome.SOFT_BLOCK))],
)
def test_a_side_that_fails_for_hours_is_told_once_although_each_failure_is_stored(
    installation: Installation, sqlite_instance: DagsterInstance, told: Callable[[], list[str]], outcome: Outcome
) -> None:
    store(installation, range(4 * SLOTS_AN_HOUR), Side.BUY)
    store(installation, range(SLOTS_AN_HOUR // 2), Side.SELL)
    store(installation, range(SLOTS_AN_HOUR // 2, 4 * SLOTS_AN_HOUR), Side.SELL, outcome)
    watch(sqlite_instance, installation, range(20, 240, 4))
    assert told() == ["bybit.USDT-VND SELL is stale: its last usable answer is of 00:29:31 UTC"]
    store(installation, range(4 * SLOTS_AN_HOUR, 4 * SLOTS_AN_HOUR + 20), Side.SELL)
    store(installation, range(4 * SLOTS_AN_HOUR, 4 * SLOTS_AN_HOUR + 20), Side.BUY)
    watch(sqlite_instance, installation, range(241, 250))
    assert told()[1:] == ["Over: bybit.USDT-VND SELL is stale (since 2026-03-01 00:36 UTC)"]


def test_a_venue_that_refuses_everything_is_one_trouble_not_one_a_market(
    installation: Installation, sqlite_instance: DagsterInstance, told: Callable[[], list[str]]
) -> None:
    for side in Side:
        store(installation, range(20), side)
        store(installation, range(20, 2 * SLOTS_AN_HOUR), side, Outcome.BLOCKED)
    watch(sqlite_instance, installation, [8])
    tell_trouble(installation, CollectionReport("bybit", 20, (), 1.0, "bybit: nothing captured: it refuses"))
    watch(sqlite_instance, installation, range(10, 120, 4))
    assert told() == ["Bybit can't be collected: bybit: nothing captured: it refuses"]


def test_a_restart_neither_closes_nor_repeats_what_was_told_of_a_stale_market(
    installation: Installation, sqlite_instance: DagsterInstance, told: Callable[[], list[str]]
) -> None:
    for side in Side:
        store(installation, range(20), side)
    watch(sqlite_instance, installation, [20])
    assert len(told()) == 2
    watch(sqlite_instance, installation, [21, 22], running=30)
    watch(sqlite_instance, installation, [25])
    assert len(told()) == 2


def test_the_checks_on_now_do_not_take_a_failed_snapshot_for_an_answer(installation: Installation) -> None:
    store(installation, range(20), Side.BUY)
    store(installation, range(20), Side.SELL, Outcome.BLOCKED)
    now = MIDNIGHT + timedelta(seconds=20 * SLOT_SECONDS)
    day = VenueDay("bybit", DAY, now, installation.settings(), installation.reader(), installation.lake())
    (stale,) = JUDGES["freshness"](day).sample
    assert stale["market_side"] == str(MarketSide(MARKET, Side.SELL))


def test_a_mistake_in_the_settings_is_told_and_told_again_when_it_is_mended(
    installation: Installation, sqlite_instance: DagsterInstance, told: Callable[[], list[str]]
) -> None:
    for side in Side:
        store(installation, range(20), side)
    settings = Path(str(installation.settings_file))
    good = settings.read_text()
    watch(sqlite_instance, installation, [20])
    settings.write_text(good.replace("markets:", "marketz:"))
    watch(sqlite_instance, installation, [21, 22])
    settings.write_text(good)
    watch(sqlite_instance, installation, [23])
    messages = told()[2:]
    assert len(messages) == 2
    assert "settings.yaml line 1" in messages[0]
    assert messages[1].startswith("Over: The settings can't be used")


def test_what_a_tick_raises_waits_for_the_watch_to_be_posted(
    installation: Installation, sqlite_instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as (url, received):
        monkeypatch.setenv("P2P_ALERT_WEBHOOK", url)
        tell_trouble(installation, CollectionReport("bybit", 20, (), 1.0, "nothing captured"))
        assert not received
        watch(sqlite_instance, installation, [20])
    assert [message["key"] for message in received] == ["collect/bybit"]


def test_sweeps_that_stop_coming_are_told_once_and_not_before_one_could_have_come(
    installation: Installation, sqlite_instance: DagsterInstance, told: Callable[[], list[str]]
) -> None:
    assert installation.settings_file is not None
    Path(installation.settings_file).write_text("sweep: {is_scheduled: true}\n", "utf-8")
    for minute in range(4):
        look(sqlite_instance, installation, (), (), MIDNIGHT + timedelta(minutes=minute), running_seconds=60)
    assert told() == []
    for minute in range(30, 34):
        look(sqlite_instance, installation, (), (), MIDNIGHT + timedelta(minutes=minute), running_seconds=1e6)
    [message] = told()
    assert message.startswith("Binance is not swept: no sweep is stored of today or yesterday")


def test_a_young_sweep_is_no_trouble_and_one_of_half_an_hour_ago_is() -> None:
    young, old = MIDNIGHT - timedelta(minutes=20), MIDNIGHT - timedelta(minutes=30)
    assert stale_sweeps(young, MIDNIGHT, SweepSettings()) == []
    [trouble] = stale_sweeps(old, MIDNIGHT, SweepSettings())
    assert trouble.key == "stale/sweeps"
    assert stale_sweeps(None, MIDNIGHT, SweepSettings(is_scheduled=False)) == []
