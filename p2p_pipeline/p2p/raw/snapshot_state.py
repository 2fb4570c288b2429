"""What a snapshot's captures amount to: complete or not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from p2p_pipeline.p2p.markets import Offer
from p2p_pipeline.p2p.raw.book_end import ends_book
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, StopReason
from p2p_pipeline.p2p.venues.wire import Rejected, SearchPage

SHORTFALL_SHARE = 0.01
"""How much of what the venue counts may be missing from a complete snapshot: ads come and go while it is read."""


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """What a snapshot's captures amount to."""

    stop_reason: StopReason | None
    """None for an imported snapshot that does not reach the book's end: nobody wrote down why."""
    is_complete: bool
    """The book's end was reached, every page up to it was read, and the venue's own count agrees."""
    pages_ok: int
    offers: int
    """Unique offers."""
    duplicates: int
    """Offers that a later page showed again; the first showing counts."""
    rejected: int
    """Records that can't be trusted, each ad once, without those that another page showed readable."""
    is_whole: bool
    """Complete, and not one ad fewer than the venue counts: only then is an ad that was not shown gone."""


def unique_offers(pages: Iterable[SearchPage]) -> dict[str, Offer]:
    """Each offer as its first page showed it."""
    found: dict[str, Offer] = {}
    for page in pages:
        for _, offer in page.offers:
            found.setdefault(offer.offer_id, offer)
    return found


def unique_rejected(pages: Iterable[tuple[int, SearchPage]]) -> Iterator[tuple[int, Rejected]]:
    """Each record that can't be trusted once, with the place of its page in `pages`, which have their numbers.

    A page may have been asked for twice, and an ad may have moved to another page in between. A record without an id
    can only be told by the page: of a page shown again it is taken for the same.
    """
    ids: set[str] = set()
    shown: set[int] = set()
    for place, (number, page) in enumerate(pages):
        for rejected in page.rejected:
            if rejected.native_id is None:
                is_new = number not in shown
            else:
                is_new = rejected.native_id not in ids
                ids.add(rejected.native_id)
            if is_new:
                yield place, rejected
        shown.add(number)


def snapshot_state(captures: Sequence[Capture], pages: Sequence[SearchPage]) -> SnapshotState:
    """Tell stop reason and completeness from a snapshot's captures and the pages its OK captures hold, in order.

    A page is missing from `pages` where an OK capture can no longer be read; the snapshot is then not complete. A page
    may have been asked for a second time, to find what had moved there.
    """
    searches = [capture for capture in captures if capture.purpose.is_book]
    numbers = [capture.page or 1 for capture in searches if capture.outcome is Outcome.OK]
    end = max(numbers, default=0)
    # Counted, not listed: a page's number may be as large as a time.
    has_all_pages = len(numbers) == len(pages) and min(numbers, default=1) == 1 and len(set(numbers)) == end
    offers = unique_offers(pages)
    numbered = list(zip(numbers if len(numbers) == len(pages) else range(1, len(pages) + 1), pages, strict=True))
    rejected = sum(record.native_id not in offers for _, record in unique_rejected(numbered))
    reaches_end = has_all_pages and end > 0 and _reaches_end(numbered, end)
    received = len(offers) + rejected
    return SnapshotState(
        stop_reason=_no_book(numbers, pages) or _stop_reason(searches, reaches_end),
        is_complete=reaches_end and _lacks(pages, received) <= SHORTFALL_SHARE * _least_total(pages),
        pages_ok=len(pages),
        offers=len(offers),
        duplicates=sum(len(page.offers) for page in pages) - len(offers),
        rejected=rejected,
        is_whole=reaches_end and _lacks(pages, received) <= 0,
    )


def _no_book(numbers: Sequence[int], pages: Sequence[SearchPage]) -> StopReason | None:
    if pages and 1 not in numbers:
        return StopReason.NO_FIRST_PAGE
    # An answer that counts ads and shows none contradicts itself: a soft block, however it is worded.
    if pages and not any(page.received for page in pages) and _least_total(pages) > 0:
        return StopReason.SOFT_BLOCK
    return None


def _reaches_end(numbered: Sequence[tuple[int, SearchPage]], end: int) -> bool:
    # Of a page that was asked for again the first showing counts; the end is reached when any showing of it says so.
    before: dict[int, SearchPage] = {}
    for at, page in numbered:
        if at < end:
            before.setdefault(at, page)
    earlier = [page for _, page in sorted(before.items())]
    return any(ends_book([*earlier, page]) for at, page in numbered if at == end)


def _stop_reason(searches: Sequence[Capture], reaches_end: bool) -> StopReason | None:
    marked = searches[-1].stop_reason if searches else None
    if marked is not None:
        return marked
    if reaches_end:
        return StopReason.BOOK_END
    if not searches or searches[-1].outcome is Outcome.OK:
        return None
    return StopReason.SOFT_BLOCK if searches[-1].outcome is Outcome.SOFT_BLOCK else StopReason.FAILED


def _lacks(pages: Sequence[SearchPage], received: int) -> int:
    return _least_total(pages) - received


def _least_total(pages: Sequence[SearchPage]) -> int:
    # The count moves while the book is read; the smallest one said is the least that should be here.
    return min((page.total for page in pages if page.total is not None), default=0)
