"""The work of one sweep: the venue's lists, what is due of them, the run, and the report at its beginning and end."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import orjson

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.kernel.tracing import batch_span
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.pacing import known_ceiling
from p2p_pipeline.p2p.capture.sweeps.batches import Told, report_id
from p2p_pipeline.p2p.capture.sweeps.claim import Share
from p2p_pipeline.p2p.capture.sweeps.counting import CountingSession
from p2p_pipeline.p2p.capture.sweeps.lists import Listed, NoFiats, VenueLists
from p2p_pipeline.p2p.capture.sweeps.memory import Ceiling, SweepMemory, kept_ceiling
from p2p_pipeline.p2p.capture.sweeps.plan import due_sides, share_of
from p2p_pipeline.p2p.capture.sweeps.report import MissingSide, SweepReport, SweepStatus, batch_moment
from p2p_pipeline.p2p.capture.sweeps.run import SweepRun, Tally
from p2p_pipeline.p2p.capture.venue_session import Manners, VenueGate, VenueSession
from p2p_pipeline.p2p.markets import MarketSide, Source, slot_of
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.venues.wire import Venue

_SHOW_SECONDS = 1.0
_LONGEST_ABSENCE_SECONDS = 30.0
"""At the beginning. With the longest request that is under way then, whoever waits knows within a minute."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is swept, how politely and for how long."""

    venue: Venue
    manners: Manners
    budget_seconds: float = 480.0
    worker: int = 1
    """Which share of the fiats, of `workers`."""
    workers: int = 1
    max_pages: int = 500
    """Of one market side."""
    empty_again_seconds: float = 3600.0
    """A market side that was empty is asked again after this long, and at least once a day."""


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is."""

    batch_id: int
    sides_done: int
    sides: int
    offers: int
    requests: int
    requests_per_second: float
    """How fast the venue is asked just now, at most."""
    trouble: str | None = None
    """Why it is not asked at all just now, in one line."""


@dataclass(slots=True)
class SweepWork:
    """One sweep of one share, claimed and named."""

    plan: SweepPlan
    share: Share
    store: RawStore
    state_folder: Path
    source: Source
    clock: Clock
    gate: VenueGate
    batch_id: int
    checkpoint: Callable[[str], None]
    progress: Callable[[SweepProgress], None]
    random_source: random.Random
    transport: httpx.AsyncBaseTransport | None
    listed: Listed = field(default_factory=lambda: Listed(frozenset()))
    due: tuple[MarketSide, ...] = ()
    tally: Tally = field(default_factory=Tally)
    session: CountingSession | None = None
    began: float = 0.0
    absence: str | None = None
    """One sentence on a venue that never answered: nothing more is asked then."""
    stopped: Callable[[SweepReport], None] = lambda _: None
    """Told the stored report of a sweep that is cancelled, which returns none."""

    async def run(self) -> SweepReport:
        """Ask, store, report."""
        with batch_span("sweep", self.batch_id, venue=self.plan.venue.name, worker=self.plan.worker) as told:
            report = await self._run()
            told.set(status=str(report.status), markets=report.markets, markets_complete=report.markets_complete)
            told.set(offers=report.offers, requests=report.requests, failed_requests=report.failed_requests)
            return report

    async def _run(self) -> SweepReport:
        self.began = self.clock.monotonic()
        trouble: str | None = None
        beside = [asyncio.create_task(self._show_on()), asyncio.create_task(self._watch_for_absence())]
        try:
            await self._ask()
        except NoFiats as error:
            trouble = str(error)
        except asyncio.CancelledError:
            # At once and without a thread: whoever stopped us may not wait long.
            report = self._report("It was stopped before its end.")
            self._store_report(Told.ENDED, report)
            self.stopped(report)
            raise
        finally:
            for task in beside:
                task.cancel()
        report = self._report(self.absence or trouble)
        self.checkpoint("before_end")
        await asyncio.to_thread(self._store_report, Told.ENDED, report)
        return report

    async def _ask(self) -> None:
        manners = self.plan.manners
        http = open_client(
            manners.proxy_url,
            use_system_proxy=self.source is Source.LIVE,
            transport=self.transport,
            connections=manners.concurrency,
        )
        async with http:
            plain = VenueSession(self.gate, http, self.clock, self.plan.budget_seconds, self.random_source)
            self.session = CountingSession(plain)
            lists = VenueLists(self.plan.venue, self.session, self.store, self.source, self._slot)
            self.listed = await lists.listed(lambda fiat: share_of(fiat, self.plan.workers) == self.plan.worker)
            memory = await asyncio.to_thread(self._remember)
            now = batch_moment(self.batch_id).timestamp()
            self.due = due_sides(self.listed.sides, memory.records, now, self.plan.empty_again_seconds)
            await asyncio.to_thread(self._store_report, Told.BEGUN, self._report(None))
            self.checkpoint("begun")
            try:
                await self._read(memory, self.session)
            finally:
                known = [side for side in memory.records if side.market.fiat in self.listed.problems]
                memory.save(self.state_folder, self.batch_id, self.listed.sides.union(known), self._ceiling())

    def _ceiling(self) -> Ceiling | None:
        before = kept_ceiling(self.state_folder, self.share, self.clock.now())
        known = known_ceiling(self.gate.pace, self.plan.manners.pacing)
        return Ceiling.after(known, before, self.batch_id, is_refused=self.gate.pace.slowed_at > float("-inf"))

    async def _read(self, memory: SweepMemory, session: CountingSession) -> None:
        run = SweepRun(
            self.plan.venue, session, self.store, self.source, self.batch_id, memory,
            concurrency=self.plan.manners.concurrency, max_pages=self.plan.max_pages, checkpoint=self.checkpoint,
            rate_now=lambda: self.gate.pace.per_second, on_side=self._show,
        )  # fmt: skip
        self.tally = run.tally
        self._show(run.tally)
        await run.read_all(self.due)
        if run.problem is not None:
            raise run.problem

    def _remember(self) -> SweepMemory:
        memory = SweepMemory.load(self.state_folder, self.share)
        now = batch_moment(self.batch_id)
        memory.learn_from_stored(self.store.reader, self.plan.venue, self.listed.sides, now)
        memory.learn_from_killed(self.store.reader, now)
        return memory

    async def _show_on(self) -> None:
        """While the venue is silent no market side ends, and somebody wants to know why."""
        while True:
            await self.clock.sleep(_SHOW_SECONDS)
            self._show(self.tally)

    async def _watch_for_absence(self) -> None:
        """A venue that goes away is waited for; one that was never there is not sat out to the budget's end."""
        while True:
            await self.clock.sleep(_SHOW_SECONDS)
            session = self.session
            if session is None or session.has_answered or session.silent_seconds < _LONGEST_ABSENCE_SECONDS:
                continue
            why = (session.last_failure or "no request has come to an end").rstrip(".")
            self.absence = (
                f"{self.plan.venue.name} has not answered once in {session.silent_seconds:.0f} s: {why}; look at the "
                "network, the next sweep asks again"
            )
            session.end_within(0.0)
            return

    def _show(self, tally: Tally) -> None:
        requests = 0 if self.session is None else self.session.requests
        rate, trouble = self.gate.pace.per_second, self.gate.trouble(self.clock)
        self.progress(SweepProgress(self.batch_id, tally.done, len(self.due), tally.offers, requests, rate, trouble))

    @property
    def _slot(self) -> int:
        return slot_of(batch_moment(self.batch_id))

    def _report(self, trouble: str | None) -> SweepReport:
        complete, session = self.tally.complete, self.session
        markets = {side.market for side in self.due}
        problems = (MissingSide("", fiat, "", text) for fiat, text in sorted(self.listed.problems.items()))
        missing = (*problems, *(self.tally.missing[side] for side in self.due if side in self.tally.missing))
        has_read = bool(complete) or self.tally.offers > 0
        if trouble is None and self.tally.missing and not has_read:
            first = next(iter(self.tally.missing.values())).reason
            trouble = f"None of the {len(self.due)} market sides that were due could be read; the first: {first}"
        is_failed = trouble is not None or bool(missing)
        return SweepReport(
            batch_id=self.batch_id,
            venue=self.plan.venue.name,
            status=_status(is_failed=is_failed, has_read=has_read),
            started_at=batch_moment(self.batch_id),
            ended_at=max(self.clock.now(), batch_moment(self.batch_id)),
            worker=self.plan.worker,
            workers=self.plan.workers,
            fiats=len({market.fiat for market in markets}),
            markets=len(markets),
            markets_complete=len(markets - {side.market for side in self.due if side not in complete}),
            sides=len(self.due),
            sides_complete=len(complete),
            offers=self.tally.offers,
            failed_requests=0 if session is None else session.failed_requests,
            requests=0 if session is None else session.requests,
            seconds=round(self.clock.monotonic() - self.began, 3),
            missing=missing,
            trouble=trouble,
        )

    def _store_report(self, word: Told, report: SweepReport) -> None:
        now = self.clock.now()
        name = report_id(report.venue, word, self.batch_id)
        body = orjson.dumps(report.to_json())
        self.store.append([report_capture(report.venue, name, self._slot, self.source, now, body)])
        told = {name: getattr(report, name) for name in ("status", "sides", "sides_complete", "offers", "requests")}
        said = ", ".join(f"{name} {value}" for name, value in told.items())
        _log.info("the sweep has %s: %s", word, said, extra={"batch_id": self.batch_id})


def report_capture(venue: str, name: str, slot: int, source: Source, now: datetime, body: bytes) -> Capture:
    """What a sweep says of itself, in the shape of everything else in the raw store."""
    return Capture(
        snapshot_id=name,
        ordinal=0,
        purpose=Purpose.SWEEP_REPORT,
        source=source,
        outcome=Outcome.OK,
        detail=None,
        venue=venue,
        asset=None,
        fiat=None,
        side=None,
        page=None,
        slot=slot,
        requested_at=now,
        received_at=now,
        elapsed_milliseconds=0.0,
        method="",
        url="",
        request=None,
        status=None,
        body=body,
    )


def _status(*, is_failed: bool, has_read: bool) -> SweepStatus:
    if not is_failed:
        return SweepStatus.COMPLETE
    return SweepStatus.PARTIAL if has_read else SweepStatus.FAILED
