"""One book of a sweep: its pages side by side, and what moved between two of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import orjson

from p2p_pipeline.p2p.capture.client import Exchange, Judge
from p2p_pipeline.p2p.capture.paging import PagingLimits
from p2p_pipeline.p2p.capture.side_reading import SidePlan, SnapshotDraft, SnapshotName
from p2p_pipeline.p2p.capture.soft_block import SideMemory
from p2p_pipeline.p2p.capture.sweeps.backlog import Backlog, requests_wanted
from p2p_pipeline.p2p.capture.sweeps.book_reading import BookReader
from p2p_pipeline.p2p.capture.venue_session import Asked
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.raw.capture import Outcome, Purpose, StopReason
from p2p_pipeline.p2p.simulator.binance_wire import BinanceWire
from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.market import SimulatedOffer
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.wire import VenueRequest
from p2p_pipeline_tests.p2p.capture.collecting import StandingClock
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import NOON

SIDE = MarketSide(Market("binance", "USDT", "BOB"), Side.BUY)
VENUE = BinanceVenue("http://simulated")


class ChangingBook:
    """Answers pages of a book that a test changes between two requests; no socket, no time."""

    def __init__(self, size: int, change: Callable[[int, list[SimulatedOffer]], None] = lambda *_: None) -> None:
        self._wire = BinanceWire(Catalogue(CatalogueOptions(seed=4, offers_per_side=300)))
        ordered = self._wire.ordered_book(SIDE.market, SIDE.side, NOON)
        # A paid ad would come on top of page 1 and push nothing away.
        self.book = [offer for offer in ordered if not offer.is_promoted][:size]
        self.seen = {offer.offer_id for offer in self.book}
        self.asked: list[int] = []
        self.rows = 20
        self._change = change
        self._clock = StandingClock()

    async def ask(self, request: VenueRequest, judge: Judge) -> Asked:
        page = int((request.payload or {})["page"])
        await asyncio.sleep(0)
        self.asked.append(page)
        body, _ = self._wire.search_page(self.book, page, self.rows, NOON)
        assert judge(200, body) is None
        assert len(orjson.loads(body)["data"]) <= 20
        now = self._clock.now()
        self._change(len(self.asked), self.book)
        self.seen |= {offer.offer_id for offer in self.book}
        return Asked((Exchange(Outcome.OK, None, now, now, 1.0, 200, {}, body),))

    async def sleep(self, seconds: float) -> bool:
        await self._clock.sleep(seconds)
        return True


def read(book: ChangingBook, max_pages: int = 500) -> SnapshotDraft:
    draft = SnapshotDraft(SnapshotName("binance.USDT-BOB:BUY:x", 1, Source.SIMULATED, Purpose.SWEEP), SIDE)

    async def run() -> None:
        plan = SidePlan(SIDE, PagingLimits(10**9, max_pages))
        ticket = Backlog(lambda: 10).enter(1)
        reader = BookReader(
            VENUE, book, plan, SideMemory(), lambda: True, lambda: None, lambda _: None, ticket, asyncio.Semaphore(2)
        )
        await reader.read(draft)

    asyncio.run(run())
    return draft


def test_page_one_tells_how_many_pages_are_asked_for_and_none_more() -> None:
    for size, pages in ((0, 1), (1, 1), (20, 1), (21, 2), (140, 7), (141, 8)):
        book = ChangingBook(size)
        draft = read(book)
        assert book.asked[0] == 1
        assert sorted(book.asked) == list(range(1, pages + 1))
        assert (draft.stop_reason, draft.state.is_complete) == (StopReason.BOOK_END, True)
        assert draft.state.offers == len(book.book)


def test_an_ad_that_moves_up_between_two_answers_is_found_by_looking_again() -> None:
    def move_up(requests: int, book: list[SimulatedOffer]) -> None:
        if requests == 1:
            book.insert(0, book.pop(30))

    book = ChangingBook(45, move_up)
    draft = read(book)
    assert book.asked == [1, 2, 3, 1]
    assert draft.state.is_complete
    assert {offer.offer_id for page in draft.pages for _, offer in page.offers} == book.seen
    assert [capture.stop_reason for capture in draft.captures] == [None, None, None, StopReason.BOOK_END]
    assert draft.state.duplicates == 20, "page 1 twice, but for the ad that was missing and one that it pushed away"


def test_a_venue_that_gives_fewer_ads_a_page_than_it_is_asked_for_is_read_to_the_end_of_its_book() -> None:
    for size, pages, rows in ((25, 3, 10), (45, 5, 10), (10, 1, 10), (40, 4, 10), (9, 3, 4)):
        book = ChangingBook(size)
        book.rows = rows
        draft = read(book)
        assert book.asked[:pages] == list(range(1, pages + 1))
        assert len(book.asked) <= pages + 1, "one more, to see that it is empty"
        assert (draft.state.offers, draft.state.is_whole, draft.stop_reason) == (size, True, StopReason.BOOK_END)


def test_a_book_that_never_agrees_with_itself_is_told_as_incomplete_and_not_asked_for_ever() -> None:
    book = ChangingBook(60)
    hidden = book.book[25]
    whole = book._wire.search_page

    def without_one(offers: list[SimulatedOffer], page: int, rows: int, now: float) -> tuple[bytes, list[str]]:
        body, ids = whole(offers, page, rows, now)
        said = orjson.loads(body)
        said["data"] = [item for item in said["data"] if item["adv"]["advNo"] != hidden.offer_id]
        return orjson.dumps(said), ids

    book._wire.search_page = without_one  # type: ignore[method-assign]
    draft = read(book)
    assert book.asked == [1, 2, 3, 1, 2, 3]
    assert (draft.stop_reason, draft.state.is_complete, draft.state.offers) == (StopReason.BOOK_END, False, 59)


def test_a_book_that_grows_while_it_is_read_is_read_to_its_new_end() -> None:
    def grow(requests: int, book: list[SimulatedOffer]) -> None:
        if requests == 1:
            book.extend(more)

    book = ChangingBook(80, grow)
    more = [book.book.pop() for _ in range(40)]
    draft = read(book)
    assert sorted(book.asked) == [1, 2, 3, 4]
    assert draft.state.is_complete
    assert draft.state.offers == 80


def test_a_book_that_shrinks_while_it_is_read_ends_with_its_empty_page() -> None:
    def shrink(requests: int, book: list[SimulatedOffer]) -> None:
        if requests == 1:
            del book[45:]

    book = ChangingBook(100, shrink)
    draft = read(book)
    assert (draft.stop_reason, draft.state.is_complete) == (StopReason.BOOK_END, True)
    assert draft.state.offers >= 45


def test_no_more_is_wanted_than_keeps_the_rate_busy() -> None:
    assert requests_wanted(10.0, 0.3, 32) == 10
    assert requests_wanted(10.0, 0.005, 32) == 5
    assert requests_wanted(100.0, 0.3, 32) == 32
    assert requests_wanted(0.05, 0.3, 2) == 2
    source = random.Random(1)
    for _ in range(200):
        rate, seconds = source.uniform(0.05, 500), source.uniform(0.001, 8)
        assert requests_wanted(rate, seconds, 10**9) >= rate * seconds + 1
