"""Each exchange's own tongue over a bad way: nothing false is ever served, and afterwards all books are true."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.venues.connector import NAMES, wire_of
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.exchanges.books.closed_loop import Loop

FEEDS = [(name, feed) for name in NAMES for feed in (Feed.TOP, Feed.DELTA) if feed in wire_of(name).CAPABILITY.feeds]
BAD_STEPS, QUIET_STEPS = this_many(120, 6_000), this_many(450, 1_300)


@pytest.mark.parametrize(("exchange", "feed"), FEEDS)
@pytest.mark.parametrize("seed", range(this_many(1, 20)))
def test_over_a_bad_way_no_book_is_false_and_over_a_good_one_each_becomes_true(
    exchange: str, feed: Feed, seed: int
) -> None:
    loop = Loop(exchange, feed, seed)
    loop.run(40)
    for symbol in loop.symbols:
        assert loop.is_true(symbol)
    loop.run(BAD_STEPS, fault_share=0.06 if feed is Feed.DELTA else 0.3)
    assert sum(loop.faults.values()) > 2
    assert loop.wrong == []
    counters = loop.books.counters
    if feed is Feed.DELTA:
        assert counters.gaps + counters.checksums_failed > 0
        assert counters.resyncs > 0
    assert counters.unreadable == 0
    loop.run(QUIET_STEPS if feed is Feed.DELTA else 30)
    assert loop.wrong == []
    for symbol in loop.symbols:
        assert loop.is_true(symbol)
