"""Coinbase's frames."""

from __future__ import annotations

import json

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.coinbase import wire
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.decoded import events_of, kinds_of_samples, sample
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings


def events(frame: str | bytes) -> list[Event]:
    return list(wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=False))


@needs_recordings
def test_the_recorded_messages_are_numbered_without_a_hole_heartbeats_too() -> None:
    found = list(events_of(wire, "coinbase_advanced_atom-usd_tail_2026-08-26"))
    assert [event.connection_sequence for event in found] == list(range(140, 159))
    assert [event.kind for event in found].count(Kind.HEARTBEAT) == 3
    assert {event.symbol for event in found if event.kind is Kind.DELTA} == {"ATOM-USD"}


@needs_recordings
def test_each_kind_of_message_is_what_it_is_for() -> None:
    assert kinds_of_samples(wire, "coinbase") == {
        "ack.ticker_batch": [Kind.ACK],
        "ticker_batch": [Kind.TICKER],
        "ack.heartbeats": [Kind.ACK],
        "heartbeats": [Kind.HEARTBEAT],
        "delta": [Kind.DELTA] * 3,
        "snapshot.two_levels": [Kind.SNAPSHOT],
        "subscriptions": [Kind.ACK] * 3,
        "heartbeat": [Kind.HEARTBEAT],
    }


@needs_recordings
def test_a_time_of_eight_digits_and_both_sides_of_a_recorded_change_are_read() -> None:
    (event,) = events(sample("coinbase", "delta"))
    assert event.exchange_time_us == 1787730326794315
    assert event.bids[0] == ("78971.23", "0.09070492")
    assert event.asks[0] == ("78971.24", "0.00801991")
    assert (event.symbol, event.connection_sequence) == ("BTC-USD", 1)


def test_all_events_of_a_message_have_its_number_those_that_cannot_be_read_too() -> None:
    good = '{"type":"update","product_id":"A-USD","updates":[{"side":"bid","price_level":"1","new_quantity":"0"}]}'
    bad = '{"type":"update","product_id":"B-USD","updates":[{"side":"buy","price_level":"1","new_quantity":"0"}]}'
    frame = f'{{"channel":"l2_data","timestamp":"2026-08-26T07:45:26Z","sequence_num":7,"events":[{good},{bad}]}}'
    assert [(event.kind, event.symbol, event.connection_sequence) for event in events(frame)] == [
        (Kind.DELTA, "A-USD", 7),
        (Kind.UNREADABLE, "B-USD", 7),
    ]


def test_a_message_of_a_channel_without_use_still_counts() -> None:
    frame = '{"channel":"market_trades","timestamp":"2026-08-26T07:45:26Z","sequence_num":8,"events":[]}'
    assert events(frame) == [Event(Kind.IGNORED, channel="market_trades", connection_sequence=8)]


def test_nothing_subscribed_any_more_is_no_acknowledgement() -> None:
    said = '"timestamp":"2026-08-26T07:45:26Z","sequence_num":9,"events":[{"subscriptions":{}}]'
    frame = f'{{"channel":"subscriptions",{said}}}'
    assert events(frame) == [Event(Kind.IGNORED, channel="subscriptions", connection_sequence=9)]


def test_best_prices_come_out_of_a_batch_and_a_missing_side_is_no_quote() -> None:
    full = '{"product_id":"A-USD","best_bid":"1.5","best_bid_quantity":"2","best_ask":"1.6","best_ask_quantity":"3"}'
    half = '{"product_id":"B-USD","best_bid":"","best_bid_quantity":"","best_ask":"9","best_ask_quantity":"1"}'
    frame = (
        '{"channel":"ticker_batch","timestamp":"2026-08-26T07:45:26Z","sequence_num":1,'
        f'"events":[{{"type":"update","tickers":[{full},{half}]}}]}}'
    )
    found = [(event.symbol, tuple(event.bids), tuple(event.asks)) for event in events(frame)]
    assert found == [("A-USD", (("1.5", "2"),), (("1.6", "3"),)), ("B-USD", (), (("9", "1"),))]


def test_an_error_is_a_refusal_with_its_words_and_of_the_product_that_they_name() -> None:
    refused = events('{"type":"error","message":"failure to subscribe"}')
    assert refused == [Event(Kind.REFUSED, detail="failure to subscribe")]
    named = events('{"type":"error","message":"Failed to subscribe","reason":"NOPE-USD is not a valid product"}')
    assert named == [Event(Kind.REFUSED, "NOPE-USD", detail="Failed to subscribe NOPE-USD is not a valid product")]


def test_heartbeats_are_subscribed_with_the_connection_and_each_channel_in_a_message_of_its_own() -> None:
    path, said = wire.opening([])
    assert (path, [json.loads(message) for message in said]) == ("/", [{"type": "subscribe", "channel": "heartbeats"}])
    asked = wire.subscribe([Subscription(Feed.DELTA, "BTC-USD"), Subscription(Feed.BBO, "BTC-USD")], 1)
    assert [json.loads(message) for message in asked] == [
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "level2"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "ticker_batch"},
    ]
    (ended,) = wire.unsubscribe([Subscription(Feed.DELTA, "BTC-USD")], 1)
    assert json.loads(ended) == {"type": "unsubscribe", "product_ids": ["BTC-USD"], "channel": "level2"}


def test_a_snapshot_of_forty_thousand_levels_is_read_whole() -> None:
    sides = [("bid" if n % 2 else "offer", f"{50_000 - n if n % 2 else 50_001 + n}.5") for n in range(44_000)]
    rows = [{"side": side, "event_time": "x", "price_level": price, "new_quantity": "0.5"} for side, price in sides]
    message = {
        "channel": "l2_data",
        "timestamp": "2026-08-26T07:45:26Z",
        "sequence_num": 1,
        "events": [{"type": "snapshot", "product_id": "BTC-USD", "updates": rows}],
    }
    (event,) = events(json.dumps(message))
    assert (event.kind, len(event.bids), len(event.asks)) == (Kind.SNAPSHOT, 22_000, 22_000)
