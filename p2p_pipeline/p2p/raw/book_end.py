"""Whether a book ends with the last of the pages read of it. Pure; one rule for reading on and for what was read."""

from __future__ import annotations

from collections.abc import Sequence

from p2p_pipeline.p2p.venues.wire import SearchPage


def ends_book(pages: Sequence[SearchPage]) -> bool:
    """Whether nothing comes after these pages, which are the book's first ones, in order.

    A venue may give fewer ads a page than it was asked for, so what a page can hold is told by the longest one. A short
    page ends the book when so many such pages hold all that the venue counts, or, where it doesn't count, when an
    earlier page was longer. An empty page ends it, and one that brings nothing new where no more are counted, for some
    venues repeat their last page.
    """
    newest, earlier = pages[-1], pages[:-1]
    if newest.received == 0:
        return True
    if newest.total is not None and not newest.is_last:
        return False
    if earlier and _brings_nothing_new(newest, earlier):
        return True
    if not newest.is_last:
        return False
    longest = max(page.received for page in pages)
    return longest > newest.received if newest.total is None else len(pages) * longest >= newest.total


def _brings_nothing_new(newest: SearchPage, earlier: Sequence[SearchPage]) -> bool:
    ids = {offer.offer_id for _, offer in newest.offers} | {record.native_id for record in newest.rejected}
    if None in ids:
        return False
    known = {offer.offer_id for page in earlier for _, offer in page.offers}
    return ids <= known | {record.native_id for page in earlier for record in page.rejected}
