"""When a market side has been read far enough, and what its captures then amount to. Pure.

What is decided here can be told again from the stored captures alone: nothing about a snapshot lives in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from p2p_pipeline.p2p.markets import Offer, Profile
from p2p_pipeline.p2p.raw.book_end import ends_book
from p2p_pipeline.p2p.raw.capture import StopReason
from p2p_pipeline.p2p.raw.snapshot_state import unique_offers
from p2p_pipeline.p2p.venues.wire import SearchPage


@dataclass(frozen=True, slots=True)
class PagingLimits:
    """How far a book is read."""

    minimum_offers: int = 100
    """Unique offers that must pass the market's filter before reading ends early."""
    max_pages: int = 15


def codes_of_native_ids(offer: Offer) -> Iterable[str]:
    """The venue's own ids as payment codes, where no map to canonical codes is at hand."""
    return [payment.native_id for payment in offer.payments]


def passing(
    profile: Profile, codes_of: Callable[[Offer], Iterable[str]] = codes_of_native_ids
) -> Callable[[Offer], bool]:
    """The test that an offer must pass to count towards `minimum_offers`."""

    def passes(offer: Offer) -> bool:
        codes = tuple(codes_of(offer)) if profile.payment_methods else ()
        return profile.admits(codes, offer.completion_rate, offer.orders_30d, offer.is_merchant)

    return passes


def reason_to_stop(
    pages: Sequence[SearchPage], limits: PagingLimits, passes: Callable[[Offer], bool]
) -> StopReason | None:
    """Why the pages read so far are enough, or None when the next one is wanted."""
    if not pages:
        return None
    if ends_book(pages):
        return StopReason.BOOK_END
    # Looked at only when it can be: else each page of a long book would go through all pages before it.
    shown = sum(len(page.offers) for page in pages)
    if shown >= limits.minimum_offers and sum(map(passes, unique_offers(pages).values())) >= limits.minimum_offers:
        return StopReason.ENOUGH
    if len(pages) >= limits.max_pages:
        return StopReason.MAX_PAGES
    return None
