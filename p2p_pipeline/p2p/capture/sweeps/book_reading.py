"""Read one whole book for a sweep: page 1 says how many there are, and the others are asked for side by side.

Pages asked for one after the other shift while a long book is read, and a book of 150 pages would be the tail of every
sweep. The rate is the session's either way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from p2p_pipeline.p2p.capture.client import Exchange
from p2p_pipeline.p2p.capture.paging import reason_to_stop
from p2p_pipeline.p2p.capture.side_reading import SOFT_BLOCK_RETRY_SECONDS, Asking, SidePlan, SideReader, SnapshotDraft
from p2p_pipeline.p2p.capture.soft_block import SWEPT, SideMemory
from p2p_pipeline.p2p.capture.sweeps.backlog import Ticket
from p2p_pipeline.p2p.raw.capture import StopReason
from p2p_pipeline.p2p.venues.wire import SearchPage, Venue, VenueRequest

MOST_PAGES_AGAIN = 10
"""In a longer book so many ads may be missing that it counts as read to its end."""
_LOOKS_FOR_OTHERS = 15


@dataclass(slots=True)
class _PageRead:
    """What came of one page: its exchanges, those of them that are not believed, and the page if there is one."""

    request: VenueRequest
    exchanges: list[Exchange]
    soft_blocks: set[int]
    page: SearchPage | None = None
    stop_reason: StopReason | None = None
    message: str | None = None


class BookReader:
    """Reads one market side into a draft, whatever its length."""

    def __init__(
        self,
        venue: Venue,
        session: Asking,
        plan: SidePlan,
        memory: SideMemory,
        have_others_offers: Callable[[], bool],
        saw_offers: Callable[[], None],
        checkpoint: Callable[[str], None],
        ticket: Ticket,
        long_books: asyncio.Semaphore,
    ) -> None:
        """`long_books` bounds how many are read at a time beyond page 1, and with them the memory."""
        self._venue = venue
        self._memory = memory
        self._have_others_offers = have_others_offers
        self._saw_offers = saw_offers
        self._session = session
        self._plan = plan
        self._checkpoint = checkpoint
        self._ticket = ticket
        self._long_books = long_books
        self._serial = SideReader(venue, session, plan, memory, have_others_offers, checkpoint, SWEPT)

    async def read(self, draft: SnapshotDraft) -> None:
        """Fill a draft until the book ends or no more can be had."""
        await self._serial.read_page(draft)
        if draft.stop_reason is StopReason.SOFT_BLOCK and self._memory.offers_last_seen <= SWEPT.few_offers:
            await self._ask_when_vouched_for(draft)
        if draft.pages and draft.pages[0].offers:
            self._saw_offers()
        if draft.stop_reason is not None:
            return
        async with self._long_books:
            pages = self._pages_told(draft)
            if pages > 1:
                self._ticket.expect(pages)
                await self._read_side_by_side(draft, range(2, pages + 1))
            # What the book has grown by since, or all of it where the venue doesn't count.
            await self._serial.read(draft)
            await self._look_again(draft)

    async def _ask_when_vouched_for(self, draft: SnapshotDraft) -> None:
        # The first market sides of a first sweep: nobody else has had the time to show any offers.
        for _ in range(_LOOKS_FOR_OTHERS):
            if self._have_others_offers():
                draft.go_on()
                await self._serial.read_page(draft)
                return
            if not await self._session.sleep(SOFT_BLOCK_RETRY_SECONDS):
                return

    def _pages_told(self, draft: SnapshotDraft) -> int:
        first = draft.pages[0]
        if first.total is None or not first.received:
            return 1
        # A venue may give fewer ads a page than it was asked for; of much shorter ones it is seen one by one.
        asked = self._venue.page_rows
        rows = min(asked, max(first.received, asked // 2))
        return min(-(-first.total // rows), self._plan.limits.max_pages)

    async def _look_again(self, draft: SnapshotDraft) -> None:
        """Ask the first pages once more when the venue counts more ads than its pages showed.

        Its price changed and an ad moved up between two answers, from a page not yet asked for to one that was.
        """
        for number in range(1, min(len(draft.pages), MOST_PAGES_AGAIN) + 1):
            if draft.stop_reason is not StopReason.BOOK_END or draft.state.is_complete:
                return
            read = _PageRead(self._request(number), [], set())
            page = await self._ask(number, read)
            if page is not None and self._is_suspect(number, page):
                read.soft_blocks.add(len(read.exchanges) - 1)
                page = None
            read.page = page
            draft.go_on()
            self._add(draft, number, read)
            # Whatever came of it: what was read before is as good as it was.
            draft.stop(StopReason.BOOK_END)
            if page is None:
                return

    async def _read_side_by_side(self, draft: SnapshotDraft, numbers: range) -> None:
        read: dict[int, _PageRead] = {}
        try:
            async with asyncio.TaskGroup() as asking:
                for number in numbers:
                    read[number] = _PageRead(self._request(number), [], set())
                    asking.create_task(self._read_page(number, read[number]))
        finally:
            # Also when the sweep is stopped: what was answered is kept.
            self._take(draft, read)

    async def _read_page(self, number: int, read: _PageRead) -> None:
        page = await self._ask(number, read)
        if page is not None and self._is_suspect(number, page):
            read.soft_blocks.add(len(read.exchanges) - 1)
            slept = await self._session.sleep(SOFT_BLOCK_RETRY_SECONDS)
            page = await self._ask(number, read) if slept else None
            if page is not None and self._is_suspect(number, page):
                read.soft_blocks.add(len(read.exchanges) - 1)
                page = None
            if page is None and read.stop_reason is None:
                read.stop_reason = StopReason.SOFT_BLOCK
        read.page = page
        self._ticket.page_done()

    async def _ask(self, number: int, read: _PageRead) -> SearchPage | None:
        self._checkpoint("before_request")
        asked = await self._session.ask(read.request, self._venue.refusal)
        self._checkpoint("after_response")
        read.exchanges.extend(asked.attempts)
        if asked.answer is None:
            read.stop_reason, read.message = asked.stop_reason or StopReason.FAILED, asked.message
            return None
        side = self._plan.market_side
        return self._venue.read_search(asked.answer.body, side.market, side.side, number)

    def _is_suspect(self, number: int, page: SearchPage) -> bool:
        # A page beyond the end is empty because the book became shorter; one that should be full is not.
        return page.received == 0 and page.total is not None and page.total >= number * self._venue.page_rows

    def _request(self, number: int) -> VenueRequest:
        side = self._plan.market_side
        return self._venue.search_request(side.market, side.side, number)

    def _take(self, draft: SnapshotDraft, read: dict[int, _PageRead]) -> None:
        problem: _PageRead | None = None
        for number, found in sorted(read.items()):
            self._add(draft, number, found)
            if found.page is None and (problem is None or found.stop_reason is StopReason.BUDGET):
                problem = found
        if problem is not None:
            draft.stop(problem.stop_reason or StopReason.BUDGET, problem.message)
            return
        reason = reason_to_stop(draft.pages, self._plan.limits, self._plan.passes)
        if reason is not None:
            draft.stop(reason)

    def _add(self, draft: SnapshotDraft, number: int, read: _PageRead) -> None:
        for place, exchange in enumerate(read.exchanges):
            draft.add(exchange, read.request, number)
            if place in read.soft_blocks:
                draft.mark_soft_block()
        if read.page is not None:
            draft.pages.append(read.page)
