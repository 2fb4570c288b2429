"""One venue's slot: claim each market side, read it, store it, and only then say that it is captured."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from p2p_pipeline.kernel.clock import Clock
from p2p_pipeline.p2p.capture.claims import ClaimFolder, HeldByOther
from p2p_pipeline.p2p.capture.side_memory import SideMemories
from p2p_pipeline.p2p.capture.side_reading import SidePlan, SideReader, SnapshotDraft, SnapshotName
from p2p_pipeline.p2p.capture.slot_results import SlotResult, SlotStatus
from p2p_pipeline.p2p.capture.venue_session import VenueSession
from p2p_pipeline.p2p.markets import MarketSide, Source, slot_start, snapshot_id
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored, Appended, RawStoreError
from p2p_pipeline.p2p.venues.wire import Venue

_log = logging.getLogger(__name__)

Acknowledge = Callable[[SlotResult], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every slot of a collector shares."""

    store: RawStore
    claims: ClaimFolder
    memories: SideMemories
    source: Source
    clock: Clock
    checkpoint: Callable[[str], None]


@dataclass(slots=True)
class SlotRun:
    """All market sides of one venue in one slot."""

    around: Surroundings
    venue: Venue
    slot: int
    session: VenueSession
    acknowledge: Acknowledge
    with_offers: set[MarketSide] = field(default_factory=set)
    """Market sides that have answered with offers in this slot."""

    async def collect(self, side: SidePlan) -> SlotResult:
        """Collect one market side. Whatever goes wrong is in the result and costs the others nothing."""
        market_side = side.market_side
        name = SnapshotName(snapshot_id(market_side, slot_start(self.slot)), self.slot, self.around.source)
        began = time.monotonic()
        try:
            return await self._claim_and_collect(side, name, began)
        except (RawStoreError, OSError) as error:
            return self._decline(side, name, SlotStatus.FAILED, _sentence(market_side, error), began)
        except Exception as error:  # noqa: BLE001 - one market side's bug must not cost the others their slot
            _log.exception("collecting %s failed", market_side)
            sentence = f"a bug in the program, see the log: {error!r}"
            return self._decline(side, name, SlotStatus.FAILED, sentence, began)

    async def _claim_and_collect(self, side: SidePlan, name: SnapshotName, began: float) -> SlotResult:
        market_side, around = side.market_side, self.around
        with around.claims.claim(market_side, self.slot) as claim:
            if isinstance(claim, HeldByOther):
                return self._decline(side, name, SlotStatus.HELD_BY_OTHER, claim.message, began)
            if await asyncio.to_thread(self._is_stored, market_side, name):
                sentence = _already_sentence(name, claim.collector_of(self.slot))
                return self._decline(side, name, SlotStatus.ALREADY_COLLECTED, sentence, began)
            claim.announce(self.slot, around.clock.now())
            draft = await self._read(side, name)
            if not draft.captures:
                return self._decline(side, name, SlotStatus.FAILED, draft.message or "nothing was asked", began)
            return await self._append_and_acknowledge(side, name, draft, began)

    async def _read(self, side: SidePlan, name: SnapshotName) -> SnapshotDraft:
        market_side, around = side.market_side, self.around
        memory = await asyncio.to_thread(around.memories.of, market_side, self.venue)
        draft = SnapshotDraft(name, market_side)
        reader = SideReader(
            self.venue, self.session, side, memory, lambda: self._have_others_offers(market_side), around.checkpoint
        )
        await reader.read(draft)
        if draft.state.offers:
            self.with_offers.add(market_side)
        around.memories.learn(market_side, draft, self._have_others_offers(market_side))
        return draft

    async def _append_and_acknowledge(
        self, side: SidePlan, name: SnapshotName, draft: SnapshotDraft, began: float
    ) -> SlotResult:
        append = asyncio.ensure_future(asyncio.to_thread(self._append, draft))
        try:
            appended = await asyncio.shield(append)
        except asyncio.CancelledError:
            # The thread can't be called back: what it stores must be acknowledged before we go.
            appended = await append
            self.acknowledge(_stored_result(side, name, draft, appended, began))
            raise
        result = _stored_result(side, name, draft, appended, began)
        self.acknowledge(result)
        self.around.checkpoint("after_acknowledgement")
        return result

    def _append(self, draft: SnapshotDraft) -> Appended | None:
        try:
            return self.around.store.append(draft.captures)
        except AlreadyStored:
            return None

    def _decline(
        self, side: SidePlan, name: SnapshotName, status: SlotStatus, message: str, began: float
    ) -> SlotResult:
        seconds = time.monotonic() - began
        result = SlotResult(side.market_side, self.slot, name.snapshot_id, status, seconds=seconds, message=message)
        self.acknowledge(result)
        return result

    def _have_others_offers(self, market_side: MarketSide) -> bool:
        return bool(self.with_offers - {market_side})

    def _is_stored(self, market_side: MarketSide, name: SnapshotName) -> bool:
        day = slot_start(name.slot).date()
        return name.snapshot_id in self.around.store.reader.snapshot_ids(day, market_side.market.key)


def _stored_result(
    side: SidePlan, name: SnapshotName, draft: SnapshotDraft, appended: Appended | None, began: float
) -> SlotResult:
    seconds = time.monotonic() - began
    if appended is None:
        # The raw store's own check: someone without a claim (another machine on this folder) was quicker.
        sentence = _already_sentence(name, None)
        return SlotResult(
            side.market_side, name.slot, name.snapshot_id, SlotStatus.ALREADY_COLLECTED, seconds=seconds,
            message=sentence,
        )  # fmt: skip
    state = draft.state
    return SlotResult(
        side.market_side,
        name.slot,
        name.snapshot_id,
        SlotStatus.CAPTURED if state.pages_ok else SlotStatus.FAILED,
        pages=state.pages_ok,
        offers=state.offers,
        duplicates=state.duplicates,
        rejected=state.rejected,
        unknown_fields=frozenset().union(*(page.unknown_fields for page in draft.pages)),
        stop_reason=state.stop_reason,
        is_complete=state.is_complete,
        captures=len(draft.captures),
        seconds=seconds,
        message=draft.message,
        raw_path=appended.raw_path,
        raw_offset=appended.offset,
    )


def _sentence(market_side: MarketSide, error: RawStoreError | OSError) -> str:
    if isinstance(error, RawStoreError):
        return str(error)
    return f"{market_side} can't be claimed or stored: {error}; check the disk and the data folder's permissions"


def _already_sentence(name: SnapshotName, collector: str | None) -> str:
    by = f" by {collector}" if collector else ""
    return f"{name.snapshot_id} was collected already{by}; nothing was asked for or written."
