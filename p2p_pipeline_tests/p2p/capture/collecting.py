"""What the collector's tests share: a collector against a simulator, quick clocks, small plans."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from p2p_pipeline.kernel.clock import Clock, SystemClock
from p2p_pipeline.kernel.filesystem import FileSystem
from p2p_pipeline.p2p.capture.backoff import RetryLimits
from p2p_pipeline.p2p.capture.claims import ClaimFolder, Holder
from p2p_pipeline.p2p.capture.client import ExchangeLimits
from p2p_pipeline.p2p.capture.collector import Collector, VenuePlan
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.paging import PagingLimits
from p2p_pipeline.p2p.capture.side_reading import SidePlan
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_start
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.venues.directory import venue_directory

SLOT = 59_000_000
BOB = Market("binance", "USDT", "BOB")
RUB = Market("bybit", "USDT", "RUB")

QUICK = Manners(
    pacing=PacingLimits(requests_per_second=2000.0, minimum_per_second=50.0),
    retries=RetryLimits(max_attempts=3, base_seconds=0.005, longest_seconds=0.01),
    exchange=ExchangeLimits(seconds=0.25, connect_seconds=0.25, max_body_bytes=2 * 1024 * 1024),
)


class HurriedClock(SystemClock):
    """Sleeps a fiftieth of what it is asked for, and can be moved on; everything else is real."""

    skipped_seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped_seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 50)


class FastClock:
    """Real time, so many times as fast: for tests in which several wait at once."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._began = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._times)


class StandingClock:
    """Moves only when somebody sleeps, or when a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> None:
        self.wall = now
        self.elapsed = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.elapsed += seconds
        self.wall += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def make_collector(
    folder: Path,
    *,
    budget_seconds: float = 3.0,
    clock: Clock | None = None,
    files: FileSystem | None = None,
    program: str = "a test",
) -> Collector:
    """A collector of simulated venues that hurries."""
    return Collector(
        RawStore(folder, files=files, min_free_bytes=0),
        ClaimFolder(folder / "state", Holder.this_process(program)),
        Source.SIMULATED,
        budget_seconds=budget_seconds,
        clock=clock or HurriedClock(),
        random_source=random.Random(7),
    )


def make_plan(
    url: str,
    market: Market = BOB,
    *,
    sides: tuple[Side, ...] = tuple(Side),
    limits: PagingLimits | None = None,
    manners: Manners = QUICK,
) -> VenuePlan:
    """Both sides of a market, whole books."""
    chosen = limits or PagingLimits(minimum_offers=10_000, max_pages=20)
    side_plans = tuple(SidePlan(MarketSide(market, side), chosen) for side in sides)
    return VenuePlan(venue_directory(url)[market.venue], side_plans, manners)


def stored(collector: Collector, market: Market = BOB, slot: int = SLOT) -> list[StoredSnapshot]:
    """The market's snapshots of a slot's day; damage fails the test."""
    found = list(collector.store.reader.read(slot_start(slot).date(), market.key))
    assert not [entry for entry in found if isinstance(entry, Damage)]
    return [entry for entry in found if isinstance(entry, StoredSnapshot)]
