"""What our books and our scan find, miss and make up in simulated markets while things go wrong: false is none."""

from __future__ import annotations

import os

import pytest

from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultRule
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.judge import Judge, Verdict
from p2p_pipeline_tests.exchanges.simulator.world import World

SYMBOLS = tuple(f"{asset}/USDT" for asset in ("BTC", "ETH", "SOL", "XRP", "ADA", "AVAX", "LTC", "TRX", "LINK", "DOGE"))
HOUR = 3_600.0
FAULTS: dict[str, tuple[FaultRule, ...]] = {
    "none": (),
    "drop": (FaultRule(FaultName.DROP, probability=0.01),),
    "double": (FaultRule(FaultName.DOUBLE, probability=0.01),),
    "reorder": (FaultRule(FaultName.REORDER, probability=0.01),),
    "wrong checksum": (FaultRule(FaultName.WRONG_CHECKSUM, probability=0.01),),
    "stall": tuple(FaultRule(FaultName.STALL, symbol=symbol) for symbol in ("ADA/USDT", "TRX/USDT")),
    "slow": tuple(FaultRule(FaultName.SLOW, name, amount=1_500) for name in ("okx", "gate", "mexc", "kraken")),
    "disconnect": (FaultRule(FaultName.DISCONNECT, amount=45),),
    "clock skew": (
        FaultRule(FaultName.CLOCK_SKEW, "okx", amount=7),
        FaultRule(FaultName.CLOCK_SKEW, "bybit", amount=-40),
        FaultRule(FaultName.CLOCK_SKEW, "kraken", amount=-4),
    ),
    "maintenance": tuple(FaultRule(FaultName.MAINTENANCE, name, seconds=900) for name in ("okx", "kraken", "bitfinex")),
    "rate limit": (FaultRule(FaultName.RATE_LIMIT, probability=0.5), FaultRule(FaultName.DROP, probability=0.01)),
    "refuse subscription": (FaultRule(FaultName.REFUSE_SUBSCRIPTION, symbol="LTC/USDT", probability=0.5),),
}
"""Of each at least a share of what it can spoil goes wrong all the time."""


def watched(
    faults: tuple[FaultRule, ...],
    seconds: float,
    exchanges: tuple[str, ...] = EXCHANGES,
    feed: Feed = Feed.DELTA,
    symbols: tuple[str, ...] = SYMBOLS,
) -> tuple[World, Verdict]:
    world = World(
        ExchangesOptions(
            exchanges=exchanges, symbols=symbols, faults=faults, has_extra=True, changes_per_second=0.7,
            plants_per_hour=240, levels=25,
        ),
        feed=feed,
    )  # fmt: skip
    judge = Judge(world.hall, world.settings.max_age_seconds)
    for scan in world.scan_every(seconds):
        judge.look(scan, world.now)
    return world, judge.verdict


def test_without_faults_every_plant_is_found_and_no_trap_is_taken() -> None:
    _, verdict = watched((), 200, ("binance", "okx", "gate", "kraken", "bybit"))
    assert verdict.found >= 5
    assert (verdict.missed, verdict.false, verdict.outdated) == ([], [], 0)


def test_with_every_fault_of_frames_at_once_nothing_is_made_up() -> None:
    faults = tuple(rule for name in ("drop", "double", "reorder", "wrong checksum") for rule in FAULTS[name])
    world, verdict = watched(faults, 150, ("okx", "kraken", "bitfinex", "coinbase"))
    assert verdict.true > 50
    assert verdict.false == []
    assert sum(client.books.counters.gaps for client in world.clients.values()) > 10


@only_long
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("feed", [Feed.DELTA, Feed.TOP])
def test_over_an_hour_at_each_fault_nothing_is_made_up(name: str, feed: Feed) -> None:
    seconds = float(os.environ.get("P2P_SIMULATED_SECONDS", HOUR))
    world, verdict = watched(FAULTS[name], seconds, feed=feed)
    told = {exchange: client.books.counters for exchange, client in world.clients.items()}
    gaps = {exchange: (counters.gaps, counters.resyncs, counters.reconnects) for exchange, counters in told.items()}
    print(f"\n{name}, {feed}: {verdict.text()}; gaps, resyncs, reconnects: {gaps}")
    assert verdict.false == []
    assert verdict.true > 0
    if name == "none":
        assert verdict.missed == []
