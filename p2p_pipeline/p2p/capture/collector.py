"""Collect a slot: claim each market side, read it, store it, and only then say that it is captured.

    collector = Collector(store, ClaimFolder(paths.state, Holder.this_process("p2p collect")), Source.LIVE)
    plan = VenuePlan(venue, (SidePlan(market_side, PagingLimits(100, 15)), …), Manners())
    report = await collector.collect_slot(plan, slot, acknowledge)      # in an event loop
    report = collector.collect_slot_now(plan, slot)                     # in a thread without one (a Dagster tick)

The market sides of a venue run side by side and share its pace, its breaker and one budget. What was learnt of a
venue stays from tick to tick, so keep the collector.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx

from p2p_pipeline.kernel.clock import Clock, SystemClock
from p2p_pipeline.p2p.capture.claims import ClaimFolder
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.side_memory import SideMemories
from p2p_pipeline.p2p.capture.side_reading import SidePlan
from p2p_pipeline.p2p.capture.slot_results import CollectionReport, SlotResult, trouble_of
from p2p_pipeline.p2p.capture.slot_run import Acknowledge, SlotRun, Surroundings
from p2p_pipeline.p2p.capture.venue_session import Manners, VenueGate, VenueSession
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.venues.wire import Venue

DEFAULT_BUDGET_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class VenuePlan:
    """What is collected of one venue, and how politely."""

    venue: Venue
    sides: tuple[SidePlan, ...]
    manners: Manners = field(default_factory=Manners)


def _nobody(_: SlotResult) -> None:
    """Nobody waits for acknowledgements: the report has them all."""


class Collector:
    """Collects slots into a raw store. Keep one per process; threads may share it, one a venue."""

    def __init__(
        self,
        store: RawStore,
        claims: ClaimFolder,
        source: Source,
        *,
        budget_seconds: float = DEFAULT_BUDGET_SECONDS,
        clock: Clock | None = None,
        random_source: random.Random | None = None,
        checkpoint: Callable[[str], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        pauses: PauseFolder | None = None,
        gates_of: Collector | None = None,
    ) -> None:
        """Nothing is asked or written yet.

        `pauses` keeps what venues asked for (Retry-After) for the next process. `gates_of` takes over what another
        collector learnt: the pace and the breaker of each venue whose manners stay the same, and every pause.

        `checkpoint` is told each step by name (`before_request`, `after_response`, `after_acknowledgement`), so that a
        crash test can end the process exactly there.
        """
        self.store = store
        self.source = source
        self.clock: Clock = clock or SystemClock()
        self.budget_seconds = budget_seconds
        self._random = random_source or random.Random()
        self._transport = transport
        self._around = Surroundings(store, claims, SideMemories(store.reader), source, self.clock, checkpoint)
        self._pauses = pauses
        self._gates: dict[str, VenueGate] = {} if gates_of is None else gates_of.known_gates()
        self._gates_lock = threading.Lock()

    def gate(self, plan: VenuePlan) -> VenueGate:
        """The pace and the breaker of a plan's venue, as far as this process has learnt them."""
        with self._gates_lock:
            found = self._gates.get(plan.venue.name)
            if found is None or found.manners != plan.manners:
                made = self._gates[plan.venue.name] = VenueGate(plan.venue.name, plan.manners, self._pauses)
                made.honour_kept_pause(self.clock)
                if found is not None and found.manners.proxy_url == plan.manners.proxy_url:
                    # Whatever else changed: the venue knows us by the same address, and asked to be left alone.
                    made.pace = replace(made.pace, paused_until=max(made.pace.paused_until, found.pace.paused_until))
                return made
            return found

    def known_gates(self) -> dict[str, VenueGate]:
        """What was learnt so far, by venue."""
        with self._gates_lock:
            return dict(self._gates)

    def collect_slot_now(self, plan: VenuePlan, slot: int, acknowledge: Acknowledge = _nobody) -> CollectionReport:
        """The same as `collect_slot`, for a thread without an event loop."""
        return asyncio.run(self.collect_slot(plan, slot, acknowledge))

    async def collect_slot(self, plan: VenuePlan, slot: int, acknowledge: Acknowledge = _nobody) -> CollectionReport:
        """Collect every market side of a venue for a slot, as far as the budget goes.

        `acknowledge` hears of each market side as soon as it is decided; of a captured one only after it is safe on
        disk. Cancelling waits for an append that has begun.
        """
        began = time.monotonic()
        async with self.open_session(plan) as session:
            run = SlotRun(self._around, plan.venue, slot, session, acknowledge)
            results = tuple(await asyncio.gather(*(run.collect(side) for side in plan.sides)))
        seconds = time.monotonic() - began
        return CollectionReport(plan.venue.name, slot, results, seconds, trouble_of(plan.venue.name, results))

    @asynccontextmanager
    async def open_session(self, plan: VenuePlan, budget_seconds: float | None = None) -> AsyncIterator[VenueSession]:
        """One tick's way to a venue, for other requests than a slot's too (payment lists)."""
        is_live = self.source is Source.LIVE
        http = open_client(plan.manners.proxy_url, use_system_proxy=is_live, transport=self._transport)
        async with http:
            budget = self.budget_seconds if budget_seconds is None else budget_seconds
            yield VenueSession(self.gate(plan), http, self.clock, budget, self._random)
