"""Bitget's sockets: the unified wire that we ask for, and the older ones of recordings."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.bitget.wire import decode, opening, ping, subscribe, unsubscribe
from p2p_pipeline.exchanges.venues.colon_checksum import colon_checksum
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.incoming import incoming
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, recording, samples

SAMPLES = {
    "snapshot.v2": Kind.SNAPSHOT,
    "delta.v2": Kind.DELTA,
    "bbo.v2.books1": Kind.TICKER,
    "topn.v2.books15": Kind.TOP,
    "snapshot.uta": Kind.SNAPSHOT,
    "delta.uta": Kind.DELTA,
    "bbo.uta.books1": Kind.TICKER,
    "ack.ticker.v2": Kind.ACK,
    "ticker.v2": Kind.TICKER,
    "ack.ticker.uta": Kind.ACK,
    "ticker.uta": Kind.IGNORED,  # of a future: its symbol is a spot pair's too
    "ack.v2": Kind.ACK,
    "error": Kind.REFUSED,
    "pong": Kind.PONG,
}


def book(topic: str, action: str, **row: object) -> Event:
    """One event of the unified wire."""
    argument = {"instType": "spot", "topic": topic, "symbol": "BTCUSDT"}
    (event,) = decode(json.dumps({"action": action, "arg": argument, "data": [row], "ts": 1777358880013}).encode())
    return event


@needs_recordings
def test_each_kind_of_message_is_read_as_what_it_is() -> None:
    read = {sample.name: [event.kind for event in decode(sample.body)] for sample in incoming(samples("bitget"))}
    assert read == {name: [kind] for name, kind in SAMPLES.items()}


@needs_recordings
def test_a_real_delta_of_the_unified_wire_keeps_its_sequence_levels_and_time() -> None:
    (delta,) = (decode(sample.body)[0] for sample in incoming(samples("bitget")) if sample.name == "delta.uta")
    assert (delta.symbol, delta.previous, delta.last) == ("BTCUSDT", 451057497631, 451057502090)
    assert list(delta.asks) == [("76679.99", "0"), ("76681.49", "0.026085")]
    assert delta.exchange_time_us == 1777358880011000


@needs_recordings
def test_every_checksum_of_the_recording_of_2022_verifies() -> None:
    books: dict[str, tuple[dict[float, tuple[str, str]], dict[float, tuple[str, str]]]] = {}
    told: Counter[Kind] = Counter()
    for frame in incoming(recording("bitget_spot_v1_2022-04")):
        for event in decode(frame.body):
            told[event.kind] += 1
            if event.kind is Kind.SNAPSHOT:
                books[event.symbol] = ({}, {})
            if event.kind in (Kind.SNAPSHOT, Kind.DELTA):
                for side, changed in zip(books[event.symbol], (event.bids, event.asks), strict=True):
                    side.update({float(price): (price, quantity) for price, quantity in changed})
                    for price, quantity in changed:
                        if float(quantity) == 0:
                            del side[float(price)]
                bids, asks = books[event.symbol]
                best = [bids[price] for price in sorted(bids, reverse=True)], [asks[price] for price in sorted(asks)]
                assert colon_checksum(*best) == event.checksum
    assert told == {Kind.SNAPSHOT: 8, Kind.DELTA: 313, Kind.ACK: 32, Kind.IGNORED: 160}


def test_a_sequence_beyond_what_floats_can_count_is_exact_as_number_and_as_text() -> None:
    for seq in (1304314508780744705, "1304314508780744705"):
        event = book("books", "update", a=[], b=[["1", "2"]], seq=seq, pseq=1304314508780744704, ts="1777358880011")
        assert (event.last, event.previous) == (1304314508780744705, 1304314508780744704)


def test_a_snapshot_has_nothing_before_it() -> None:
    event = book("books", "snapshot", a=[], b=[["1", "2"]], seq=7, pseq=0, ts="1777358880011")
    assert (event.kind, event.last, event.previous) == (Kind.SNAPSHOT, 7, None)


def test_where_the_sequence_is_told_the_checksum_does_not_count() -> None:
    row = {"a": [], "b": [["1", "2"]], "checksum": 5, "ts": "1777358880011"}
    assert book("books", "update", **row, seq=8, pseq=7).checksum is None
    assert book("books", "update", **row).checksum == 5


@pytest.mark.parametrize(
    "row",
    [
        {"a": [["1"]], "b": [], "ts": "1777358880011"},
        {"a": [["1", "NaN"]], "b": [], "ts": "1777358880011"},
        {"a": [[1.5, 2]], "b": [], "ts": "1777358880011"},
        {"a": [], "ts": "1777358880011"},
        {"a": [], "b": [], "ts": "yesterday"},
        {"a": [], "b": [], "ts": "1777358880011", "checksum": "abc"},
        {"a": [], "b": [], "ts": "1777358880011", "pseq": -1},
    ],
)
def test_a_row_that_is_not_as_promised_is_unreadable_with_its_reason(row: dict[str, object]) -> None:
    event = book("books", "update", **row)
    assert event.kind is Kind.UNREADABLE
    assert event.detail


def test_a_refusal_names_the_symbol_that_the_exchange_named() -> None:
    words = "instType:spot,topic:books,symbol:NOSUCHUSDT doesn't exist"
    (event,) = decode(json.dumps({"event": "error", "code": 30001, "msg": words}).encode())
    assert (event.kind, event.symbol, event.channel) == (Kind.REFUSED, "NOSUCHUSDT", "books")


def test_a_hundred_and_twenty_subscriptions_are_three_requests_within_every_limit() -> None:
    wanted = [Subscription(Feed.DELTA, f"COIN{number}USDT") for number in range(120)]
    requests = subscribe(wanted, 1)
    asked = [argument["symbol"] for request in requests for argument in json.loads(request)["args"]]
    assert asked == [one.symbol for one in wanted]
    assert [len(json.loads(request)["args"]) for request in requests] == [50, 50, 20]
    assert max(map(len, requests)) <= 4096


def test_what_is_asked_for_is_spelled_as_the_documentation_does() -> None:
    assert subscribe([Subscription(Feed.DELTA, "BTCUSDT")], 1) == [
        '{"op":"subscribe","args":[{"instType":"spot","topic":"books","symbol":"BTCUSDT"}]}'
    ]
    (ended,) = unsubscribe([Subscription(Feed.TOP, "BTCUSDT", 5), Subscription(Feed.BBO, "BTCUSDT")], 1)
    assert [argument["topic"] for argument in json.loads(ended)["args"]] == ["books5", "books1"]
    assert opening([]) == ("/v3/ws/public", [])
    assert ping(0) == "ping"
