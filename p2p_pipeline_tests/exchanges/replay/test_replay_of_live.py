"""A replay of what was recorded comes to what live came to: what was subscribed and answered is in the frames."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.replay.replaying import Replay
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.books.closed_loop import Loop


@pytest.mark.parametrize("exchange", NAMES)
def test_the_replay_of_a_bad_way_serves_what_live_served_at_every_frame(exchange: str) -> None:
    loop = Loop(exchange, Feed.TOP if exchange == "upbit" else Feed.DELTA, seed=5)
    loop.run(20)
    loop.run(60, fault_share=0.05)
    one = next(iter(loop.symbols))
    loop.books.unsubscribed(loop.name, [Subscription(loop.feed, one)])
    loop.run(20)
    replay = Replay()
    for frame, served in loop.told:
        replay.take(frame)
        books = replay.books[exchange]
        if frame.passage in (Passage.SUBSCRIBED, Passage.UNSUBSCRIBED):
            continue  # they are recorded before they have their effect
        assert {symbol: (book := books.book(symbol)) and book.top(20) for symbol in served} == served
    assert replay.books[exchange].counters.gaps == loop.books.counters.gaps
    assert replay.books[exchange].book(one) is None


def test_answers_that_are_lists_are_kept_with_the_frames_and_are_nothing_that_cant_be_read() -> None:
    replay = Replay()
    for path in ("/api/v3/exchangeInfo", "/api/v3/time"):
        replay.take(Frame("binance", "lists", Passage.REST, b'{"serverTime":1}', 1, path))
    assert replay.books["binance"].counters.unreadable == 0
