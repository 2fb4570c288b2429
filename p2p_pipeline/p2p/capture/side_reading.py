"""Read one market side, page after page, into the captures of one snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from p2p_pipeline.p2p.capture.client import Exchange, Judge
from p2p_pipeline.p2p.capture.paging import PagingLimits, reason_to_stop
from p2p_pipeline.p2p.capture.soft_block import COLLECTED, Belief, SideMemory, is_empty_page_suspect
from p2p_pipeline.p2p.capture.venue_session import Asked
from p2p_pipeline.p2p.markets import WIDE, MarketSide, Offer, Source
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose, StopReason
from p2p_pipeline.p2p.raw.snapshot_state import SnapshotState, snapshot_state, unique_offers
from p2p_pipeline.p2p.venues.wire import SearchPage, Venue, VenueRequest

_READ_AT_ONCE_BYTES = 256 * 1024
SOFT_BLOCK_RETRY_SECONDS = 2.0
_SOFT_BLOCK_SENTENCE = "The venue answered with a success and no ads, although there were some: not believed."


def _passes_wide(offer: Offer) -> bool:
    return WIDE.admits((), offer.completion_rate, offer.orders_30d, offer.is_merchant)


@dataclass(frozen=True, slots=True)
class SidePlan:
    """What is read of one market side."""

    market_side: MarketSide
    limits: PagingLimits
    passes: Callable[[Offer], bool] = _passes_wide
    """Which offers count towards the limits' `minimum_offers`; see paging.passing."""


@dataclass(frozen=True, slots=True)
class SnapshotName:
    """What all captures of one snapshot share."""

    snapshot_id: str
    slot: int
    source: Source
    purpose: Purpose = Purpose.SEARCH


class Asking(Protocol):
    """Who asks the venue: a VenueSession, or something more patient around one."""

    async def ask(self, request: VenueRequest, judge: Judge) -> Asked:
        """See VenueSession."""

    async def sleep(self, seconds: float) -> bool:
        """See VenueSession."""


class SnapshotDraft:
    """The captures of a snapshot while it is read, and the pages its OK captures hold."""

    def __init__(self, name: SnapshotName, market_side: MarketSide) -> None:
        self.captures: list[Capture] = []
        self.pages: list[SearchPage] = []
        self.message: str | None = None
        self.stop_reason: StopReason | None = None
        self.has_believed_empty = False
        self._name = name
        self._market_side = market_side

    def add(self, exchange: Exchange, request: VenueRequest, page: int) -> None:
        """Keep one exchange as the next capture."""
        market = self._market_side.market
        self.captures.append(
            Capture(
                snapshot_id=self._name.snapshot_id,
                ordinal=len(self.captures),
                purpose=self._name.purpose,
                source=self._name.source,
                outcome=exchange.outcome,
                detail=exchange.detail,
                venue=market.venue,
                asset=market.asset,
                fiat=market.fiat,
                side=self._market_side.side,
                page=page,
                slot=self._name.slot,
                requested_at=exchange.requested_at,
                received_at=exchange.received_at,
                elapsed_milliseconds=exchange.elapsed_milliseconds,
                method=request.method,
                url=request.url,
                request=request.payload,
                status=exchange.status,
                headers=exchange.headers,
                body=exchange.body,
            )
        )

    def mark_soft_block(self) -> None:
        """Take back the belief in the last capture, and say why."""
        self.captures[-1] = replace(self.captures[-1], outcome=Outcome.SOFT_BLOCK, detail=_SOFT_BLOCK_SENTENCE)

    def stop(self, reason: StopReason, message: str | None = None) -> None:
        """End the snapshot; the reason goes with its last capture into the raw store."""
        self.stop_reason, self.message = reason, message
        if self.captures:
            self.captures[-1] = replace(self.captures[-1], stop_reason=reason)

    def go_on(self) -> None:
        """Take the end back: something more is asked for."""
        self.stop_reason = None
        if self.captures:
            self.captures[-1] = replace(self.captures[-1], stop_reason=None)

    @property
    def state(self) -> SnapshotState:
        """What the captures amount to: told from them alone, as it will be from the raw store."""
        return snapshot_state(self.captures, self.pages)


class SideReader:
    """Reads the pages of one market side in one tick."""

    def __init__(
        self,
        venue: Venue,
        session: Asking,
        plan: SidePlan,
        memory: SideMemory,
        have_others_offers: Callable[[], bool],
        checkpoint: Callable[[str], None],
        belief: Belief = COLLECTED,
    ) -> None:
        self._belief = belief
        self._venue = venue
        self._session = session
        self._plan = plan
        self._memory = memory
        self._have_others_offers = have_others_offers
        self._checkpoint = checkpoint

    async def read(self, draft: SnapshotDraft) -> None:
        """Fill a draft until the book ends, enough was read, or no more can be had."""
        while draft.stop_reason is None:
            await self.read_page(draft)

    async def read_page(self, draft: SnapshotDraft) -> None:
        """Add the next page, or say why there is none."""
        number = len(draft.pages) + 1
        page = await self._ask(draft, number)
        if page is not None and self._is_suspect(page, number, draft):
            draft.mark_soft_block()
            # The other market sides answer meanwhile, and tell whether the venue answers at all.
            page = await self._ask(draft, number) if await self._session.sleep(SOFT_BLOCK_RETRY_SECONDS) else None
            if page is not None and self._is_suspect(page, number, draft, is_second_look=True):
                draft.mark_soft_block()
                page = None
            if page is None and draft.stop_reason is None:
                draft.stop(StopReason.SOFT_BLOCK, _SOFT_BLOCK_SENTENCE)
        if page is None:
            return
        draft.pages.append(page)
        draft.has_believed_empty = number == 1 and page.received == 0
        reason = reason_to_stop(draft.pages, self._plan.limits, self._plan.passes)
        if reason is not None:
            draft.stop(reason)

    async def _ask(self, draft: SnapshotDraft, number: int) -> SearchPage | None:
        market, side = self._plan.market_side.market, self._plan.market_side.side
        request = self._venue.search_request(market, side, number)
        self._checkpoint("before_request")
        asked = await self._session.ask(request, self._venue.refusal)
        self._checkpoint("after_response")
        for exchange in asked.attempts:
            draft.add(exchange, request, number)
        if asked.answer is None:
            draft.stop(asked.stop_reason or StopReason.FAILED, asked.message)
            return None
        body = asked.answer.body
        if len(body) <= _READ_AT_ONCE_BYTES:
            return self._venue.read_search(body, market, side, number)
        # Megabytes take seconds to read: the other sides and venues of this event loop go on meanwhile.
        return await asyncio.to_thread(self._venue.read_search, body, market, side, number)

    def _is_suspect(self, page: SearchPage, number: int, draft: SnapshotDraft, *, is_second_look: bool = False) -> bool:
        return page.received == 0 and is_empty_page_suspect(
            number,
            page.total,
            len(unique_offers(draft.pages)),
            self._venue.page_rows,
            self._memory,
            self._have_others_offers(),
            self._belief,
            is_second_look=is_second_look,
        )
