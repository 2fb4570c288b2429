"""What must follow what, by the words of each exchange."""

from __future__ import annotations

import pytest

from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline_tests.exchanges.books.exchange_in_miniature import (
    ASKS,
    Miniature,
    delta,
    snapshot,
)


def live(exchange: str) -> Miniature:
    """With a book at 10 that was heard to go on from there."""
    one = Miniature(exchange)
    if exchange in ("binance", "kucoin", "mexc", "xt"):
        one.tell(delta(9, 10))
        one.answer(snapshot(10))
    elif exchange == "htx":
        one.tell(delta(None, 11, previous=10))
        one.tell(snapshot(10))
    else:
        one.tell(snapshot(10))
    assert one.books.state("A") is State.LIVE
    return one


@pytest.mark.parametrize(
    ("exchange", "following"),
    [
        ("binance", delta(11, 13)),
        ("gate", delta(11, 13)),
        ("mexc", delta(11, 13)),
        ("xt", delta(11, 13)),
        ("kucoin", delta(11, 13)),
        ("kucoin", delta(9, 13)),
        ("bybit", delta(None, 11)),
        ("bingx", delta(None, 11)),
        ("okx", delta(None, 700, previous=10)),
        ("okx", delta(None, 10, previous=10, bids=())),
        ("okx", delta(None, 3, previous=10)),
        ("bitget", delta(None, 700, previous=10)),
        ("htx", delta(None, 700, previous=11)),
    ],
)
def test_a_change_that_follows_is_applied(exchange: str, following: object) -> None:
    one = live(exchange)
    one.tell(following)  # type: ignore[arg-type]
    assert one.books.state("A") is State.LIVE
    assert one.books.counters.gaps == 0
    book = one.books.book("A")
    assert book is not None
    assert book.top(2)[0] == [("100", "1"), ("99", "5" if following.bids else "2")]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("exchange", "wrong"),
    [
        ("binance", delta(12, 13)),
        ("binance", delta(10, 13)),
        ("gate", delta(12, 13)),
        ("mexc", delta(12, 13)),
        ("xt", delta(12, 13)),
        ("kucoin", delta(12, 13)),
        ("bybit", delta(None, 12)),
        ("okx", delta(None, 700, previous=11)),
        ("okx", delta(None, 700, previous=9)),
        ("okx", delta(None, None)),
        ("bitget", delta(None, 700, previous=11)),
        ("htx", delta(None, 700, previous=12)),
    ],
)
def test_a_gap_is_told_by_the_very_frame_that_shows_it(exchange: str, wrong: object) -> None:
    one = live(exchange)
    one.tell(delta(11, 11, previous=10)) if exchange not in ("okx", "bitget", "htx") else None
    if exchange in ("binance", "gate", "mexc", "xt", "kucoin", "bybit"):
        wrong = wrong._replace(  # type: ignore[attr-defined]
            first=None if wrong.first is None else wrong.first + 1,  # type: ignore[attr-defined]
            last=wrong.last + 1,  # type: ignore[attr-defined]
        )
    one.tell(wrong)  # type: ignore[arg-type]
    assert one.books.state("A") is State.GAP
    assert one.books.book("A") is None
    assert (one.books.counters.gaps, one.books.counters.resyncs) == (1, 1)


@pytest.mark.parametrize(
    "exchange", ["binance", "gate", "mexc", "xt", "kucoin", "bybit", "bingx", "okx", "bitget", "htx"]
)
def test_a_change_that_comes_twice_costs_nothing(exchange: str) -> None:
    one = live(exchange)
    last = 11 if exchange == "htx" else 10
    change = delta(last + 1, last + 1, previous=last if exchange in ("okx", "bitget", "htx") else None)
    one.tell(change)
    one.tell(change)
    assert one.books.state("A") is State.LIVE
    assert one.books.counters.gaps == 0


def test_bingx_joins_up_to_three_changes_that_came_too_early_and_serves_nothing_meanwhile() -> None:
    one = live("bingx")
    for number in (13, 12, 14):
        one.tell(delta(None, number, bids=((str(number), "1"),)))
        assert one.books.book("A") is None
    one.tell(delta(None, 11))
    book = one.books.book("A")
    assert book is not None
    assert {level[0] for level in book.top(9)[0]} >= {"12", "13", "14"}
    assert one.books.counters.gaps == 0


def test_bingx_gives_up_after_two_seconds_and_at_the_fourth() -> None:
    waiting, too_many = live("bingx"), live("bingx")
    waiting.tell(delta(None, 12))
    waiting.wait(2.1)
    assert waiting.books.counters.gaps == 1
    for number in (12, 13, 14, 15):
        too_many.tell(delta(None, number))
    assert too_many.books.counters.gaps == 1
    assert waiting.books.book("A") is too_many.books.book("A") is None


def test_a_second_snapshot_of_the_socket_replaces_the_book() -> None:
    one = live("okx")
    one.tell(snapshot(50, bids=(("90", "1"),), asks=ASKS))
    book = one.books.book("A")
    assert book is not None
    assert book.top(5)[0] == [("90", "1")]
    one.tell(delta(None, 51, previous=50))
    assert one.books.state("A") is State.LIVE


def test_a_lost_message_of_a_numbered_connection_spoils_every_book_on_it_and_asks_once_for_another() -> None:
    one = Miniature("coinbase")
    for number, symbol in enumerate("ABC"):
        one.tell(snapshot(symbol=symbol)._replace(connection_sequence=number))
    one.tell(snapshot(symbol="D")._replace(connection_sequence=0), connection="ws2")
    one.tell(delta(symbol="A")._replace(connection_sequence=4))
    assert [one.books.state(symbol) for symbol in "ABCD"] == [State.GAP] * 3 + [State.LIVE]
    assert one.books.counters.gaps == 1
    assert [type(action).__name__ for action in one.done] == ["Reconnect"]
    one.tell(delta(symbol="B")._replace(connection_sequence=3))
    assert one.books.counters.gaps == 1


def test_a_book_that_crosses_is_not_served_and_where_changes_are_whole_states_it_is_a_gap() -> None:
    crossing = (("101", "1"),)
    batched, single = live("okx"), Miniature("bitfinex")
    batched.tell(delta(None, 11, previous=10, bids=crossing))
    assert (batched.books.state("A"), batched.books.counters.gaps) == (State.GAP, 1)
    single.tell(snapshot()._replace(connection_sequence=1))
    single.tell(delta(bids=crossing)._replace(connection_sequence=2))
    assert (single.books.book("A"), single.books.counters.gaps) == (None, 0)
    single.tell(delta(bids=(("101", "0"),))._replace(connection_sequence=3))
    assert single.books.state("A") is State.LIVE
