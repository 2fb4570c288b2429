"""From settings to a collector and its plans: the same for `p2p collect` and for Dagster's sensors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.claims import ClaimFolder, Holder
from p2p_pipeline.p2p.capture.client import ExchangeLimits
from p2p_pipeline.p2p.capture.collector import Collector, VenuePlan
from p2p_pipeline.p2p.capture.pacing import PacingLimits
from p2p_pipeline.p2p.capture.paging import PagingLimits, passing
from p2p_pipeline.p2p.capture.pauses import PauseFolder
from p2p_pipeline.p2p.capture.side_reading import SidePlan
from p2p_pipeline.p2p.capture.venue_session import Manners
from p2p_pipeline.p2p.markets import MarketSide, Offer, Source
from p2p_pipeline.p2p.offers.payment_history import payment_names_from_raw
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap, canonical_codes
from p2p_pipeline.p2p.offers.remark_banks import banks_in_remark
from p2p_pipeline.p2p.proxies import proxy_url_of
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings, SettingsError
from p2p_pipeline.p2p.venues.directory import venue_directory

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CollectionSetup:
    """A collector and what it is to collect, one plan a venue that has markets."""

    collector: Collector
    plans: tuple[VenuePlan, ...]
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Venues that can't be collected as the settings are, each with what to do; the others are."""

    def plan(self, venue: str) -> VenuePlan:
        """A venue's plan; raises its SettingsError when it has none for that reason."""
        if venue in self.unusable:
            raise SettingsError(self.unusable[venue])
        return next(plan for plan in self.plans if plan.venue.name == venue)


def set_up_collection(
    paths: DataPaths,
    settings: Settings,
    program: str,
    source_url: str | None = None,
    environment: Mapping[str, str] = os.environ,
    before: CollectionSetup | None = None,
) -> CollectionSetup:
    """Build them. With `source_url` every request goes there and captures are marked simulated.

    What `before`'s collector learnt of its venues (pace, breaker, pauses) is taken over, as far as they are the same.

    Raises ValueError, with what to write instead, for a source that can't be used. A venue's own mistake (its proxy
    variable) costs only that venue.
    """
    store = RawStore(paths.root, min_free_bytes=settings.retention.min_free_mib * _MIB)
    source = Source.LIVE if source_url is None else Source.SIMULATED
    collector = Collector(
        store,
        ClaimFolder(paths.state, Holder.this_process(program)),
        source,
        budget_seconds=settings.collection.budget_seconds,
        # A pause is about the venue itself: a simulator's must not hold up the real one, nor the other way round.
        pauses=PauseFolder(paths.state) if source is Source.LIVE else None,
        gates_of=before.collector if before is not None and before.collector.source is source else None,
    )
    venues, codes_of = venue_directory(source_url), _CanonicalCodes(store.reader)
    plans: list[VenuePlan] = []
    unusable: dict[str, str] = {}
    for name in dict.fromkeys(entry.market.venue for entry in settings.markets):
        sides = tuple(_side_plan(settings, side, codes_of) for side in settings.market_sides(name))
        try:
            proxy_url = None if source_url else proxy_url_of(settings, name, environment)
        except SettingsError as error:
            unusable[name] = str(error)
        else:
            plans.append(VenuePlan(venues[name], sides, _manners(settings, name, proxy_url)))
    return CollectionSetup(collector, tuple(plans), unusable)


def _side_plan(settings: Settings, market_side: MarketSide, codes_of: _CanonicalCodes) -> SidePlan:
    entry = settings.market_settings(market_side.market)
    limits = PagingLimits(entry.minimum_offers or settings.collection.minimum_offers, settings.collection.max_pages)
    profile = settings.profile(entry.profile)
    venue = market_side.market.venue
    return SidePlan(market_side, limits, passing(profile, lambda offer: codes_of(venue, offer)))


def _manners(settings: Settings, venue: str, proxy_url: str | None) -> Manners:
    chosen = settings.venue_settings(venue)
    return Manners(
        pacing=PacingLimits(requests_per_second=chosen.requests_per_second),
        concurrency=chosen.concurrency,
        exchange=ExchangeLimits(max_body_bytes=settings.collection.max_body_mib * _MIB),
        proxy_url=proxy_url,
    )


class _CanonicalCodes:
    """Canonical payment codes of an offer as it is collected, with the venue's names as last known."""

    def __init__(self, reader: RawReader) -> None:
        self._reader = reader
        self._payments = PaymentMap.load()
        self._names: dict[str, tuple[date, Mapping[str, str]]] = {}

    def __call__(self, venue: str, offer: Offer) -> tuple[str, ...]:
        codes, _ = canonical_codes(self._payments, venue, offer.payments, offer.fiat, self._names_of(venue))
        return (*codes, *(banks_in_remark(offer.remark, offer.fiat) if offer.remark else ()))

    def _names_of(self, venue: str) -> Mapping[str, str]:
        now = datetime.now(UTC)
        known = self._names.get(venue)
        if known is None or known[0] != now.date():
            known = (now.date(), payment_names_from_raw(self._reader, venue, now.date())(now))
            self._names[venue] = known
        return known[1]
