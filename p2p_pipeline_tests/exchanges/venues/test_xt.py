"""XT's socket."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.xt.wire import decode, opening, ping, subscribe, unsubscribe
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.incoming import incoming
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, samples


def read(message: object) -> Event:
    """The event of a message."""
    (event,) = decode(json.dumps(message).encode())
    return event


@needs_recordings
def test_each_kind_of_message_is_read_as_what_it_is() -> None:
    kinds = {sample.name: [event.kind for event in decode(sample.body)] for sample in incoming(samples("xt"))}
    assert kinds == {
        "ack": [Kind.ACK],
        "error": [Kind.REFUSED],
        "pong": [Kind.PONG],
        "delta": [Kind.DELTA],
        "topn": [Kind.TOP],
    }


def test_a_change_says_which_updates_it_holds_and_no_time() -> None:
    data = {"s": "btc_usdt", "fi": 121, "i": 123, "a": [["34000", "1.2"]], "b": []}
    event = read({"topic": "depth_update", "event": "depth_update@btc_usdt", "data": data})
    assert (event.kind, event.symbol, event.first, event.last) == (Kind.DELTA, "btc_usdt", 121, 123)
    assert (list(event.asks), event.bids, event.exchange_time_us) == ([("34000", "1.2")], (), None)


def test_a_whole_view_has_its_update_and_nothing_before_it() -> None:
    data = {"s": "btc_usdt", "i": 137333589606963580, "a": [], "b": [["32000", "0.2"]]}
    event = read({"topic": "depth", "event": "depth@btc_usdt,20", "data": data})
    assert (event.kind, event.first, event.last) == (Kind.TOP, None, 137333589606963580)


@pytest.mark.parametrize(
    "data",
    [
        {"s": "btc_usdt", "fi": 124, "i": 123, "a": [], "b": []},
        {"s": "btc_usdt", "fi": 121, "i": 123, "a": None, "b": []},
        {"s": "", "fi": 121, "i": 123, "a": [], "b": []},
        {"s": "btc_usdt", "i": 123, "a": [], "b": []},
        [],
        None,
    ],
)
def test_a_change_that_is_not_as_promised_is_unreadable(data: object) -> None:
    event = read({"topic": "depth_update", "event": "depth_update@btc_usdt", "data": data})
    assert event.kind is Kind.UNREADABLE
    assert event.detail


def test_answers_are_told_apart_by_code_and_by_the_id_that_we_gave() -> None:
    assert read({"id": "7", "code": 0, "msg": "success"}) == Event(Kind.ACK, request_id="7")
    assert read({"id": "u8", "code": 0, "msg": "success"}).kind is Kind.IGNORED
    refused = read({"id": "9", "code": 1, "msg": "fail"})
    assert (refused.kind, refused.request_id, refused.detail) == (Kind.REFUSED, "9", "1 fail")


def test_what_is_asked_for_is_spelled_as_the_documentation_does() -> None:
    wanted = [Subscription(Feed.DELTA, "btc_usdt"), Subscription(Feed.TOP, "btc_usdt")]
    assert subscribe(wanted, 123) == [
        '{"method":"subscribe","params":["depth_update@btc_usdt","depth@btc_usdt,20"],"id":"123"}'
    ]
    assert json.loads(unsubscribe(wanted[:1], 4)[0])["id"] == "u4"
    assert subscribe([Subscription(Feed.BBO, "btc_usdt")], 1) == []
    assert (opening([])[0], ping(0)) == ("/public", "ping")
