"""Kraken's frames, v2 and v1."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.kraken import wire
from p2p_pipeline.exchanges.venues.kraken.checksum import book_checksum
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.exchanges.venues.decoded import events_of, kinds_of_samples, sample
from p2p_pipeline_tests.exchanges.venues.plain_book import PlainBook
from p2p_pipeline_tests.exchanges.venues.recorded import FOLDER, needs_recordings


def one(frame: str | bytes) -> Event:
    (event,) = wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=False)
    return event


@needs_recordings
def test_the_documented_checksum_comes_out() -> None:
    (vector,) = json.loads((FOLDER / "checksum_vectors.json").read_text())["kraken_v2"]
    bids, asks = ([(price, quantity) for price, quantity in vector[side]] for side in ("bids", "asks"))
    assert book_checksum(bids, asks) == vector["crc32"]


@needs_recordings
@pytest.mark.parametrize(
    ("name", "depth", "verified"),
    [
        ("kraken_spot_v1_2021-04", None, 3183),
        ("kraken_spot_v2_btcusd_d10_2026-08-16", 10, 54),
        ("kraken_spot_v2_minagbp_d25_2026-08-16", 25, 30),
    ],
)
def test_each_checksum_of_a_recording_verifies(name: str, depth: int | None, verified: int) -> None:
    books: dict[str, PlainBook] = {}
    checksums, seen, every = [], 0, this_many(9, 1) if verified > 1000 else 1
    for event in events_of(wire, name):
        assert event.kind is not Kind.UNREADABLE
        if event.kind in (Kind.SNAPSHOT, Kind.DELTA):
            book = books.setdefault(event.symbol, PlainBook())
            book.take(event, event.depth or depth)
            if event.checksum is not None:
                seen += 1
                # A wrong book stays wrong: a share of them shows it too, and books/ verifies each.
                if seen % every == 0:
                    checksums.append((book_checksum(book.sorted_bids(), book.sorted_asks()), event.checksum))
    assert (seen, len(checksums)) == (verified, verified // every)
    assert [ours for ours, _ in checksums] == [theirs for _, theirs in checksums]


def test_a_number_keeps_its_spelling() -> None:
    event = one(
        '{"channel":"book","type":"update","data":[{"symbol":"X/USD","bids":[{"price":0.0280,"qty":0.00000000}],'
        '"asks":[{"price":1e-7,"qty":5220.10}],"checksum":4000000000,"timestamp":"2026-08-16T23:37:04.316445Z"}]}'
    )
    assert event == Event(
        Kind.DELTA,
        "X/USD",
        [("0.0280", "0.00000000")],
        [("1e-7", "5220.10")],
        checksum=4_000_000_000,
        exchange_time_us=1786923424316445,
        channel="book",
    )


@needs_recordings
def test_each_kind_of_message_is_what_it_is_for() -> None:
    found = kinds_of_samples(wire, "kraken")
    # An element of a list that was sent, not a message.
    del found["instrument.one_pair"]
    assert found == {
        "bbo.empty_book": [Kind.TICKER],
        "ack.book": [Kind.ACK],
        "book": [Kind.SNAPSHOT],
        "ack.ticker": [Kind.ACK],
        "ticker": [Kind.TICKER],
        "error.depth_not_supported": [Kind.REFUSED],
        "pong": [Kind.PONG],
        "snapshot.algo_usd_2024": [Kind.SNAPSHOT],
        "delta.algo_usd_2024": [Kind.DELTA],
    }


@needs_recordings
def test_a_ticker_of_zeros_is_no_quote_and_has_no_time() -> None:
    assert one(sample("kraken", "bbo.empty_book")) == Event(Kind.TICKER, "ANETx/USD", channel="ticker")


@pytest.mark.parametrize(
    ("system", "detail"),
    [
        ("online", Status.HELLO),
        ("maintenance", Status.MAINTENANCE),
        ("cancel_only", Status.MAINTENANCE),
        ("post_only", Status.MAINTENANCE),
    ],
)
def test_only_an_exchange_that_matches_orders_has_books_to_trust(system: str, detail: str) -> None:
    frame = (
        f'{{"channel":"status","type":"update","data":[{{"system":"{system}","connection_id":15113583034416118705}}]}}'
    )
    assert one(frame) == Event(Kind.STATUS, detail=detail)


def test_changes_of_both_sides_in_two_payloads_are_one_change_with_one_checksum() -> None:
    event = one(
        '[1920,{"a":[["0.042990","364630.28272081","1618678145.920470"]]},'
        '{"b":[["0.042990","0.00000000","1618678145.920708","r"]],"c":"4105471083"},"book-1000","SC/EUR"]'
    )
    assert (event.kind, event.checksum, event.depth) == (Kind.DELTA, 4105471083, 1000)
    assert (event.bids, event.asks) == ([("0.042990", "0.00000000")], [("0.042990", "364630.28272081")])
    assert event.exchange_time_us == 1618678145920708


def test_a_book_that_cannot_be_read_costs_no_other_of_its_message() -> None:
    good = '{"symbol":"A/USD","bids":[],"asks":[{"price":1,"qty":2}],"checksum":5}'
    bad = '{"symbol":"B/USD","bids":[],"asks":[{"price":NOT,"qty":2}],"checksum":5}'.replace("NOT", '"x"')
    frame = f'{{"channel":"book","type":"update","data":[{bad},{good}]}}'
    events = wire.decode(frame.encode(), is_binary=False)
    assert [(event.kind, event.symbol) for event in events] == [(Kind.UNREADABLE, "B/USD"), (Kind.DELTA, "A/USD")]


def test_a_subscription_asks_for_the_smallest_depth_that_is_enough_and_for_quotes_on_change() -> None:
    asked = wire.subscribe(
        [
            Subscription(Feed.DELTA, "BTC/USD"),
            Subscription(Feed.DELTA, "ETH/USD", depth=20),
            Subscription(Feed.BBO, "BTC/USD"),
        ],
        7,
    )
    assert [json.loads(message) for message in asked] == [
        {
            "method": "subscribe",
            "params": {"channel": "book", "depth": 10, "snapshot": True, "symbol": ["BTC/USD"]},
            "req_id": 7,
        },
        {
            "method": "subscribe",
            "params": {"channel": "book", "depth": 25, "snapshot": True, "symbol": ["ETH/USD"]},
            "req_id": 8,
        },
        {
            "method": "subscribe",
            "params": {"channel": "ticker", "event_trigger": "bbo", "symbol": ["BTC/USD"]},
            "req_id": 9,
        },
    ]
    (ended,) = wire.unsubscribe([Subscription(Feed.DELTA, "BTC/USD")], 10)
    assert json.loads(ended)["params"] == {"channel": "book", "depth": 10, "symbol": ["BTC/USD"]}


def test_three_hundred_pairs_are_asked_for_in_three_messages() -> None:
    asked = wire.subscribe([Subscription(Feed.BBO, f"A{n}/USD") for n in range(300)], 1)
    assert [len(json.loads(message)["params"]["symbol"]) for message in asked] == [100, 100, 100]
