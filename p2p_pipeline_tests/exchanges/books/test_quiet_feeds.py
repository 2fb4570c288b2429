"""A feed that brings nothing while its connection lives is asked for again, politely; it costs nobody a connection."""

from __future__ import annotations

from itertools import pairwise

import pytest

from p2p_pipeline.exchanges.books.actions import Send
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.books.exchange_in_miniature import (
    ASKS,
    BIDS,
    SECOND,
    Miniature,
    snapshot,
    subscription,
)


def first_levels(symbol: str) -> Event:
    return Event(Kind.TOP, symbol, BIDS, ASKS)


def an_hour(one: Miniature, *heard: Event) -> list[tuple[int, str]]:
    """What is done each second of an hour in which only these are heard."""
    done = []
    start = one.now
    for _ in range(3600):
        one.tell(*heard)
        done += [((one.now - start) // SECOND, getattr(action, "text", "another")) for action in one.wait(1.0)]
    return done


@pytest.mark.parametrize("is_heard_once", [True, False])
@pytest.mark.parametrize("feed", [Feed.TOP, Feed.DELTA])
def test_a_feed_that_is_accepted_and_brings_nothing_is_made_again_each_time_later(
    feed: Feed, *, is_heard_once: bool
) -> None:
    one = Miniature("okx")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [Subscription(feed, "A"), Subscription(Feed.TOP, "B")], one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, "A"), Event(Kind.ACK, "B"))
    if is_heard_once and feed is Feed.TOP:
        one.tell(first_levels("A"))
    done = an_hour(one, first_levels("B"), Event(Kind.ACK, "A"))
    assert [text for _, text in done] == ["unsub A", "sub A"] * 5
    assert all(60 <= second <= 91 for second, _ in done[:2])
    pauses = [later - earlier for (earlier, _), (later, _) in zip(done[1::2], done[2::2], strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[0] >= 180
    assert one.books.state("B") is State.LIVE
    one.tell(first_levels("A") if feed is Feed.TOP else snapshot(1))
    assert one.books.state("A") is State.LIVE


def test_a_market_where_little_happens_is_asked_again_once_in_some_minutes_at_most() -> None:
    one = Miniature("binance")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [Subscription(Feed.TOP, "A"), Subscription(Feed.TOP, "B")], one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, request_id="1"))
    asked = []
    for second in range(3600):
        one.tell(first_levels("B"), *([first_levels("A")] if second % 100 == 0 else []))
        asked += [second for action in one.wait(1.0) if isinstance(action, Send) and action.text == "sub A"]
    assert 0 < len(asked) <= 20
    assert all(later - earlier >= 180 for earlier, later in pairwise(asked))


def test_many_quiet_feeds_are_made_again_together_and_within_a_quarter_of_the_hours_budget() -> None:
    one = Miniature("okx")
    one.books.opened("ws1", "/", one.now)
    for number in range(100):
        one.books.subscribed("ws1", [Subscription(Feed.TOP, f"S{number}")], one.now, request_ids=[number])
        one.tell(Event(Kind.ACK, f"S{number}"), passes=3.0)
    one.books.subscribed("ws1", [Subscription(Feed.TOP, "B")], one.now)
    done = an_hour(one, first_levels("B"))
    assert 0 < len(done) <= 120
    assert "another" not in {text for _, text in done}


def test_a_connection_of_which_nothing_comes_and_that_does_not_answer_either_is_replaced() -> None:
    one = Miniature("binance")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [Subscription(Feed.TOP, symbol) for symbol in "AB"], one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, request_id="1"), first_levels("A"), first_levels("B"))
    seconds = [second for second, text in an_hour(one) if text == "another"]
    assert seconds
    assert 120 <= seconds[0] <= 170


def test_a_quiet_connection_is_not_given_up_by_the_books() -> None:
    one = Miniature("binance")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [Subscription(Feed.BBO, "A")], one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, request_id="1"))
    assert one.wait(300.0) == []


def test_an_answer_to_a_request_that_is_not_known_answers_nothing_and_one_that_is_known_only_its_own() -> None:
    one = Miniature("binance")
    one.books.subscribed("ws1", [subscription("A"), subscription("B")], one.now, request_ids=[1, 2])
    one.tell(Event(Kind.ACK, request_id="99"), Event(Kind.ACK), Event(Kind.ACK, "*"), Event(Kind.ACK, request_id="2"))
    assert [action.text for action in one.wait(10.0) if isinstance(action, Send)] == ["unsub A", "sub A"]


def test_where_an_exchange_answers_no_subscription_its_data_has_a_minute_to_come() -> None:
    one = Miniature("upbit")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [Subscription(Feed.TOP, "A")], one.now)
    assert one.wait(59.0) == []
    assert [action.text for action in one.wait(32.0) if isinstance(action, Send)] == ["unsub A", "sub A"]


def test_what_was_asked_too_fast_waits_longer_each_time_and_is_not_refused() -> None:
    one = Miniature("okx")
    wanted = [Subscription(Feed.BBO, f"S{number}") for number in range(40)]
    one.books.subscribed("ws1", wanted, one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, "S0"))
    assert one.tell(Event(Kind.REFUSED, request_id="1", detail="60014 Requests too frequent.")) == []
    assert one.books.refused == {}
    assert one.wait(59.0) == []
    again = [action.text for action in one.wait(1.0) if isinstance(action, Send)]
    assert [text[:7] for text in again] == ["unsub S", "sub S1 "]
    one.tell(Event(Kind.REFUSED, detail="60014 Requests too frequent."))
    assert one.wait(119.0) == []
    assert len(one.wait(1.0)) == 2


def test_of_a_request_that_is_refused_only_what_is_not_answered_is_asked_again() -> None:
    one = Miniature("okx")
    wanted = [Subscription(Feed.TOP, f"S{number}") for number in range(40)]
    one.books.subscribed("ws1", wanted, one.now, request_ids=[1])
    one.tell(*(Event(Kind.ACK, f"S{number}") for number in range(38)))
    sent = one.tell(Event(Kind.REFUSED, request_id="1", detail="60018 channel:books5,instId:S39 doesn't exist"))
    assert [action.text for action in sent if isinstance(action, Send)] == ["sub S38"]
    assert list(one.books.refused) == ["S39"]


def test_of_two_feeds_the_one_that_still_comes_is_served_when_the_other_died() -> None:
    one = Miniature("gate")
    one.tell(snapshot(10))
    one.tell(Event(Kind.TOP, "A", (("90", "1"),), (("91", "1"),)), passes=1.0)
    book = one.books.book("A")
    assert book is not None
    assert book.top(1)[0] == [("100", "1")]
    one.tell(Event(Kind.TOP, "A", (("80", "1"),), (("81", "1"),)), passes=2.0)
    book = one.books.book("A")
    assert book is not None
    assert book.top(1)[0] == [("80", "1")]
    for _ in range(90):
        one.tell(Event(Kind.TOP, "A", (("80", "1"),), (("81", "1"),)), passes=1.0)
        one.wait(0.0)
    assert one.books.counters.resyncs == 1


def test_a_book_of_a_connection_without_numbers_is_not_served_where_numbers_are_its_integrity() -> None:
    one = Miniature("bitfinex")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [subscription("A")], one.now)
    one.tell(Event(Kind.REFUSED, channel="conf", detail="conf: FAILED"))
    one.tell(Event(Kind.ACK, "A", channel="7", detail="delta"))
    done = [getattr(action, "reason", "") for action in one.tell(snapshot(symbol="")._replace(channel="7"))]
    assert done == ["books of the connection come without numbers"]
    assert one.books.book("A") is None
    one.books.opened("ws1", "/", one.now)
    one.tell(Event(Kind.ACK, "A", channel="7", detail="delta"))
    one.tell(snapshot(symbol="")._replace(channel="7", connection_sequence=1))
    assert one.books.state("A") is State.LIVE
