"""What the sweeps' tests share: a small share of the simulated Binance, quick manners, what the raw store then has."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.p2p.capture.breaker import PATIENT_BREAKER
from p2p_pipeline.p2p.capture.sweeps.batches import batch_snapshots
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepPlan, SweepProgress, sweep_now
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import RunningSimulator, SimulatorOptions
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.wire import SearchPage, VenueRequest
from p2p_pipeline_tests.p2p.capture.collecting import QUICK, HurriedClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
FIATS = ("BOB", "KES", "RUB", "VND")
ASSETS = ("BTC", "FDUSD", "USDT")


@dataclass(frozen=True)
class SmallBinance(BinanceVenue):
    """The simulated Binance, believed to trade little, so that a whole sweep takes half a second."""

    fiats: tuple[str, ...] = FIATS
    assets: tuple[str, ...] = ASSETS
    without_assets: frozenset[str] = frozenset()
    """Fiats whose asset list the venue refuses to give."""
    without_fiats: bool = False
    explodes_on: Market | None = None

    def read_fiat_list(self, body: bytes) -> list[str]:
        return [fiat for fiat in super().read_fiat_list(body) if fiat in self.fiats]

    def fiat_list_request(self) -> VenueRequest:
        request = super().fiat_list_request()
        return replace(request, url=request.url + "-gone") if self.without_fiats else request

    def asset_list_request(self, fiat: str) -> VenueRequest:
        request = super().asset_list_request(fiat)
        return replace(request, url=request.url + "-gone") if fiat in self.without_assets else request

    def read_asset_list(self, body: bytes, fiat: str) -> list[str]:
        return [asset for asset in super().read_asset_list(body, fiat) if asset in self.assets]

    def read_search(self, body: bytes, market: Market, side: Side, page: int) -> SearchPage:
        if market == self.explodes_on:
            raise RuntimeError("an unforeseen thing")
        return super().read_search(body, market, side, page)


def still_market(**options: Any) -> SimulatorOptions:
    """A simulator whose books do not move."""
    return SimulatorOptions(CatalogueOptions(seed=5, **options), clock=lambda: NOON)


class MovableClock(HurriedClock):
    """Hurried, and its date can be moved on."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def now(self) -> datetime:
        return datetime.fromtimestamp(NOON, tz=UTC) + self.moved


MANNERS = replace(
    QUICK,
    concurrency=8,
    exchange=replace(QUICK.exchange, seconds=5.0, connect_seconds=5.0),
    breaker=PATIENT_BREAKER,
    is_patient=True,
)


TENACIOUS = replace(MANNERS, retries=replace(MANNERS.retries, max_attempts=9))
"""Chance won't fail a page so often that it is given up."""


@dataclass
class Sweeper:
    """Sweeps into one data folder, every ten minutes by its own clock."""

    folder: Path
    url: str
    clock: Clock = field(default_factory=MovableClock)

    @property
    def store(self) -> RawStore:
        return RawStore(self.folder, min_free_bytes=0)

    def plan(self, **changes: Any) -> SweepPlan:
        venue = changes.pop("venue", None) or SmallBinance(self.url)
        return replace(SweepPlan(venue, MANNERS, budget_seconds=60.0), **changes)

    def sweep(
        self,
        *,
        program: str = "a test",
        store: RawStore | None = None,
        progress: Callable[[SweepProgress], None] = lambda _: None,
        checkpoint: Callable[[str], None] = lambda _: None,
        **changes: Any,
    ) -> SweepReport:
        if isinstance(self.clock, MovableClock):
            self.clock.moved += timedelta(minutes=10)
        return sweep_now(
            self.plan(**changes),
            store or self.store,
            self.folder / "state",
            Source.SIMULATED,
            program=program,
            clock=self.clock,
            random_source=random.Random(3),
            progress=progress,
            checkpoint=checkpoint,
        )

    def snapshots(self, report: SweepReport) -> dict[MarketSide, StoredSnapshot]:
        found = list(batch_snapshots(self.store.reader, "binance", report.batch_id))
        snapshots = [snapshot for snapshot in found if isinstance(snapshot, StoredSnapshot)]
        assert len(snapshots) == len(found), "nothing is damaged"
        by_side = {snapshot.market_side: snapshot for snapshot in snapshots}
        assert len(by_side) == len(snapshots), "each market side once"
        return {side: snapshot for side, snapshot in by_side.items() if side is not None}


def all_sides(fiats: tuple[str, ...] = FIATS, assets: tuple[str, ...] = ASSETS) -> set[MarketSide]:
    return {MarketSide(Market("binance", asset, fiat), side) for fiat in fiats for asset in assets for side in Side}


def true_ids(simulator: RunningSimulator, side: MarketSide) -> set[str]:
    return {offer.offer_id for offer in simulator.exchange.book(side)}


def read_ids(snapshot: StoredSnapshot) -> set[str]:
    venue = BinanceVenue()
    ids: set[str] = set()
    for capture, _ in snapshot.captures:
        if capture.outcome == "ok" and capture.market_side is not None:
            side = capture.market_side
            page = venue.read_search(capture.body, side.market, side.side, capture.page or 1)
            ids.update(offer.offer_id for _, offer in page.offers)
    return ids


def asked_sides(simulator: RunningSimulator, since: int = 0) -> list[MarketSide]:
    """The market sides in the order of their first request."""
    seen = dict.fromkeys(
        MarketSide(Market.parse(served.market_key), Side(served.side))
        for served in simulator.exchange.requests(since)
        if served.market_key is not None and served.side is not None
    )
    return list(seen)


def next_number(simulator: RunningSimulator) -> int:
    served = simulator.exchange.requests()
    return served[-1].number + 1 if served else 0
