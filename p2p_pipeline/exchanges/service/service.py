"""The service itself: frames come in, every few seconds a scan, a board goes out; until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import httpx

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.books.actions import Reconnect
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.taking import take_frame
from p2p_pipeline.exchanges.connections.exchange_link import ExchangeLink
from p2p_pipeline.exchanges.connections.intake import Intake
from p2p_pipeline.exchanges.connections.rest import REST_SECONDS
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.funnel.choosing import FunnelRules
from p2p_pipeline.exchanges.hot_store.store import HotStore
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.replay.notes import (
    SERVICE,
    Due,
    Learned,
    ListsRead,
    PassedOver,
    ScanBegan,
    ScanEnded,
    Started,
    moment,
    note_frame,
)
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.scanning import Scanner
from p2p_pipeline.exchanges.service.boards import BoardMaker
from p2p_pipeline.exchanges.service.grid import Grid, Turn
from p2p_pipeline.exchanges.service.lateness import Lateness
from p2p_pipeline.exchanges.service.listing import AskedLists, ListKeeping
from p2p_pipeline.exchanges.service.market import Market
from p2p_pipeline.exchanges.service.publishing import Publisher
from p2p_pipeline.exchanges.service.watching import SECOND_NS, Watching
from p2p_pipeline.exchanges.tables.rows import KeptScan
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Request

logger = logging.getLogger(__name__)

_FUNNEL_SECONDS = 1.0
_DUE_SECONDS = 0.25
_ROUNDS_OF_READING = 3


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What is watched, and how it is judged."""

    exchanges: tuple[str, ...]
    symbols: tuple[str, ...]
    rules: ScanRules
    funnel: FunnelRules
    watch_depth: tuple[str, ...] = ()
    scan_seconds: float = 5.0
    source: str | None = None
    """All requests and sockets go there instead of to the exchanges: a simulator."""


class StreamService:
    """One run of the service. `told` hears of each board, `learnt` of each table of identities, `kept` of each scan.

    None of them may wait. What it does to books beside telling them frames it records as a note among the frames, so
    that a replay makes the same scans.
    """

    def __init__(
        self,
        options: ServiceOptions,
        store: HotStore,
        record: Callable[[Frame], object],
        now_ns: Callable[[], int],
        told: Callable[[Board], None] = lambda _: None,
        learnt: Callable[[IdentityTable, datetime], None] = lambda *_: None,
        kept: Callable[[KeptScan], None] = lambda _: None,
    ) -> None:
        self.options = options
        self._now_ns = now_ns
        self._told = told
        self._learnt = learnt
        self._kept = kept
        self._record = record
        self._store = store
        self._intake = Intake(record, self._take, self._passed_over)
        self._scanner = Scanner()
        self._lateness = Lateness()
        self._last_frame_ns: dict[str, int] = {}
        self._news: dict[str, AskedLists] = {}
        self._links: dict[str, ExchangeLink] = {}
        self._bulk: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        """Something came that the funnel need not wait for."""

    async def run(self, stop: asyncio.Event, seconds: float | None = None) -> None:
        """Until it is told to stop, or for so many seconds."""
        options = self.options
        books = [ExchangeBooks(name, wire_of(name), lists_of(name)) for name in options.exchanges]
        is_real = options.source is None
        began_ns = self._now_ns()
        self._service = f"{began_ns // 1_000_000:x}"
        self._record(
            note_frame(
                Started(
                    self._service, not is_real, options.exchanges, options.symbols, options.scan_seconds, options.rules
                ),
                began_ns,
            )
        )
        async with httpx.AsyncClient(trust_env=is_real, timeout=httpx.Timeout(REST_SECONDS)) as client:
            self._links = {
                one.exchange: ExchangeLink(one, self._intake, client, self._now_ns, self.options.source)
                for one in books
            }
            self._market = Market(books, self.options.symbols, self.options.rules)
            self._watching = Watching(self._market, self._links, self.options.funnel, self.options.watch_depth)
            self._publisher = Publisher(self._store)
            self._boards = BoardMaker(
                self._service, not is_real, self._market, self._links, self._watching,
                self._last_frame_ns,
            )  # fmt: skip
            try:
                await self._work(stop, seconds)
            finally:
                await asyncio.gather(*(link.close() for link in self._links.values()))
                for task in self._bulk.values():
                    task.cancel()
                await self._publisher.close()

    async def _work(self, stop: asyncio.Event, seconds: float | None) -> None:
        async with asyncio.TaskGroup() as tasks:
            works = [self._scans(), self._funnel(), self._timers(), *map(self._lists, self._links)]
            started = [tasks.create_task(work) for work in works]
            try:
                async with asyncio.timeout(seconds):
                    await stop.wait()
            except TimeoutError:
                # The last scan's place is the end itself: whoever asks for a minute wants twelve.
                await asyncio.sleep(0.1)
            for task in started:
                task.cancel()

    def _take(self, frame: Frame) -> None:
        received_ns = frame.received_at_ns or self._now_ns()
        if frame.exchange == SERVICE:
            for link in self._links.values():
                link.act(link.books.due(received_ns))
            return
        link = self._links[frame.exchange]
        if not frame.is_outgoing:
            self._last_frame_ns[frame.exchange] = received_ns
        try:
            actions = take_frame(link.books, frame, received_ns)
        except Exception:
            # A bug, with its traceback; it costs this connection's books, and not what others have.
            logger.exception("%s: a frame of %s could not be taken", frame.exchange, frame.connection)
            actions = [Reconnect(frame.connection, "a frame could not be taken; the log says why")]
        if actions:
            link.act(actions)

    def _passed_over(self, frames: Sequence[Frame]) -> None:
        moments: dict[str, list[int]] = {}
        for frame in frames:
            moments.setdefault(frame.exchange, []).append(frame.received_at_ns or 0)
        self._record(note_frame(PassedOver(moments), self._now_ns()))

    async def _scans(self) -> None:
        grid = Grid(self._now_ns(), int(self.options.scan_seconds * SECOND_NS))
        cycle = 0
        while True:
            turn = grid.next_turn(cycle, self._now_ns())
            await asyncio.sleep(max(0.0, (turn.at_ns - self._now_ns()) / SECOND_NS))
            cycle = turn.cycle
            for _ in range(_ROUNDS_OF_READING):
                # A loop that was held up has frames of some exchanges in hand and those of others in sockets: a price
                # that moved everywhere would look like a difference.
                await asyncio.sleep(0)
            self._scan(turn)
            self._ask_best_prices()

    def _scan(self, turn: Turn) -> None:
        self._intake.flush()
        begun_ns, began = self._now_ns(), time.perf_counter()
        self._record(note_frame(ScanBegan(turn.cycle, turn.at_ns, turn.skipped), begun_ns))
        found = self._scanner.scan(
            self._market.books.view(begun_ns),
            self.options.rules,
            self._market.identity,
            cycle=turn.cycle,
            at=moment(turn.at_ns),
        )
        found = replace(found, duration_ms=round((time.perf_counter() - began) * 1e3, 3))
        self._record(note_frame(ScanEnded(turn.cycle, found.duration_ms), self._now_ns()))
        is_simulated = self.options.source is not None
        late_ns = begun_ns - turn.at_ns
        self._lateness.note(late_ns / SECOND_NS, turn.skipped)
        kept = KeptScan.of(found, self._service, is_simulated=is_simulated, late_ns=late_ns, skipped=turn.skipped)
        self._boards.skipped += turn.skipped
        board = self._boards.make(kept)
        self._kept(kept)
        self._publisher.publish(board, self._boards.changed_books)
        self._told(board)

    async def _funnel(self) -> None:
        while True:
            if self._news:
                news, self._news = self._news, {}
                at = moment(self._now_ns())
                await self._market.learn(news, at, partial(self._note_learning, news, at))
                self._learnt(self._market.identity, at)
                self._ask_best_prices()
            self._watching.step(self._now_ns())
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FUNNEL_SECONDS):
                    await self._woken.wait()

    def _note_learning(self, news: Mapping[str, AskedLists], at: datetime) -> None:
        self._intake.flush()
        read = {name: ListsRead.of(asked) for name, asked in news.items()}
        self._record(note_frame(Learned(at.date(), read), self._now_ns()))

    async def _timers(self) -> None:
        while True:
            self._intake.push(note_frame(Due(), self._now_ns()))
            for link in self._links.values():
                link.raise_failures()
            await asyncio.sleep(_DUE_SECONDS)

    async def _lists(self, exchange: str) -> None:
        link = self._links[exchange]
        keeping = ListKeeping(link.rest, link.books.lists, link.capability, self._seconds, link.random)
        while True:
            news = await keeping.turn()
            if keeping.trouble and not keeping.has_lists:
                link.failed(keeping.trouble)
            elif keeping.has_answered:
                link.succeeded()
            if keeping.trouble:
                link.last_error = keeping.trouble
            if news is not None:
                self._news[exchange] = news
                self._woken.set()
            await asyncio.sleep(max(0.0, keeping.due - self._seconds()))

    def _seconds(self) -> float:
        return self._now_ns() / SECOND_NS

    async def _best_prices(self, exchange: str, link: ExchangeLink, request: Request) -> None:
        await link.ask(request)
        if not self._watching.wanted_of(exchange):
            # The first prices of an exchange, mostly: nobody waits for the next second.
            self._woken.set()

    def _ask_best_prices(self) -> None:
        for exchange, link in self._links.items():
            request = link.books.lists.bulk_request()
            running = self._bulk.get(exchange)
            if request is None or link.capability.bulk_stream or (running is not None and not running.done()):
                continue
            if self._market.traded(self._market.names.index(exchange)):
                self._bulk[exchange] = asyncio.create_task(self._best_prices(exchange, link, request))
