"""Fetch a venue's own lists once a UTC day: payment methods and assets of each collected fiat, and its fiats.

Bybit answers for all fiats at once, and for fiats and assets with the same answer: it is asked twice, not five times.

Payment ids change their meaning over time, so every day's list is kept in the raw store, under `{venue}.reference`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date

from p2p_pipeline.p2p.capture.client import Exchange, Judge
from p2p_pipeline.p2p.capture.collector import Collector, VenuePlan
from p2p_pipeline.p2p.capture.side_reading import Asking
from p2p_pipeline.p2p.capture.venue_session import Asked
from p2p_pipeline.p2p.markets import Source, slot_of, slot_start
from p2p_pipeline.p2p.raw.capture import Capture, Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored, RawStoreError
from p2p_pipeline.p2p.venues.wire import Venue, VenueRequest

RETRY_AFTER_SECONDS = 600.0
BUDGET_SECONDS = 6.0
"""Together with a tick's own budget this stays within a slot."""


@dataclass(frozen=True, slots=True)
class WantedList:
    """One list of a venue."""

    venue: str
    purpose: Purpose
    fiat: str | None

    def snapshot_id(self, day: date) -> str:
        """The day's one snapshot of this list."""
        return f"{self.venue}.reference:{self.purpose}:{self.fiat or 'all'}:{day.isoformat()}"

    def failed_id(self, day: date, slot: int) -> str:
        """A failed try: kept as evidence without taking the day's place."""
        return f"{self.snapshot_id(day)}:failed:{slot}"


@dataclass(frozen=True, slots=True)
class ListsReport:
    """What came of one refresh."""

    fetched: tuple[WantedList, ...] = ()
    failed: tuple[tuple[WantedList, str], ...] = ()
    """With one sentence each; tried again after ten minutes."""


def wanted_lists(plan: VenuePlan) -> tuple[WantedList, ...]:
    """The lists a venue's markets need, each request once: where one answer is about all fiats, it has none."""
    venue = plan.venue
    fiats = sorted({side.market_side.market.fiat for side in plan.sides})
    found: list[tuple[VenueRequest, WantedList]] = []
    for purpose, of_fiats in ((Purpose.PAYMENT_LIST, fiats), (Purpose.FIAT_LIST, [None]), (Purpose.ASSET_LIST, fiats)):
        about_all = WantedList(venue.name, purpose, None)
        for fiat in of_fiats:
            wanted = WantedList(venue.name, purpose, fiat)
            request = list_request(venue, wanted)
            if all(request != other for other, _ in found):
                found.append((request, about_all if request == list_request(venue, about_all) else wanted))
    return tuple(wanted for _, wanted in found)


class ReferenceLists:
    """Remembers which lists of today are there. Call `refresh` after each slot: it only asks for what is due."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._have: dict[WantedList, date] = {}
        self._not_before: dict[WantedList, float] = {}

    def refresh_now(self, plan: VenuePlan) -> ListsReport:
        """The same as `refresh`, for a thread without an event loop."""
        return asyncio.run(self.refresh(plan))

    async def refresh(self, plan: VenuePlan) -> ListsReport:
        """Fetch what is due of a venue's lists; failures are in the report and are tried again later."""
        slot = slot_of(self._collector.clock.now())
        day = slot_start(slot).date()
        due = await asyncio.to_thread(self._due, plan, day)
        if not due:
            return ListsReport()
        fetched: list[WantedList] = []
        failed: list[tuple[WantedList, str]] = []
        async with self._collector.open_session(plan, BUDGET_SECONDS) as session:
            for wanted in due:
                problem = await fetch_list(
                    plan.venue, wanted, session, self._collector.store, self._collector.source, slot
                )
                if problem is None:
                    self._have[wanted] = day
                    fetched.append(wanted)
                else:
                    self._not_before[wanted] = self._collector.clock.monotonic() + RETRY_AFTER_SECONDS
                    failed.append((wanted, problem))
        return ListsReport(tuple(fetched), tuple(failed))

    def _due(self, plan: VenuePlan, day: date) -> list[WantedList]:
        now = self._collector.clock.monotonic()
        missing = [
            wanted
            for wanted in wanted_lists(plan)
            if self._have.get(wanted) != day and self._not_before.get(wanted, now) <= now
        ]
        if not missing:
            return []
        try:
            stored = set(self._collector.store.reader.snapshot_ids(day, f"{plan.venue.name}.reference"))
        except (RawStoreError, OSError):
            return missing
        self._have |= {wanted: day for wanted in missing if wanted.snapshot_id(day) in stored}
        return [wanted for wanted in missing if self._have.get(wanted) != day]


async def fetch_list(
    venue: Venue,
    wanted: WantedList,
    session: Asking,
    store: RawStore,
    source: Source,
    slot: int,
    judge: Judge | None = None,
) -> str | None:
    """Ask for one list and keep what was said as that of the slot's day; one sentence when it can't be had."""
    request = list_request(venue, wanted)
    asked = await session.ask(request, judge or venue.refusal)
    is_answered = asked.answer is not None
    day = slot_start(slot).date()
    name = wanted.snapshot_id(day) if is_answered else wanted.failed_id(day, slot)
    captures = [_capture(wanted, name, source, slot, request, exchange) for exchange in asked.attempts]
    problem = None if is_answered else _problem(asked)
    if not captures:
        return problem
    numbered = [replace(capture, ordinal=ordinal) for ordinal, capture in enumerate(captures)]
    try:
        await asyncio.to_thread(store.append, numbered)
    except AlreadyStored:
        return problem
    except (RawStoreError, OSError) as error:
        return str(error)
    return problem


def _capture(
    wanted: WantedList, snapshot_id: str, source: Source, slot: int, request: VenueRequest, exchange: Exchange
) -> Capture:
    return Capture(
        snapshot_id=snapshot_id,
        ordinal=0,
        purpose=wanted.purpose,
        source=source,
        outcome=exchange.outcome,
        detail=exchange.detail,
        venue=wanted.venue,
        asset=None,
        fiat=wanted.fiat,
        side=None,
        page=None,
        slot=slot,
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


def list_request(venue: Venue, wanted: WantedList) -> VenueRequest:
    """How a list is asked for."""
    if wanted.purpose is Purpose.PAYMENT_LIST:
        return venue.payment_list_request(wanted.fiat or "")
    if wanted.purpose is Purpose.ASSET_LIST:
        return venue.asset_list_request(wanted.fiat or "")
    return venue.fiat_list_request()


def _problem(asked: Asked) -> str:
    return asked.message or "the venue gave no answer that could be read"
