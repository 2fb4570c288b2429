"""The venue's own fiats and the assets of each, asked for once a UTC day; the payment lists with them.

They lie in the raw store like those of the collected markets, and whoever asks first has asked for all.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.capture.reference_lists import WantedList, fetch_list
from p2p_pipeline.p2p.capture.side_reading import Asking
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source, slot_start
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.wire import Refusal, RefusalKind, Venue

LOOK_BACK_DAYS = 30
_EMPTY_LISTS_BELIEVED = 2
"""A fiat that had assets yesterday is asked for those: an empty list may be how the venue says nothing."""
_FIAT = re.compile(r"[A-Z]{3,5}")
_ASSET = re.compile(r"[A-Z0-9]{2,15}")
_log = logging.getLogger(__name__)


class NoFiats(ClearError):
    """The venue did not say which fiats it trades, and no earlier list is stored."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the venue trades in one share of its fiats."""

    sides: frozenset[MarketSide]
    problems: Mapping[str, str] = field(default_factory=dict)
    """Fiats whose assets can't be told, each with one sentence."""


@dataclass(frozen=True, slots=True)
class VenueLists:
    """Today's lists of a venue: those that are not stored yet are asked for."""

    venue: Venue
    session: Asking
    store: RawStore
    source: Source
    slot: int

    @property
    def day(self) -> date:
        """The UTC day whose lists they are."""
        return slot_start(self.slot).date()

    async def listed(self, is_ours: Callable[[str], bool]) -> Listed:
        """All market sides of the fiats that are ours. Raises NoFiats with one sentence."""
        stored = set(await asyncio.to_thread(self._stored_today))
        fiat_list = WantedList(self.venue.name, Purpose.FIAT_LIST, None)
        problem = await self._fetch(fiat_list, stored, self._refuse_empty)
        fiats = await asyncio.to_thread(self._fiats)
        if not fiats:
            raise NoFiats(
                f"{self.venue.name} did not say which fiats it trades ({problem or 'its list is empty'}) and no list "
                f"of the last {LOOK_BACK_DAYS} days is stored; the next sweep asks again."
            )
        ours = [fiat for fiat in fiats if is_ours(fiat)]
        problems = await self._fetch_fiats(ours, stored)
        assets = await asyncio.to_thread(self._assets, ours)
        sides = (
            MarketSide(Market(self.venue.name, asset, fiat), side)
            for fiat, codes in assets.items()
            for asset in codes
            for side in Side
        )
        missing = {fiat: problems.get(fiat, "its list is not stored") for fiat in ours if fiat not in assets}
        return Listed(frozenset(sides), missing)

    async def _fetch_fiats(self, fiats: Iterable[str], stored: Collection[str]) -> dict[str, str]:
        wanted = [
            WantedList(self.venue.name, purpose, fiat)
            for purpose in (Purpose.ASSET_LIST, Purpose.PAYMENT_LIST)
            for fiat in fiats
        ]
        said = await asyncio.gather(*(self._fetch(each, stored) for each in wanted))
        problems = {each: problem for each, problem in zip(wanted, said, strict=True) if problem is not None}
        if problems:
            # In an outage all fail for the same reason: two lines a fiat said it fifty times.
            each, problem = next(iter(problems.items()))
            _log.warning(
                "%d of %d lists of today can't be had; the first, the %s of %s: %s",
                len(problems), len(wanted), each.purpose, each.fiat, problem,
            )  # fmt: skip
        return {each.fiat or "": text for each, text in problems.items() if each.purpose is Purpose.ASSET_LIST}

    async def _fetch(
        self, wanted: WantedList, stored: Collection[str], judge: Callable[[int, bytes], Refusal | None] | None = None
    ) -> str | None:
        if wanted.snapshot_id(self.day) in stored:
            return None
        return await fetch_list(self.venue, wanted, self.session, self.store, self.source, self.slot, judge)

    def _refuse_empty(self, status: int, body: bytes) -> Refusal | None:
        # A venue without fiats is a venue that doesn't want to say; believing it would take the day's place.
        refused = self.venue.refusal(status, body)
        if refused is None and not self.venue.read_fiat_list(body):
            return Refusal(RefusalKind.BAD_SHAPE, "The list of fiats is empty.")
        return refused

    def _stored_today(self) -> list[str]:
        return self.store.reader.snapshot_ids(self.day, _file_key(self.venue))

    def _fiats(self) -> list[str]:
        for capture in _newest_first(self.store.reader, self.venue, self.day, Purpose.FIAT_LIST):
            found = _readable(self.venue.read_fiat_list(capture.body), _FIAT)
            if found:
                return found
        return []

    def _assets(self, fiats: Collection[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        empties: Counter[str] = Counter()
        for capture in _newest_first(self.store.reader, self.venue, self.day, Purpose.ASSET_LIST):
            fiat = capture.fiat
            if fiat is None or fiat not in fiats or fiat in found:
                continue
            assets = _readable(self.venue.read_asset_list(capture.body, fiat), _ASSET)
            empties[fiat] += not assets
            if assets or empties[fiat] == _EMPTY_LISTS_BELIEVED:
                found[fiat] = assets
            if len(found) == len(fiats):
                break
        return {fiat: [] for fiat in empties} | found


def _file_key(venue: Venue) -> str:
    return f"{venue.name}.reference"


def _newest_first(reader: RawReader, venue: Venue, today: date, purpose: Purpose) -> Iterable[Capture]:
    days = [day for day in reader.days() if today - timedelta(days=LOOK_BACK_DAYS) <= day <= today]
    beginning = f"{_file_key(venue)}:{purpose}:"
    for day in reversed(days):
        for found in reader.read_some(day, _file_key(venue), lambda name: name.startswith(beginning)):
            if isinstance(found, StoredSnapshot):
                yield from (capture for capture, _ in found.captures if _is_answer(capture, venue))


def _is_answer(capture: Capture, venue: Venue) -> bool:
    return capture.outcome is Outcome.OK and venue.refusal(capture.status or 0, capture.body) is None


def _readable(codes: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    """The codes that can name a file; what a venue writes otherwise is told and left out."""
    kept = []
    for code in codes:
        if pattern.fullmatch(code):
            kept.append(code)
        else:
            _log.warning("the venue lists %r, which is no code of a currency and is left out", code)
    return kept
