"""MEXC's socket: protobuf by field numbers, and JSON around it."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.mexc.messages import Wrapper
from p2p_pipeline.exchanges.venues.mexc.wire import decode, ping, subscribe, unsubscribe
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.incoming import incoming
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, samples

SAMPLES = {
    "empty_aggre_depth.json": Kind.IGNORED,
    "bbo.one_side_empty.json": Kind.TICKER,
    "delta.json": Kind.DELTA,
    "bbo.json": Kind.TICKER,
    "ack": Kind.ACK,
    "pong": Kind.PONG,
    "bbo.protobuf": Kind.TICKER,
    "topn.limit_depth20.protobuf": Kind.TOP,
    "delta.aggre_depth.protobuf": Kind.DELTA,
}
DEPTH = "spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"


def field(number: int, content: bytes | str) -> bytes:
    """A protobuf field of bytes, written by hand: what the declared messages are held against."""
    body = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(body)) + body


def varint(value: int) -> bytes:
    """A protobuf whole number."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def read(frame: bytes) -> Event:
    """The event of a binary frame."""
    (event,) = decode(frame, is_binary=True)
    return event


def answered(words: str, code: int = 0) -> list[tuple[Kind, str, str]]:
    """Kinds, symbols and channels of a text answer."""
    events = decode(json.dumps({"id": 0, "code": code, "msg": words}).encode(), is_binary=False)
    return [(event.kind, event.symbol, event.channel) for event in events]


@needs_recordings
def test_each_kind_of_message_is_read_as_what_it_is() -> None:
    kinds = {
        (sample.name, event.kind)
        for sample in incoming(samples("mexc"))
        for event in decode(sample.body, is_binary=sample.is_binary)
    }
    assert kinds == set(SAMPLES.items())


@needs_recordings
def test_the_two_real_binary_frames_give_their_best_prices_version_and_time() -> None:
    by_name = {sample.name: sample for sample in incoming(samples("mexc"))}
    ticker = read(by_name["bbo.protobuf"].body)
    assert (ticker.symbol, ticker.bids, ticker.asks) == ("HYPEUSDT", (("72.29", "7.01"),), (("72.34", "82.1"),))
    assert ticker.exchange_time_us == 1780505866106000
    book = read(by_name["topn.limit_depth20.protobuf"].body)
    assert (len(book.bids), len(book.asks), book.bids[0], book.asks[0]) == (
        20,
        20,
        ("72.29", "7.01"),
        ("72.34", "82.10"),
    )


def test_a_change_written_by_hand_is_read_by_its_field_numbers() -> None:
    item = field(1, "61759.73") + field(2, "0.0001778")
    body = field(2, item) + field(3, "kind") + field(4, "74891313263") + field(5, "74891313265")
    sent = varint(6 << 3) + varint(1782208005090)
    event = read(field(1, DEPTH) + field(3, "BTCUSDT") + sent + field(313, body))
    assert (event.kind, event.symbol, event.first, event.last) == (Kind.DELTA, "BTCUSDT", 74891313263, 74891313265)
    assert (list(event.bids), event.asks) == ([("61759.73", "0.0001778")], ())
    assert event.exchange_time_us == 1782208005090000


def test_a_body_s_tag_is_what_real_frames_carry() -> None:
    wrapper = Wrapper(channel=DEPTH)
    wrapper.publicAggreDepths.fromVersion = "1"
    assert b"\xca\x13" in wrapper.SerializeToString()


def test_fields_that_nobody_declared_are_skipped() -> None:
    body = field(1, field(1, "5") + field(2, "1") + field(9, "new")) + field(4, "1") + field(5, "2") + field(77, "new")
    event = read(field(1, DEPTH) + field(2, "new") + field(313, body) + field(400, "new"))
    assert (event.kind, event.symbol, list(event.asks)) == (Kind.DELTA, "BTCUSDT", [("5", "1")])


@pytest.mark.parametrize("number", [301, 302, 308, 309, 310, 312, 314])
def test_bodies_of_no_use_here_and_none_at_all_are_ignored(number: int) -> None:
    assert read(field(1, DEPTH) + field(number, field(1, "x"))).kind is Kind.IGNORED
    assert read(field(1, DEPTH) + field(3, "BTCUSDT")).kind is Kind.IGNORED


def test_a_list_of_best_prices_is_an_event_each() -> None:
    items = [field(1, field(1, price) + field(2, "1") + field(3, "9") + field(4, "")) for price in ("7", "8")]
    with_quantities = field(1, field(1, "7") + field(2, "1") + field(3, "9") + field(4, "2"))
    first, second = decode(field(1, DEPTH) + field(311, with_quantities + with_quantities), is_binary=True)
    assert first == second
    assert (first.kind, first.bids, first.asks) == (Kind.TICKER, (("7", "1"),), (("9", "2"),))
    assert read(field(1, DEPTH) + field(311, items[0])).kind is Kind.UNREADABLE


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xff\xff",
        field(1, b"\xff\xfe"),
        field(1, DEPTH) + field(313, field(4, "2") + field(5, "1")),
        field(1, DEPTH) + field(313, field(4, "one") + field(5, "1")),
        field(1, DEPTH) + field(313, field(1, field(1, "free")) + field(4, "1") + field(5, "1")),
        field(1, DEPTH) + field(313, b"\x0a\x50"),
    ],
)
def test_bytes_that_are_no_such_message_are_unreadable_with_a_reason(frame: bytes) -> None:
    event = read(frame)
    assert event.kind is Kind.UNREADABLE
    assert event.detail


def test_a_refusal_is_told_from_an_acceptance_by_its_words() -> None:
    assert answered(DEPTH) == [(Kind.ACK, "BTCUSDT", "aggre.depth")]
    assert answered(f"{DEPTH},spot@public.limit.depth.v3.api.pb@ETHUSDT@20") == [
        (Kind.ACK, "BTCUSDT", "aggre.depth"),
        (Kind.ACK, "ETHUSDT", "limit.depth"),
    ]
    assert answered(f"Not Subscribed successfully! [{DEPTH}].  Reason： Blocked! ") == [
        (Kind.REFUSED, "BTCUSDT", "aggre.depth")
    ]
    assert answered("msg format invalid") == [(Kind.REFUSED, "", "")]
    assert answered(DEPTH, code=5) == [(Kind.REFUSED, "BTCUSDT", "aggre.depth")]


def test_what_is_asked_for_is_spelled_as_the_documentation_does() -> None:
    assert subscribe([Subscription(Feed.DELTA, "BTCUSDT")], 1) == [
        '{"method":"SUBSCRIPTION","params":["spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT"]}'
    ]
    (ended,) = unsubscribe([Subscription(Feed.BBO, "BTCUSDT"), Subscription(Feed.TOP, "BTCUSDT", 7)], 1)
    assert json.loads(ended) == {
        "method": "UNSUBSCRIPTION",
        "params": [
            "spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT",
            "spot@public.limit.depth.v3.api.pb@BTCUSDT@10",
        ],
    }
    assert ping(0) == '{"method":"PING"}'


def test_no_request_asks_for_more_than_a_connection_may_have() -> None:
    requests = subscribe([Subscription(Feed.TOP, f"COIN{number}USDT") for number in range(70)], 1)
    assert [len(json.loads(request)["params"]) for request in requests] == [30, 30, 10]
