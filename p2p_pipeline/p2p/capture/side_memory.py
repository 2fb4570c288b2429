"""What is remembered of each market side between ticks, and again after a restart."""

from __future__ import annotations

import threading

from p2p_pipeline.p2p.capture.side_reading import SnapshotDraft
from p2p_pipeline.p2p.capture.soft_block import SideMemory, remember
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import RawStoreError
from p2p_pipeline.p2p.venues.wire import Venue


class SideMemories:
    """The memories of a process; one it does not have yet is told by the raw store."""

    def __init__(self, reader: RawReader) -> None:
        self._reader = reader
        self._known: dict[MarketSide, SideMemory] = {}
        self._lock = threading.Lock()

    def of(self, market_side: MarketSide, venue: Venue) -> SideMemory:
        """What is remembered of a market side."""
        with self._lock:
            known = self._known.get(market_side)
        if known is None:
            known = self._from_store(market_side, venue)
            with self._lock:
                self._known.setdefault(market_side, known)
        return known

    def learn(self, market_side: MarketSide, draft: SnapshotDraft, have_others_offers: bool) -> None:
        """Take in one more snapshot."""
        offers = draft.state.offers
        was_empty = not offers and any(capture.outcome is Outcome.SOFT_BLOCK for capture in draft.captures)
        with self._lock:
            memory = self._known.get(market_side, SideMemory())
            # An empty market that was believed in starts over: the next ads are news, their absence is not.
            self._known[market_side] = (
                SideMemory() if draft.has_believed_empty else remember(memory, offers, was_empty, have_others_offers)
            )

    def _from_store(self, market_side: MarketSide, venue: Venue) -> SideMemory:
        # Empties are not counted again: whether others had offers then would have to be read from their files too,
        # and counting anew only means that an empty market is believed ten minutes later.
        try:
            answered = (stored for stored in self._reader.newest_first(market_side) if stored.has_answer)
            last = next(answered, None)
        except (RawStoreError, OSError):
            # A store that can't be read is told by the append; here it only costs the memory.
            return SideMemory()
        if last is None:
            return SideMemory()
        answers = [capture for capture, _ in last.captures if capture.outcome is Outcome.OK]
        pages = [venue.read_search(c.body, market_side.market, market_side.side, c.page or 1) for c in answers]
        return SideMemory(offers_last_seen=len({offer.offer_id for page in pages for _, offer in page.offers}))
