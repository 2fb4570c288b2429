"""Simulated hours with something going wrong in them, watched by our books and our scan and judged by the truth."""

from __future__ import annotations

from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultRule
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.exchanges.simulator.judge import Judge, Verdict
from p2p_pipeline_tests.exchanges.simulator.world import World

SYMBOLS = tuple(f"{asset}/USDT" for asset in ("BTC", "ETH", "SOL", "XRP", "ADA", "AVAX", "LTC", "TRX", "LINK", "DOGE"))
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
    "refuse subscription": (FaultRule(FaultName.REFUSE_SUBSCRIPTION, symbol="TRX/USDT", probability=0.5),),
}
"""Of each at least a share of what it can spoil goes wrong all the time."""


def started(
    faults: tuple[FaultRule, ...],
    *,
    exchanges: tuple[str, ...] = EXCHANGES,
    feed: Feed = Feed.DELTA,
    symbols: tuple[str, ...] = SYMBOLS,
    changes_per_second: float = 0.7,
) -> World:
    """A world in which that goes wrong from the start, with a plant every fifteen seconds."""
    options = ExchangesOptions(
        exchanges=exchanges,
        symbols=symbols,
        faults=faults,
        changes_per_second=changes_per_second,
        plants_per_hour=240,
        levels=25,
    )
    return World(options, feed=feed)


def watched(
    faults: tuple[FaultRule, ...], seconds: float, *, exchanges: tuple[str, ...] = EXCHANGES, feed: Feed = Feed.DELTA
) -> tuple[World, Verdict]:
    """The same, after some simulated seconds."""
    world = started(faults, exchanges=exchanges, feed=feed)
    judge = Judge(world.hall, world.settings.max_age_seconds)
    for scan in world.scan_every(seconds):
        judge.look(scan, world.now)
    return world, judge.verdict
