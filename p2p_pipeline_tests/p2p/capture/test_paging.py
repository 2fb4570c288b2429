from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.capture.paging import PagingLimits, passing, reason_to_stop
from p2p_pipeline.p2p.markets import Market, NativePayment, Offer, Profile, Side, Source
from p2p_pipeline.p2p.raw.book_end import ends_book
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose, StopReason, from_line, to_line
from p2p_pipeline.p2p.raw.snapshot_state import snapshot_state
from p2p_pipeline.p2p.venues.bybit import BybitVenue
from p2p_pipeline.p2p.venues.wire import Rejected, SearchPage
from p2p_pipeline_tests.shared_files import CASES

LIMITS = PagingLimits(minimum_offers=30, max_pages=5)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _offer(offer_id: str, orders: int = 10, payment: str = "14") -> Offer:
    one = Decimal(1)
    return Offer(
        offer_id, None, None, "USDT", "RUB", Side.BUY, one, one, one, one, one, (NativePayment(payment),), 1.0, orders,
        False, None, False, None, 2, 4,
    )  # fmt: skip


def _page(first: int, count: int, is_last: bool = False, total: int | None = None, orders: int = 10) -> SearchPage:
    offers = tuple((n, _offer(str(first + n), orders)) for n in range(count))
    return SearchPage(offers, (), total, is_last)


def _capture(ordinal: int, page: int, outcome: Outcome = Outcome.OK, stop: StopReason | None = None) -> Capture:
    return Capture(
        "bybit.USDT-RUB:BUY:2026-03-01T00:00:00Z", ordinal, Purpose.SEARCH, Source.SIMULATED, outcome, None, "bybit",
        "USDT", "RUB", Side.BUY, page, 1, NOW, NOW, 1.0, "POST", "http://x", {}, 200, {}, b"{}", stop,
    )  # fmt: skip


def _all(offer: Offer) -> bool:
    return True


def test_reading_goes_on_until_enough_offers_pass_the_filter() -> None:
    few = passing(Profile("busy", min_orders_30d=50))
    assert reason_to_stop([_page(0, 20)], LIMITS, _all) is None
    assert reason_to_stop([_page(0, 20), _page(20, 20)], LIMITS, _all) is StopReason.ENOUGH
    assert reason_to_stop([_page(0, 20), _page(20, 20)], LIMITS, few) is None
    assert reason_to_stop([_page(0, 20, orders=60), _page(20, 20, orders=60)], LIMITS, few) is StopReason.ENOUGH


def test_an_offer_shown_twice_counts_once_towards_enough() -> None:
    assert reason_to_stop([_page(0, 20), _page(5, 20)], LIMITS, _all) is None


def test_the_books_end_comes_before_every_other_reason() -> None:
    assert reason_to_stop([_page(0, 20), _page(20, 20, is_last=True, total=40)], LIMITS, _all) is StopReason.BOOK_END
    assert reason_to_stop([_page(n, 1) for n in range(5)], LIMITS, _all) is StopReason.MAX_PAGES


def _until_the_end(received: list[int], totals: list[int | None], last: set[int]) -> int | None:
    """After how many pages reading ends, when each brings so many new ads; None when it would go on."""
    pages = [_page(100 * n, count, n in last, totals[n]) for n, count in enumerate(received)]
    ends = (n for n in range(1, len(pages) + 1) if ends_book(pages[:n]))
    return next(ends, None)


def test_a_venue_that_gives_half_a_page_is_read_on_until_a_page_is_shorter_than_the_others() -> None:
    uncounted: list[int | None] = [None] * 4
    assert _until_the_end([10, 10, 5], uncounted, {0, 1, 2}) == 3
    assert _until_the_end([10, 10, 0], uncounted, {0, 1, 2}) == 3
    assert _until_the_end([10], uncounted, {0}) is None, "short for the venue's page, or short for the book?"
    assert _until_the_end([10, 10], [25, 25], {0, 1}) is None
    assert _until_the_end([10, 10, 5], [25, 25, 25], {1, 2}) == 3


def test_a_short_page_of_a_venue_that_counts_no_more_ends_the_book_without_another_request() -> None:
    assert _until_the_end([12], [12], {0}) == 1
    assert _until_the_end([20, 20, 3], [43, 43, 43], {2}) == 3
    assert _until_the_end([20, 19, 20], [60, 60, 60], {2}) == 3, "an ad that the venue hides is not looked for"
    assert _until_the_end([21, 20, 0], [41, 41, None], {2}) == 3, "the paid ad on top may not be counted"


def test_a_venue_that_repeats_its_last_page_for_ever_is_not_asked_for_ever() -> None:
    assert ends_book([_page(0, 10), _page(10, 10), _page(10, 10)])
    unreadable = replace(_page(0, 0), rejected=(Rejected(0, "bad_number", "price was x"),))
    assert not ends_book([_page(0, 10), unreadable]), "what has no id may be new"


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
def test_a_page_smaller_than_asked_is_read_on_and_only_the_whole_book_is_complete() -> None:
    case = orjson.loads((CASES / "page-smaller-than-asked.json").read_bytes())
    market = Market("bybit", "USDT", "RUB")
    pages = [
        BybitVenue().read_search(orjson.dumps(answer), market, Side.BUY, int(number))
        for number, answer in sorted(case["answers_by_page"].items())
    ]
    limits = PagingLimits(minimum_offers=100)
    reasons = [reason_to_stop(pages[:n], limits, _all) for n in range(1, len(pages) + 1)]
    assert reasons == [None] * (len(pages) - 1) + [StopReason.BOOK_END]
    states = [snapshot_state([_capture(n, n + 1) for n in range(many)], pages[:many]) for many in range(1, 4)]
    assert [(state.offers, state.is_complete) for state in states] == [(10, False), (20, False), (25, True)]


def test_a_profile_of_payment_methods_asks_the_map_it_is_given() -> None:
    passes = passing(
        Profile("sbp", payment_methods=frozenset({"sbp"})), lambda offer: ["sbp"] if offer.offer_id == "1" else []
    )
    assert [passes(_offer("1")), passes(_offer("2"))] == [True, False]


def test_a_book_read_to_its_end_is_complete_and_its_duplicates_are_counted() -> None:
    pages = [_page(0, 20, total=38), _page(18, 20, is_last=True, total=38)]
    state = snapshot_state([_capture(0, 1), _capture(1, 2, stop=StopReason.BOOK_END)], pages)
    assert (state.is_complete, state.offers, state.duplicates) == (True, 38, 2)


def test_a_book_that_shows_fewer_ads_than_the_venue_counts_is_not_complete() -> None:
    pages = [_page(0, 20, total=60), _page(10, 20, total=60), _page(40, 20, is_last=True, total=60)]
    state = snapshot_state([_capture(0, 1), _capture(1, 2), _capture(2, 3)], pages)
    assert (state.stop_reason, state.is_complete) == (StopReason.BOOK_END, False)


def test_a_rejected_record_is_in_the_quarantine_and_not_missing() -> None:
    page = replace(_page(0, 19, is_last=True, total=20), rejected=(Rejected(19, "bad_number", "price was x"),))
    assert snapshot_state([_capture(0, 1)], [page]).is_complete


def test_a_rejected_record_of_a_page_that_was_asked_for_again_counts_once() -> None:
    first = replace(_page(0, 19, total=40), rejected=(Rejected(19, "bad_number", "price was x", "x7"),))
    pages = [first, _page(20, 19, is_last=True, total=40), first]
    unnamed = replace(first, rejected=(Rejected(19, "not_an_object", "it was 1"),))
    for made in (pages, [unnamed, pages[1], unnamed]):
        state = snapshot_state([_capture(0, 1), _capture(1, 2), _capture(2, 1)], made)
        assert (state.rejected, state.is_complete) == (1, False), "one of 40 is missing"


def test_a_rejected_ad_that_moved_to_another_page_or_is_readable_there_counts_once() -> None:
    bad = (Rejected(19, "bad_number", "price was x", "7"),)
    moved = [replace(_page(10, 19, total=40), rejected=bad), replace(_page(40, 19, True, 40), rejected=bad)]
    readable = [replace(_page(10, 19, total=40), rejected=bad), _page(0, 19, True, 40)]
    for pages, rejected in ((moved, 1), (readable, 0)):
        assert snapshot_state([_capture(0, 1), _capture(1, 2)], pages).rejected == rejected


def test_a_complete_book_that_lacks_one_ad_of_a_hundred_is_not_whole() -> None:
    for shown, is_whole in ((99, False), (100, True), (101, True)):
        pages = [_page(0, 50, total=100), _page(50, shown - 50, is_last=True, total=100)]
        state = snapshot_state([_capture(0, 1), _capture(1, 2)], pages)
        assert (state.is_complete, state.is_whole) == (True, is_whole)
    uncounted = [_page(0, 20), _page(20, 3, is_last=True)]
    assert snapshot_state([_capture(0, 1), _capture(1, 2)], uncounted).is_whole, "a venue that doesn't count"
    assert not snapshot_state([_capture(0, 1)], [_page(0, 20, total=20)]).is_whole, "the book goes on"


def test_retries_and_failures_are_told_from_the_stored_captures_alone() -> None:
    captures = [_capture(0, 1, Outcome.TIMEOUT), _capture(1, 1), _capture(2, 2, Outcome.BLOCKED, StopReason.FAILED)]
    state = snapshot_state([from_line(to_line(capture)) for capture in captures], [_page(0, 20)])
    assert (state.stop_reason, state.is_complete, state.pages_ok) == (StopReason.FAILED, False, 1)


def test_a_page_that_can_no_longer_be_read_makes_the_snapshot_incomplete() -> None:
    state = snapshot_state([_capture(0, 1), _capture(1, 2), _capture(2, 3)], [_page(0, 20), _page(40, 5, is_last=True)])
    assert not state.is_complete


def test_an_imported_snapshot_that_stops_midway_says_no_reason_and_is_not_complete() -> None:
    state = snapshot_state([_capture(0, 1), _capture(1, 2)], [_page(0, 20), _page(20, 20)])
    assert (state.stop_reason, state.is_complete) == (None, False)
    unmarked_failure = snapshot_state([_capture(0, 1, Outcome.SOFT_BLOCK)], [])
    assert unmarked_failure.stop_reason is StopReason.SOFT_BLOCK


def test_a_line_written_before_stop_reasons_existed_is_still_read() -> None:
    line = to_line(_capture(0, 1))
    assert b"stop_reason" not in line
    assert from_line(line).stop_reason is None
    marked = _capture(0, 1, stop=StopReason.BUDGET)
    assert from_line(to_line(marked)) == marked


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.booleans()), max_size=8), st.integers(0, 70))
def test_a_complete_snapshot_has_read_its_last_page_and_nearly_all_that_is_counted(
    made: list[tuple[int, int, bool]], total: int
) -> None:
    pages = [_page(first, count, is_last, total) for first, count, is_last in made]
    state = snapshot_state([_capture(n, n + 1) for n in range(len(pages))], pages)
    assert state.offers + state.duplicates == sum(page.received for page in pages)
    if state.is_complete:
        assert ends_book(pages)
        assert state.offers >= 0.99 * total
