"""HTX's sockets."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.venues.htx.wire import decode, opening, ping, snapshot_message, subscribe, unsubscribe
from p2p_pipeline.exchanges.venues.reading import UNPACKED_BYTES
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.incoming import incoming
from p2p_pipeline_tests.exchanges.venues.recorded import needs_recordings, recording, samples

SAMPLES = {
    "delta.mbp150": Kind.DELTA,
    "snapshot.req.mbp150": Kind.SNAPSHOT,
    "delta.mbp150.after_gap": Kind.DELTA,
    "bbo": Kind.TICKER,
    "ack.topn.mbp.refresh.20": Kind.ACK,
    "topn.mbp.refresh.20": Kind.TOP,
    "ack.delta.mbp.5.one_side": Kind.ACK,
    "delta.mbp.5.one_side": Kind.DELTA,
    "ack.bbo": Kind.ACK,
    "ack.topn.depth.step0": Kind.ACK,
    "topn.depth.step0": Kind.TOP,
    "ack": Kind.ACK,
    "ping": Kind.PING,
    "error": Kind.REFUSED,
}


def read(text: str) -> Event:
    """The event of a frame as HTX packs it."""
    (event,) = decode(gzip.compress(text.encode()), is_binary=True)
    return event


@needs_recordings
def test_each_kind_of_message_is_read_as_what_it_is() -> None:
    kinds = {(sample.name, event.kind) for sample in incoming(samples("htx")) for event in decode(sample.body)}
    assert kinds == set(SAMPLES.items())


@needs_recordings
def test_the_real_deltas_chain_and_their_snapshot_lies_in_the_chain() -> None:
    events = {name: [] for name in SAMPLES}  # type: dict[str, list[Event]]
    for sample in incoming(samples("htx")):
        events[sample.name] += decode(gzip.compress(sample.body), is_binary=True)
    chain = events["delta.mbp150"]
    assert [event.previous for event in chain[1:]] == [event.last for event in chain[:-1]]
    assert events["snapshot.req.mbp150"][0].last in [event.last for event in chain]
    assert events["delta.mbp150.after_gap"][0].previous != chain[-1].last


@needs_recordings
def test_the_recording_gives_its_206_books_4_pings_and_nothing_unreadable() -> None:
    events = [
        event for frame in incoming(recording("htx_spot_2021-04")) for event in decode(frame.body, is_binary=True)
    ]
    assert Counter(event.kind for event in events) == {Kind.TOP: 206, Kind.IGNORED: 37, Kind.ACK: 20, Kind.PING: 4}
    for event in events:
        if event.kind is Kind.TOP:
            bids, asks = ([float(price) for price, _ in side] for side in (event.bids, event.asks))
            assert bids == sorted(bids, reverse=True)
            assert asks == sorted(asks)


def test_a_bare_number_keeps_its_spelling_exponent_and_all() -> None:
    event = read(
        '{"ch":"market.trioeth.depth.step0","ts":1618678069870,'
        '"tick":{"bids":[[9.121E-7,92730.240]],"asks":[[1e-6,5]],"version":9007199254740993,"ts":1618678069869}}'
    )
    assert list(event.bids) == [("9.121E-7", "92730.240")]
    assert list(event.asks) == [("1e-6", "5")]
    assert event.last == 9007199254740993


def test_a_side_that_is_missing_in_a_delta_did_not_change() -> None:
    event = read('{"ch":"market.btcusdt.mbp.150","ts":1573199608679,"tick":{"seqNum":2,"prevSeqNum":1,"asks":[[5,0]]}}')
    assert (event.kind, event.bids, list(event.asks)) == (Kind.DELTA, (), [("5", "0")])


def test_a_side_that_is_missing_in_a_whole_book_makes_it_unreadable() -> None:
    event = read('{"ch":"market.btcusdt.depth.step0","ts":1573199608679,"tick":{"version":2,"asks":[[5,1]]}}')
    assert event.kind is Kind.UNREADABLE


def test_the_exchanges_ping_is_answered_with_its_own_number() -> None:
    assert read('{"ping":1618678073643}') == Event(Kind.PING, detail='{"pong":1618678073643}')
    assert ping(1) is None


def test_a_frame_that_would_unfold_without_bound_is_refused() -> None:
    bomb = gzip.compress(b" " * (UNPACKED_BYTES + 1), 9)
    (event,) = decode(bomb, is_binary=True)
    assert event.kind is Kind.UNREADABLE


@pytest.mark.parametrize("length", [1, 9, 30])
def test_a_frame_cut_short_is_unreadable(length: int) -> None:
    (event,) = decode(gzip.compress(b'{"ping":1618678073643}')[:length], is_binary=True)
    assert event.kind is Kind.UNREADABLE


def test_deltas_are_asked_for_on_their_own_path_and_all_else_on_the_other() -> None:
    delta, top = Subscription(Feed.DELTA, "btcusdt"), Subscription(Feed.TOP, "btcusdt")
    assert opening([delta])[0] == "/feed"
    assert opening([top, Subscription(Feed.BBO, "btcusdt")])[0] == "/ws"


def test_requests_are_one_topic_each_and_their_ids_count_up() -> None:
    wanted = [Subscription(Feed.DELTA, "btcusdt"), Subscription(Feed.TOP, "ethusdt"), Subscription(Feed.BBO, "ethusdt")]
    assert subscribe(wanted, 7) == [
        '{"sub":"market.btcusdt.mbp.150","id":"7"}',
        '{"sub":"market.ethusdt.depth.step0","id":"8"}',
        '{"sub":"market.ethusdt.bbo","id":"9"}',
    ]
    assert unsubscribe(wanted[:1], 10) == ['{"unsub":"market.btcusdt.mbp.150","id":"10"}']
    assert subscribe([Subscription(Feed.TOP, "btcusdt", 20)], 1) == ['{"sub":"market.btcusdt.mbp.refresh.20","id":"1"}']
    assert snapshot_message("btcusdt", 21) == '{"req":"market.btcusdt.mbp.150","id":"21"}'


def test_the_end_of_a_subscription_is_no_beginning_of_one() -> None:
    event = read('{"id":"10","status":"ok","unsubbed":"market.btcusdt.mbp.150","ts":1489474081631}')
    assert (event.kind, event.request_id) == (Kind.IGNORED, "10")
