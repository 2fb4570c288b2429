"""What an amount costs now, straight from the raw store: the newest snapshot, read and priced as everywhere else.

The lake is not asked: it lags by a micro-batch, and a person who asks "now" means the last half minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.known_markets import nothing_of
from p2p_pipeline.p2p.answers.sellers import Sellers, leg_json, split_json
from p2p_pipeline.p2p.markets import WIDE, Market, MarketSide, Profile
from p2p_pipeline.p2p.metrics.pricing.book import Book, admitted_by
from p2p_pipeline.p2p.metrics.pricing.execution import Quote, quote
from p2p_pipeline.p2p.metrics.pricing.strictness import Strictness, cost_of_strictness
from p2p_pipeline.p2p.metrics.pricing.work import MOST_STEPS
from p2p_pipeline.p2p.offers.assemble import SeenOffer, assemble
from p2p_pipeline.p2p.offers.known_payments import require_known_payments
from p2p_pipeline.p2p.offers.payment_history import PaymentNames, payment_names_from_raw
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.usable import shows_book
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.venues.directory import venue_directory

if TYPE_CHECKING:
    from p2p_pipeline.p2p.settings import Settings


class NoSnapshot(ClearError):
    """There is nothing to answer from; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BookView:
    """One usable snapshot, read."""

    market_side: MarketSide
    snapshot: Mapping[str, Any]
    """Its row of the table `snapshots`."""
    offers: tuple[SeenOffer, ...]

    @property
    def snapshot_at(self) -> datetime:
        """When its first answer arrived."""
        moment = self.snapshot["snapshot_at"]
        assert isinstance(moment, datetime)  # noqa: S101 - the schema's type
        return moment

    @property
    def sellers(self) -> Sellers:
        """The offers by their ids."""
        return {seen.offer.offer_id: seen for seen in self.offers}

    @property
    def extent(self) -> Told:
        """How much of the side was read, in words."""
        return Told("the whole book") if self.snapshot["is_complete"] else Told("part of the book")

    def age(self, asked_at: datetime, stale_after_seconds: float, *, is_of_past: bool) -> BookAge:
        """How old it is for the one who asks."""
        return BookAge.at(self.snapshot_at, asked_at, stale_after_seconds, is_of_past=is_of_past)

    def book(self, profile: Profile) -> Book:
        """The side's offers under a profile, ready to be priced."""
        offers = [seen.offer for seen in self.offers]
        admitted = admitted_by(profile, offers, [seen.payment_methods for seen in self.offers])
        return Book.from_offers(self.market_side.side, offers, admitted)


@dataclass(frozen=True, slots=True)
class Answer:
    """A quote with where it comes from."""

    view: BookView
    profile: Profile
    amount: Decimal
    quote: Quote

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p now --json` prints it."""
        sellers, nearest = self.view.sellers, self.quote.nearest
        return {
            "market_key": self.view.market_side.market.key,
            "side": self.view.market_side.side.value,
            "snapshot_id": self.view.snapshot["snapshot_id"],
            "snapshot_at": self.view.snapshot_at,
            "is_complete": self.view.snapshot["is_complete"],
            "profile": self.profile.name,
            "payment_methods": sorted(self.profile.payment_methods),
            "amount": self.amount,
            "best_single": None if self.quote.best_single is None else leg_json(self.quote.best_single, sellers),
            "best_split": split_json(self.quote.best_split, sellers),
            "greedy_price": self.quote.greedy_price,
            "proven_gap": self.quote.proven_gap,
            "is_proven": self.quote.is_proven,
            "is_executable": self.quote.is_executable,
            "reason": None if self.quote.reason is None else self.quote.reason.value,
            "explanation": self.quote.explanation,
            "nearest_below": nearest.below if nearest else None,
            "nearest_above": nearest.above if nearest else None,
            "is_nearest_proven": nearest.is_proven if nearest else None,
            "would_more_steps_help": self.quote.would_more_steps_help,
        }


class AnswerDesk:
    """Finds and reads the newest snapshot of a side, and remembers the venue's payment names between questions."""

    def __init__(self, reader: RawReader, payments: PaymentMap, configured: Sequence[Market] = ()) -> None:
        """`configured` are the markets of the settings: what is said of one that isn't known names them too."""
        self._configured = configured
        self._reader = reader
        self._payments = payments
        self._venues = venue_directory()
        self._names: dict[tuple[str, date], tuple[int, PaymentNames]] = {}

    def newest(self, market_side: MarketSide, at: datetime | None = None) -> BookView:
        """The newest usable snapshot at or before a time (None: of all). Raises NoSnapshot with what to do."""
        venue = self._venues.get(market_side.market.venue)
        if venue is None:
            raise NoSnapshot(
                "venue was {venue!r}; known are {known}",
                venue=market_side.market.venue,
                known=", ".join(sorted(self._venues)),
            )
        for stored in self._reader.newest_first(market_side, at, days_back=None):
            names = self._names_of(venue.name, stored.snapshot_at.date())
            assembled = assemble(stored, venue, self._payments, names)
            if assembled is not None and shows_book(assembled.row):
                return BookView(market_side, assembled.row, assembled.offers)
        raise NoSnapshot(nothing_of(market_side, at, self._reader, self._configured))

    def _names_of(self, venue: str, day: date) -> PaymentNames:
        size = self._reader.end_offset(day, f"{venue}.reference")
        known = self._names.get((venue, day))
        if known is None or known[0] != size:
            known = (size, payment_names_from_raw(self._reader, venue, day))
            self._names[venue, day] = known
        return known[1]


def chosen_profile(settings: Settings, name: str, payment_methods: frozenset[str] = frozenset()) -> Profile:
    """A profile of the settings, of offers that take one of these payment methods besides.

    Raises SettingsError for a name that isn't there, InvalidInput where the profile asks for what no offer can have.
    """
    profile = settings.profile(name)
    require_known_payments(name, profile.payment_methods)
    return paid_by(profile, payment_methods)


def paid_by(profile: Profile, payment_methods: frozenset[str]) -> Profile:
    """The same profile, of offers that take one of these payment methods; as it is without any."""
    return replace(profile, payment_methods=payment_methods) if payment_methods else profile


def answer(
    view: BookView, profile: Profile, amount: Decimal, max_splits: int, search_steps: int = MOST_STEPS
) -> Answer:
    """Price an amount in one view: fiat to spend for BUY, asset to sell for SELL."""
    return Answer(view, profile, amount, quote(view.book(profile), amount, max_splits, most_steps=search_steps))


def compare_profiles(
    found: Answer,
    profiles: Sequence[Profile],
    payment_methods: frozenset[str] = frozenset(),
    search_steps: int = MOST_STEPS,
) -> tuple[Strictness, ...]:
    """What each profile would make of the same amount in the same view, in the profiles' order; `wide` among them.

    Payment methods that were chosen hold for all of them.
    """
    asked = found.quote
    wide, *others = (paid_by(profile, payment_methods) for profile in (WIDE, *profiles))
    quotes = {found.profile: asked}
    for profile in dict.fromkeys((wide, *others)):
        if profile not in quotes:
            book = found.view.book(profile)
            quotes[profile] = quote(book, asked.amount, asked.max_splits, most_steps=search_steps, with_nearest=False)
    return tuple(cost_of_strictness(profile.name, quotes[profile], quotes[wide]) for profile in others)
