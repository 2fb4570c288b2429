"""The real service against the real simulator, both in this process, and what a test awaits of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

from p2p_pipeline.exchanges.board import Board, ExchangeHealth
from p2p_pipeline.exchanges.connections.clock import AnchoredClock
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.funnel.choosing import FunnelRules
from p2p_pipeline.exchanges.hot_store.memory import MemoryStore
from p2p_pipeline.exchanges.scan.rules import ScanRules, public_fees
from p2p_pipeline.exchanges.service.service import ServiceOptions, StreamService
from p2p_pipeline.exchanges.tables.rows import KeptScan


def options(source: str, exchanges: tuple[str, ...], symbols: tuple[str, ...]) -> ServiceOptions:
    """Scans four times a second, of small sizes."""
    rules = ScanRules((Decimal(100), Decimal(1000)), Decimal("0.1"), base_fees=public_fees(exchanges))
    return ServiceOptions(exchanges, symbols, rules, FunnelRules(-0.5, -0.8), scan_seconds=0.25, source=source)


@dataclass
class Watch:
    """The boards as they come."""

    boards: list[Board] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    kept: list[KeptScan] = field(default_factory=list)
    store: MemoryStore = field(default_factory=MemoryStore)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, board: Board) -> None:
        self.boards.append(board)
        self._news.set()

    async def until(self, what: str, holds: Callable[[Board], bool], within: float = 25.0) -> Board:
        """The first board from now on of which it holds."""
        try:
            async with asyncio.timeout(within):
                while True:
                    self._news.clear()
                    await self._news.wait()
                    if holds(self.boards[-1]):
                        return self.boards[-1]
        except TimeoutError:
            newest = self.boards[-1] if self.boards else None
            raise AssertionError(f"{what}: not within {within} s; the newest board is {newest}") from None


def health(board: Board, exchange: str) -> ExchangeHealth:
    return next(one for one in board.exchanges if one.name == exchange)


def run_service(chosen: ServiceOptions, scenario: Callable[[Watch], Awaitable[None]]) -> Watch:
    """Run until the scenario is over; a service that dies ends it too."""

    async def run() -> Watch:
        watch, stop = Watch(), asyncio.Event()
        now_ns = AnchoredClock().now_ns
        service = StreamService(chosen, watch.store, watch.frames.append, now_ns, watch.told, kept=watch.kept.append)

        async def played() -> None:
            try:
                await scenario(watch)
            finally:
                stop.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(service.run(stop))
            tasks.create_task(played())
        return watch

    return asyncio.run(run())
