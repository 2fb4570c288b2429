"""One sweep's market sides: read each, store it as soon as it is read, and keep count."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from p2p_pipeline.kernel.tracing import log_context, span
from p2p_pipeline.p2p.capture.paging import PagingLimits
from p2p_pipeline.p2p.capture.side_reading import SidePlan, SnapshotDraft, SnapshotName
from p2p_pipeline.p2p.capture.sweeps.backlog import Backlog, Ticket, requests_wanted
from p2p_pipeline.p2p.capture.sweeps.book_reading import BookReader
from p2p_pipeline.p2p.capture.sweeps.counting import CountingSession
from p2p_pipeline.p2p.capture.sweeps.memory import SweepMemory
from p2p_pipeline.p2p.capture.sweeps.plan import UNKNOWN, SideRecord, after_failure, after_reading, side_memory
from p2p_pipeline.p2p.capture.sweeps.report import MissingSide, batch_moment
from p2p_pipeline.p2p.capture.sweeps.unread import Unread, Why, why_not_asked, why_unread
from p2p_pipeline.p2p.markets import MarketSide, Source, slot_of, snapshot_id
from p2p_pipeline.p2p.raw.capture import Outcome, Purpose, StopReason
from p2p_pipeline.p2p.raw.snapshot_state import SnapshotState
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored, RawStoreError
from p2p_pipeline.p2p.venues.wire import Venue

LONG_BOOKS_AT_ONCE = 4
_APPENDS_AT_ONCE = 4
_FAILURES_OF_A_FIAT = 3
_LOOK_SECONDS = 0.25
_LONGEST_SILENCE_SECONDS = 120.0
"""At the end, when nothing is left but what is tried again. A patient breaker has probed five times by then."""
_WARNINGS_OF_A_SWEEP = 10
"""In an outage every market side fails for the same reason, and a terminal shows nothing else."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What came of the market sides so far."""

    done: int = 0
    """Read, failed or given up."""
    offers: int = 0
    complete: set[MarketSide] = field(default_factory=set)
    missing: dict[MarketSide, MissingSide] = field(default_factory=dict)

    def miss(self, side: MarketSide, reason: str, stack_trace: str | None = None) -> None:
        """Write down why a market side was not read to its end."""
        market = side.market
        self.missing[side] = MissingSide(market.asset, market.fiat, str(side.side), reason, stack_trace)


class SweepRun:
    """Reads market sides one beside the other, as many as the rate needs."""

    def __init__(
        self,
        venue: Venue,
        session: CountingSession,
        store: RawStore,
        source: Source,
        batch_id: int,
        memory: SweepMemory,
        *,
        concurrency: int,
        rate_now: Callable[[], float],
        max_pages: int,
        checkpoint: Callable[[str], None],
        on_side: Callable[[Tally], None],
    ) -> None:
        self.tally = Tally()
        self.problem: RawStoreError | None = None
        """What made it impossible to store anything more."""
        self._venue = venue
        self._session = session
        self._store = store
        self._source = source
        self._batch_id = batch_id
        self._memory = memory
        self._limits = PagingLimits(sys.maxsize, max_pages)
        self._checkpoint = checkpoint
        self._on_side = on_side
        self._with_offers: set[MarketSide] = set()
        self._failures: Counter[str] = Counter()
        """Failed market sides in a row, by fiat."""
        self._complete_before: dict[MarketSide, int] = {}
        self._warnings = 0
        self._backlog = Backlog(
            lambda: requests_wanted(rate_now(), session.seconds_a_request, concurrency) + _APPENDS_AT_ONCE
        )
        session.on_wait = lambda waiting: self._backlog.change(-waiting)
        self._long_books = asyncio.Semaphore(LONG_BOOKS_AT_ONCE)
        self._appends = asyncio.Semaphore(_APPENDS_AT_ONCE)

    async def read_all(self, sides: Sequence[MarketSide]) -> None:
        """Read them in this order until the budget is used up; those that had no turn are missing.

        Cancelling waits until what was read so far is stored.
        """
        running: set[asyncio.Task[None]] = set()
        try:
            for side in sides:
                await self._backlog.room()
                if self.problem is not None or self._session.remaining_seconds <= 0:
                    break
                # Taken here: the task begins later, and the next one must not be let in before.
                record = self._memory.records.get(side, UNKNOWN)
                ticket = self._backlog.enter(-(-record.offers // self._venue.page_rows))
                task = asyncio.create_task(self._read_side(side, record, ticket))
                task.add_done_callback(ticket.leave)
                running.add(task)
                task.add_done_callback(running.discard)
            await self._wait_for(running)
        finally:
            # Looked at now: what is being stored may take longer than what is left.
            remaining_seconds = self._session.remaining_seconds
            left = list(running)
            for task in left:
                task.cancel()
            try:
                await _all_ended(left)
            finally:
                for side in sides:
                    if side not in self.tally.complete and side not in self.tally.missing:
                        self._fail(side, why_not_asked(self.problem, remaining_seconds))

    async def _wait_for(self, running: set[asyncio.Task[None]]) -> None:
        while running and self.problem is None:
            await asyncio.wait(running, timeout=_LOOK_SECONDS)
            if self._session.silent_seconds > _LONGEST_SILENCE_SECONDS:
                # Only those are left that fail and fail: the next sweep begins with them.
                self._session.end_within(0.0)

    async def _read_side(self, side: MarketSide, record: SideRecord, ticket: Ticket) -> None:
        fiat = side.market.fiat
        if self._failures[fiat] >= _FAILURES_OF_A_FIAT:
            # Its failures would open the breaker for all the others.
            self.tally.done += 1
            in_a_row = f"{self._failures[fiat]} market sides of {fiat} in a row had failed."
            self._fail(side, Unread(Why.FIAT_FAILS, in_a_row))
            self._on_side(self.tally)
            return
        self._complete_before[side] = len(self.tally.complete)
        moment = batch_moment(self._batch_id)
        name = SnapshotName(snapshot_id(side, moment), slot_of(moment), self._source, Purpose.SWEEP)
        draft = SnapshotDraft(name, side)
        reader = BookReader(
            self._venue,
            self._session,
            SidePlan(side, self._limits),
            side_memory(record),
            lambda: bool(self._with_offers - {side}),
            lambda: self._with_offers.add(side),
            self._checkpoint,
            ticket,
            self._long_books,
        )
        about = {"asset": side.market.asset, "fiat": fiat, "side": str(side.side)}
        with log_context(**about), span("market side", **about) as told:
            await self._read_and_keep(side, reader, draft)
            told.set(requests=len(draft.captures))

    async def _read_and_keep(self, side: MarketSide, reader: BookReader, draft: SnapshotDraft) -> None:
        trace: str | None = None
        try:
            await reader.read(draft)
        except asyncio.CancelledError:
            # A book whose pages are asked side by side has written BUDGET for those without an answer.
            is_cut = draft.stop_reason in (None, StopReason.BUDGET)
            if is_cut:
                draft.stop(StopReason.BUDGET, None if self.problem is None else str(self.problem))
            await self._keep(side, draft, None, was_stopped=is_cut and self.problem is None)
            raise
        except Exception as error:  # noqa: BLE001 - one market side's bug must not cost the others their sweep
            _log.exception("reading %s failed", side, extra={"batch_id": self._batch_id})
            trace = traceback.format_exc()
            draft.stop(StopReason.FAILED, f"A bug in the program, see the log: {error!r}")
        await self._keep(side, draft, trace)

    async def _keep(
        self, side: MarketSide, draft: SnapshotDraft, trace: str | None, *, was_stopped: bool = False
    ) -> None:
        state = draft.state
        storing = asyncio.ensure_future(self._append(draft))
        try:
            problem = await asyncio.shield(storing)
        except asyncio.CancelledError:
            # The thread can't be called back: what it stores must be counted before we go.
            self._count(side, draft, state, await storing, trace, was_stopped=was_stopped)
            raise
        self._count(side, draft, state, problem, trace, was_stopped=was_stopped)

    async def _append(self, draft: SnapshotDraft) -> RawStoreError | None:
        if not draft.captures:
            return None
        async with self._appends:
            try:
                await asyncio.to_thread(self._store.append, draft.captures)
            except AlreadyStored:
                _log.warning("%s was stored already", draft.captures[0].snapshot_id, extra={"batch_id": self._batch_id})
            except RawStoreError as error:
                return error
        self._checkpoint("after_append")
        return None

    def _count(
        self,
        side: MarketSide,
        draft: SnapshotDraft,
        state: SnapshotState,
        problem: RawStoreError | None,
        trace: str | None,
        *,
        was_stopped: bool,
    ) -> None:
        tally = self.tally
        tally.done += 1
        if problem is not None:
            # Asking on for what can't be kept would be rude and useless.
            self.problem = problem
            self._fail(side, Unread(Why.NOT_STORED, str(problem)))
        elif state.is_complete and trace is None:
            tally.offers += state.offers
            tally.complete.add(side)
            self._failures[side.market.fiat] = 0
            read_at = batch_moment(self._batch_id).timestamp()
            self._memory.records[side] = after_reading(read_at, state.offers)
        else:
            tally.offers += state.offers
            # Only while others can be read: in an outage no fiat is worse than the others.
            is_venue_well = len(tally.complete) > self._complete_before.get(side, 0)
            is_failure = not state.pages_ok and state.stop_reason is StopReason.FAILED
            self._failures[side.market.fiat] += is_failure and is_venue_well
            was_empty = not state.offers and any(c.outcome is Outcome.SOFT_BLOCK for c in draft.captures)
            unread = why_unread(draft, state, was_stopped=was_stopped)
            self._fail(side, unread, trace, state.offers, was_empty=was_empty)
        self._on_side(tally)

    def _fail(
        self, side: MarketSide, unread: Unread, trace: str | None = None, offers: int = 0, *, was_empty: bool = False
    ) -> None:
        self.tally.miss(side, unread.sentence, trace)
        self._tell(side, unread)
        record = self._memory.records.get(side, UNKNOWN)
        self._memory.records[side] = after_failure(record, offers, was_empty)

    def _tell(self, side: MarketSide, unread: Unread) -> None:
        if unread.why.is_not_asked:
            return
        about = {"batch_id": self._batch_id}
        # Whoever stopped a sweep knows why its market sides are not whole.
        is_news = unread.why is not Why.STOPPED
        self._warnings += is_news
        is_told = is_news and self._warnings <= _WARNINGS_OF_A_SWEEP
        level = logging.WARNING if is_told else logging.DEBUG
        _log.log(level, "%s was not read to its end: %s", side, unread.sentence, extra=about)
        if is_news and self._warnings == _WARNINGS_OF_A_SWEEP + 1:
            _log.warning(
                "more market sides than these %d are not read to their end: the others are in the sweep's report and, "
                "once it is loaded, in ops_extraction_errors",
                _WARNINGS_OF_A_SWEEP,
                extra=about,
            )


async def _all_ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for them however often somebody asks us to stop meanwhile, and only then stop."""
    ending = asyncio.gather(*tasks, return_exceptions=True)
    stopped: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        raise stopped
