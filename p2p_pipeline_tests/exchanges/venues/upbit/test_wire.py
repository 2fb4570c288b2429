"""Upbit's frames."""

from __future__ import annotations

import json

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.upbit import wire
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.decoded import events_of, kinds_of_samples, sample
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings


def one(frame: str | bytes) -> Event:
    (event,) = wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=True)
    return event


@needs_recordings
def test_each_recorded_book_is_whole_sorted_and_not_crossed() -> None:
    books = [event for event in events_of(wire, "upbit_2021-04") if event.kind is not Kind.IGNORED]
    assert len(books) == 117
    for book in books:
        assert (book.kind, len(book.bids), len(book.asks)) == (Kind.TOP, 15, 15)
        bids, asks = ([float(price) for price, _ in side] for side in (book.bids, book.asks))
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] < asks[0]


@needs_recordings
def test_each_kind_of_message_is_what_it_is_for() -> None:
    assert kinds_of_samples(wire, "upbit") == {
        "book.2021": [Kind.TOP],
        "book.microseconds.2023": [Kind.TOP],
        "book": [Kind.TOP],
        "ticker": [Kind.IGNORED],
        "error": [Kind.REFUSED],
        "pong.text": [Kind.PONG],
    }


@needs_recordings
def test_milliseconds_and_microseconds_are_told_apart_and_a_short_side_has_no_level_of_price_zero() -> None:
    assert one(sample("upbit", "book.microseconds.2023")).exchange_time_us == 1691530805062000
    short = one(sample("upbit", "book.2021"))
    assert short.exchange_time_us == 1614729599677000
    assert (len(short.bids), short.asks) == (2, [("41840", "103.6")])


def test_one_level_is_the_best_price_and_no_book() -> None:
    event = one(
        '{"type":"orderbook","code":"KRW-BTC","timestamp":1746601573804,"orderbook_units":'
        '[{"ask_price":137002000.0,"bid_price":137001000,"ask_size":0.1,"bid_size":1e-8}],"stream_type":"SNAPSHOT"}'
    )
    assert (event.kind, event.symbol) == (Kind.TICKER, "KRW-BTC")
    assert (event.bids, event.asks) == ([("137001000", "1e-8")], [("137002000.0", "0.1")])


def test_a_request_names_each_code_once_with_the_most_levels_that_were_wanted() -> None:
    assert wire.CAPABILITY.is_replacing
    (asked,) = wire.subscribe(
        [
            Subscription(Feed.BBO, "KRW-BTC"),
            Subscription(Feed.TOP, "KRW-BTC"),
            Subscription(Feed.BBO, "KRW-ETH"),
            Subscription(Feed.TOP, "BTC-ETH", depth=20),
        ],
        3,
    )
    assert json.loads(asked) == [
        {"ticket": "p2p-3"},
        {"type": "orderbook", "codes": ["KRW-BTC.15", "KRW-ETH.1", "BTC-ETH.30"], "level": 0},
        {"format": "DEFAULT"},
    ]
    assert wire.unsubscribe([Subscription(Feed.BBO, "KRW-BTC")], 4) == []
    assert wire.ping(0) == "PING"
