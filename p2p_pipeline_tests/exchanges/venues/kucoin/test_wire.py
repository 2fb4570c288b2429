"""KuCoin's frames."""

from __future__ import annotations

import json

import pytest

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.kucoin import wire
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.decoded import events_of, kinds_of_samples, sample
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, recording


def one(frame: str | bytes) -> Event:
    (event,) = wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=False)
    return event


@needs_recordings
def test_each_recorded_change_continues_the_one_before_of_its_symbol() -> None:
    newest: dict[str, int] = {}
    continued = 0
    for event in events_of(wire, "kucoin_spot_2021-04"):
        assert event.kind is not Kind.UNREADABLE
        if event.kind is Kind.DELTA:
            assert event.first is not None
            assert event.last is not None
            before = newest.get(event.symbol)
            if before is not None:
                assert event.first <= before + 1 <= event.last
                continued += 1
            newest[event.symbol] = event.last
    assert continued == 2852


@needs_recordings
def test_a_level_of_price_zero_changes_nothing_and_its_number_counts() -> None:
    frames = [
        frame.body for frame in recording("kucoin_spot_2021-04") if frame.kind == "ws" and frame.direction == "in"
    ]
    sent = kept = 0
    for body in frames:
        event = one(body)
        if event.kind is Kind.DELTA:
            changes = json.loads(body)["data"]["changes"]
            sent += len(changes["bids"]) + len(changes["asks"])
            kept += len(event.bids) + len(event.asks)
    assert sent - kept == 1013
    zero = one(sample("kucoin", "delta.price_zero"))
    assert (zero.bids, zero.asks, zero.first, zero.last) == ((), (), 1636276321877, 1636276321877)


@needs_recordings
def test_each_kind_of_message_is_what_it_is_for() -> None:
    assert kinds_of_samples(wire, "kucoin") == {
        "bbo": [Kind.TICKER],
        "delta": [Kind.DELTA] * 3,
        "delta.price_zero": [Kind.DELTA] * 2,
        "ack.topn.level2Depth5": [Kind.ACK],
        "topn.level2Depth5": [Kind.TOP],
        "ack.bbo.level1": [Kind.ACK],
        "bbo.level1": [Kind.TICKER],
        "ack.snapshot.pro_obu": [Kind.ACK],
        "snapshot.pro_obu": [Kind.SNAPSHOT],
        "ack.ticker.pro": [Kind.ACK],
        "ticker.pro": [Kind.TICKER],
        "welcome": [Kind.STATUS],
        "pong": [Kind.PONG],
        "ack": [Kind.ACK],
        "delta.official": [Kind.DELTA] * 2,
        "bbo.all": [Kind.TICKER],
        "topn.level2Depth5.official": [Kind.TOP],
    }


@needs_recordings
def test_the_ticker_of_all_names_its_symbol_in_the_subject() -> None:
    event = one(sample("kucoin", "bbo.all"))
    assert (event.symbol, event.last, event.exchange_time_us) == ("BTC-USDT", 14691455768, 1729757723612000)
    assert (tuple(event.bids), tuple(event.asks)) == ((("67218.6", "0.01045638"),), (("67218.7", "1.92318539"),))


def test_of_two_changes_of_one_price_in_a_frame_the_higher_number_stands_last() -> None:
    event = one(
        '{"topic":"/market/level2:A-USDT","type":"message","subject":"trade.l2update","data":{"changes":{"asks":'
        '[["1","7","12"],["1","5","11"],["2","1","10"]],"bids":[]},"sequenceEnd":12,"sequenceStart":10}}'
    )
    assert event.asks == [("2", "1"), ("1", "5"), ("1", "7")]


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ('{"id":"9","type":"welcome"}', Event(Kind.STATUS, request_id="9", detail=Status.HELLO)),
        ('{"id":"9","type":"ack"}', Event(Kind.ACK, request_id="9")),
        (
            '{"id":"9","type":"error","code":404,"data":"topic /market/level2:X is not found"}',
            Event(Kind.REFUSED, request_id="9", detail="404 topic /market/level2:X is not found"),
        ),
        (
            '{"topic":"/market/match:A-USDT","type":"message","subject":"trade.l3match","data":{}}',
            Event(Kind.IGNORED, "A-USDT", channel="/market/match"),
        ),
    ],
)
def test_answers_and_other_topics_are_told_apart(frame: str, event: Event) -> None:
    assert one(frame) == event


def test_topics_hold_a_hundred_symbols_and_the_best_prices_of_all_are_one() -> None:
    many = [Subscription(Feed.DELTA, f"A{n}-USDT") for n in range(150)]
    asked = [json.loads(message) for message in wire.subscribe([*many, Subscription(Feed.BBO, "*")], 5)]
    assert [message["id"] for message in asked] == [5, 6, 7]
    assert [len(message["topic"].split(",")) for message in asked] == [100, 50, 1]
    assert asked[2] == {
        "id": 7,
        "type": "subscribe",
        "topic": "/market/ticker:all",
        "privateChannel": False,
        "response": True,
    }


def test_whole_views_are_asked_for_with_five_or_fifty_levels() -> None:
    asked = wire.subscribe([Subscription(Feed.TOP, "A-USDT"), Subscription(Feed.TOP, "B-USDT", depth=5)], 1)
    assert [json.loads(message)["topic"] for message in asked] == [
        "/spotMarket/level2Depth50:A-USDT",
        "/spotMarket/level2Depth5:B-USDT",
    ]
    assert json.loads(wire.ping(1_700_000_000_000) or "") == {"id": "1700000000000", "type": "ping"}
