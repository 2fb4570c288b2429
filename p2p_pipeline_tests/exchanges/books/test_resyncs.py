"""A book that broke is mended politely: back-off, one attempt in flight, one for a storm, at last a new connection."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.books.actions import Fetch, Reconnect, Send
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.events import Event, Kind, Status, unreadable
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.books.exchange_in_miniature import (
    ASKS,
    BIDS,
    SECOND,
    Miniature,
    delta,
    snapshot,
    subscription,
)


def texts(actions: list[object]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Send)]


def test_a_storm_of_gaps_on_one_connection_is_one_resync() -> None:
    one = Miniature("okx")
    symbols = [f"S{number}" for number in range(40)]
    for symbol in symbols:
        one.tell(snapshot(10, symbol))
    for symbol in symbols:
        one.tell(delta(None, 30, symbol, previous=20), passes=0.01)
    sent = texts(one.wait(2.0))
    assert len(sent) == 2
    assert sent[0].startswith("unsub S0 S1 ")
    assert (one.books.counters.gaps, one.books.counters.resyncs) == (40, 1)
    assert {one.books.state(symbol) for symbol in symbols} == {State.RESYNCING}
    for symbol in symbols:
        one.tell(snapshot(50, symbol))
    assert one.books.books_live == 40


def test_attempts_back_off_to_a_minute_with_one_in_flight_and_the_third_failure_takes_another_connection() -> None:
    one = Miniature("okx")
    one.tell(snapshot(10))
    one.tell(delta(None, 30, previous=20))
    began: list[float] = []
    start = one.now
    for _ in range(3000):
        if actions := one.wait(0.1):
            began.append((one.now - start) / SECOND)
        if actions and isinstance(actions[0], Reconnect):
            break
        one.tell(Event(Kind.HEARTBEAT))
    assert isinstance(one.done[-1], Reconnect)
    assert len(began) == 4
    assert 0.7 <= began[0] <= 1.4
    assert began[1] - began[0] >= 10
    assert began[2] - began[1] > began[1] - began[0]


def test_many_rest_books_that_break_at_once_take_another_connection_instead_of_many_requests() -> None:
    one = Miniature("binance")
    for number in range(8):
        one.tell(delta(5, 7, f"S{number}"))
        one.answer(snapshot(6, f"S{number}"), symbol=f"S{number}")
    assert one.books.books_live == 8
    before = len(one.done)
    for number in range(8):
        one.tell(delta(9, 9, f"S{number}"))
    one.wait(2.0)
    assert [type(action) for action in one.done[before:]] == [Reconnect]


def test_a_snapshot_that_is_refused_is_asked_for_again_later() -> None:
    one = Miniature("binance")
    one.tell(delta(5, 7))
    one.answer(Event(Kind.REFUSED, detail="-1003 too many requests"))
    assert one.books.last_error == "-1003 too many requests"
    assert [type(action) for action in one.wait(3.0)] == [Fetch]


@pytest.mark.parametrize("exchange", ["okx", "binance"])
def test_a_subscription_that_nothing_answers_is_made_again_then_another_connection_is_taken(exchange: str) -> None:
    one = Miniature(exchange)
    one.books.opened("ws1", "ws://x", one.now)
    one.books.subscribed("ws1", [subscription("A"), Subscription(Feed.BBO, "B")], one.now, request_ids=[1])
    one.tell(Event(Kind.ACK, "B"))
    assert one.wait(9.0) == []
    done: list[tuple[int, str]] = []
    for second in range(10, 90):
        one.tell(Event(Kind.HEARTBEAT))
        done += [(second, getattr(action, "text", "another")) for action in one.wait(1.0)]
    assert [text for _, text in done] == ["unsub A", "sub A", "unsub A", "sub A", "another"]
    assert [second for second, _ in done] == [10, 10, 30, 30, 70]


def test_what_the_exchange_refuses_is_told_with_its_words_and_not_asked_again() -> None:
    one = Miniature("okx")
    one.books.subscribed("ws1", [subscription("NOPE")], one.now, request_ids=[7])
    one.tell(Event(Kind.REFUSED, request_id="7", detail="60018 wrong instrument"))
    one.tell(Event(Kind.HEARTBEAT), passes=15.0)
    assert one.wait(10.0) == []
    assert one.books.refused == {"NOPE": "60018 wrong instrument"}


def test_a_refusal_that_only_names_the_symbol_in_its_words_is_that_symbols_and_the_others_are_asked_for_again() -> None:
    one = Miniature("coinbase")
    one.books.opened("ws1", "/", one.now)
    one.books.subscribed("ws1", [subscription("A-USD"), subscription("B-USD")], one.now)
    one.tell(Event(Kind.REFUSED, detail="B-USD is not a valid product ID"))
    one.tell(Event(Kind.HEARTBEAT), passes=15.0)
    for _ in range(3):
        one.wait(10.0)
    asked = [action.text for action in one.done if isinstance(action, Send)]
    assert [("A-USD" in text, "B-USD" in text) for text in asked][:1] == [(True, False)]
    assert one.books.refused == {"B-USD": "B-USD is not a valid product ID"}


def test_a_book_that_nothing_is_heard_of_is_stale_until_something_is() -> None:
    one = Miniature("okx")
    one.tell(snapshot(10))
    for _ in range(4):
        one.tell(Event(Kind.HEARTBEAT), passes=20.0)
        one.wait(0.0)
    assert one.books.state("A") is State.STALE
    assert one.books.book("A") is None
    one.tell(delta(None, 11, previous=10))
    assert one.books.state("A") is State.LIVE


def test_books_are_dropped_with_their_connection_and_wait_for_the_next() -> None:
    one = Miniature("okx")
    one.tell(snapshot(10))
    one.books.closed("ws1", one.now)
    assert (one.books.state("A"), one.books.counters.reconnects) == (State.WAITING, 1)
    one.tell(delta(None, 11, previous=10), connection="ws2")
    assert one.books.book("A") is None
    one.tell(snapshot(12), connection="ws2")
    assert one.books.state("A") is State.LIVE


def test_a_book_comes_from_the_newest_connection_that_has_it_and_older_ones_are_not_listened_to() -> None:
    one = Miniature("okx")
    one.tell(snapshot(10))
    one.tell(snapshot(20, bids=(("50", "1"),)), connection="ws2")
    one.tell(delta(None, 11, previous=10))
    assert one.books.counters.gaps == 0
    book = one.books.book("A")
    assert book is not None
    assert book.top(1)[0] == [("50", "1")]
    one.tell(delta(None, 21, previous=20), connection="ws2")
    one.books.closed("ws1", one.now)
    assert one.books.state("A") is State.LIVE


def test_in_maintenance_no_book_is_served_and_afterwards_another_connection_is_taken() -> None:
    one = Miniature("kraken")
    one.tell(snapshot())
    one.tell(Event(Kind.STATUS, detail=Status.MAINTENANCE))
    one.tell(snapshot())
    assert one.books.book("A") is None
    assert one.wait(5.0) == []
    assert [type(action) for action in one.tell(Event(Kind.STATUS, detail=Status.BACK))] == [Reconnect]


def test_a_ping_is_answered_with_what_it_asks_for() -> None:
    assert texts(Miniature("htx").tell(Event(Kind.PING, detail='{"pong":1}'))) == ['{"pong":1}']


def test_a_message_that_cannot_be_read_spoils_books_only_where_no_number_would_show_the_loss() -> None:
    without, with_numbers = Miniature("kraken"), Miniature("okx")
    for one in (without, with_numbers):
        one.tell(snapshot(10))
        one.tell(unreadable("not JSON"))
        assert one.books.counters.unreadable == 1
    assert without.books.state("A") is State.GAP
    assert with_numbers.books.state("A") is State.LIVE


def test_the_hours_budget_of_subscription_requests_is_never_used_up_by_resyncs() -> None:
    one = Miniature("okx")
    sent = 0
    for number in range(1000):
        one.tell(snapshot(10), passes=1.0)
        one.tell(delta(None, 30, previous=20))
        sent += len(texts(one.wait(1.5)))
        if number * 2.5 > 3500:
            break
    assert 0 < sent <= 240


def test_what_still_comes_of_a_book_that_is_not_wanted_any_more_makes_no_work() -> None:
    one = Miniature("binance")
    one.books.subscribed("ws1", [subscription("A")], one.now)
    one.tell(delta(5, 7))
    one.answer(snapshot(6))
    one.books.unsubscribed("ws1", [subscription("A")])
    assert one.books.book("A") is None
    assert one.tell(delta(8, 8)) == []
    one.books.subscribed("ws1", [subscription("A")], one.now)
    assert [type(action) for action in one.tell(delta(9, 9))] == [Fetch]


def test_a_change_of_a_channel_that_never_was_spoils_the_connection_and_one_of_an_ended_channel_does_not() -> None:
    one = Miniature("bitfinex")
    one.books.subscribed("ws1", [subscription("A"), subscription("B")], one.now)
    for number, (symbol, channel) in enumerate((("A", "7"), ("B", "8"))):
        one.tell(Event(Kind.ACK, symbol, channel=channel, detail="delta"))
        one.tell(snapshot(symbol="")._replace(channel=channel, connection_sequence=number))
    one.books.unsubscribed("ws1", [subscription("B")])
    one.tell(delta(symbol="")._replace(channel="8", connection_sequence=2))
    assert one.books.state("A") is State.LIVE
    one.tell(delta(symbol="")._replace(channel="9", connection_sequence=3))
    assert one.books.state("A") is State.GAP


def test_a_book_that_neither_numbers_nor_checksums_vouch_for_is_subscribed_again_after_five_minutes() -> None:
    vouched, unproven = Miniature("bitget"), Miniature("bitget")
    vouched.tell(snapshot(10))
    unproven.tell(snapshot())
    sent: list[str] = []
    for number in range(33):
        vouched.tell(delta(None, 11 + number, previous=10 + number), passes=10)
        unproven.tell(delta(), passes=10)
        assert vouched.wait(0) == []
        sent += texts(unproven.wait(0))
    assert sent == ["unsub A", "sub A"]
    assert unproven.books.counters.gaps == 0


def test_whole_views_and_best_prices_go_with_the_connection_that_they_came_from() -> None:
    one = Miniature("upbit")
    one.tell(Event(Kind.TOP, "A", BIDS, ASKS), Event(Kind.TICKER, "A", BIDS[:1], ASKS[:1]))
    one.tell(Event(Kind.TOP, "B", BIDS, ASKS), connection="ws2")
    one.books.closed("ws1", one.now)
    assert [one.books.state(symbol) for symbol in "AB"] == [State.WAITING, State.LIVE]
    assert one.books.best("A") is None
