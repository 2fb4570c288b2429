"""Bitfinex' frames, its checksum, and numbers as JavaScript prints them."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.venues.bitfinex import wire
from p2p_pipeline.exchanges.venues.bitfinex.checksum import book_checksum, printed
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.decoded import events_of, kinds_of_samples
from p2p_pipeline_tests.exchanges.venues.plain_book import PlainBook
from p2p_pipeline_tests.exchanges.venues.recorded import FOLDER, needs_recordings


def one(frame: str | bytes) -> Event:
    (event,) = wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=False)
    return event


@needs_recordings
def test_the_known_checksums_come_out() -> None:
    vectors = json.loads((FOLDER / "checksum_vectors.json").read_text())["bitfinex"]
    ours = [book_checksum(*([(p, q) for p, q in vector[side]] for side in ("bids", "asks"))) for vector in vectors]
    assert ours == [vector["signed"] for vector in vectors]
    assert len(ours) == 5


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.50", "1.5"),
        ("100", "100"),
        ("0.000001", "0.000001"),
        ("0.0000010", "0.000001"),
        ("0.00000099", "9.9e-7"),
        ("1E-7", "1e-7"),
        ("2e-8", "2e-8"),
        ("132026.43745235", "132026.43745235"),
        ("43.358118629999986", "43.358118629999986"),
        ("0.05", "0.05"),
        ("123456789012345678901", "123456789012345680000"),
        ("1e21", "1e+21"),
    ],
)
def test_a_number_is_printed_as_javascript_prints_it(number: str, text: str) -> None:
    assert printed(number) == text


@needs_recordings
def test_the_messages_of_a_recorded_connection_are_numbered_without_a_hole() -> None:
    counted = [
        event.connection_sequence
        for event in events_of(wire, "bitfinex_spot_2021-04")
        if event.connection_sequence is not None
    ]
    assert len(counted) == 1241
    assert all(after == before + 1 for before, after in pairwise(counted))


@needs_recordings
def test_no_recorded_frame_is_unreadable_and_no_rebuilt_book_is_crossed() -> None:
    books: dict[str, PlainBook] = {}
    symbols: dict[str, str] = {}
    for event in events_of(wire, "bitfinex_spot_2021-04"):
        assert event.kind is not Kind.UNREADABLE
        if event.kind is Kind.ACK and event.detail == Feed.DELTA:
            symbols[event.channel] = event.symbol
        if event.kind in (Kind.SNAPSHOT, Kind.DELTA):
            book = books.setdefault(symbols[event.channel], PlainBook())
            book.take(event)
            bids, asks = book.sorted_bids(), book.sorted_asks()
            assert not bids or not asks or float(bids[0][0]) < float(asks[0][0])
    assert len(books) == 7


@needs_recordings
def test_each_kind_of_message_is_what_it_is_for() -> None:
    assert kinds_of_samples(wire, "bitfinex") == {
        "ack.book": [Kind.ACK],
        "book": [Kind.SNAPSHOT],
        "ack.ticker": [Kind.ACK],
        "ticker": [Kind.TICKER],
        "info": [Kind.STATUS],
        "pong": [Kind.PONG],
        "checksum": [Kind.CHECKSUM],
        "error": [Kind.REFUSED],
        "heartbeat": [Kind.HEARTBEAT],
    }


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ("[5,[1.55e-7,2,3.0],9]", Event(Kind.DELTA, bids=[("1.55e-7", "3.0")], connection_sequence=9, channel="5")),
        ("[5,[20,2,-3],9]", Event(Kind.DELTA, asks=[("20", "3")], connection_sequence=9, channel="5")),
        ("[5,[20,0,1],9]", Event(Kind.DELTA, bids=[("20", "0")], connection_sequence=9, channel="5")),
        ("[5,[20,0,-1],9]", Event(Kind.DELTA, asks=[("20", "0")], connection_sequence=9, channel="5")),
        (
            "[5,[20,2,3],9,1700000000123]",
            Event(
                Kind.DELTA,
                bids=[("20", "3")],
                connection_sequence=9,
                exchange_time_us=1_700_000_000_123_000,
                channel="5",
            ),
        ),
        (
            "[5,[20,2,3],1700000000123]",
            Event(Kind.DELTA, bids=[("20", "3")], exchange_time_us=1_700_000_000_123_000, channel="5"),
        ),
        ('[5,"cs",-890884919,12]', Event(Kind.CHECKSUM, checksum=-890884919, connection_sequence=12, channel="5")),
        (
            '[5,"te",[401597393,1574694475039,0.005,7244.9],13]',
            Event(Kind.IGNORED, connection_sequence=13, channel="5", detail="te"),
        ),
        (
            "[5,[[401597393,1574694475039,0.005,7244.9]],14]",
            Event(Kind.IGNORED, connection_sequence=14, channel="5", detail="rows of 4 fields"),
        ),
    ],
)
def test_what_follows_a_payload_is_known_by_its_size(frame: str, event: Event) -> None:
    assert one(frame)._replace(bids=tuple(one(frame).bids), asks=tuple(one(frame).asks)) == event._replace(
        bids=tuple(event.bids), asks=tuple(event.asks)
    )


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        ('{"event":"info","version":2,"platform":{"status":1}}', Status.HELLO),
        ('{"event":"info","version":2,"platform":{"status":0}}', Status.MAINTENANCE),
        ('{"event":"info","code":20051,"msg":"Stop/Restart Websocket Server"}', Status.RECONNECT),
        ('{"event":"info","code":20060,"msg":"Entering in Maintenance mode"}', Status.MAINTENANCE),
        ('{"event":"info","code":20061,"msg":"Maintenance ended"}', Status.BACK),
    ],
)
def test_the_exchange_says_how_it_is(frame: str, detail: str) -> None:
    assert one(frame) == Event(Kind.STATUS, detail=detail)


def test_an_acknowledgement_tells_the_channel_s_number_and_feed() -> None:
    frame = (
        '{"event":"subscribed","channel":"book","chanId":232957,"symbol":"tTESTBTC:TESTUSD","prec":"P0","len":"100"}'
    )
    assert one(frame) == Event(Kind.ACK, "tTESTBTC:TESTUSD", channel="232957", depth=100, detail="delta")
    trades = '{"event":"subscribed","channel":"trades","chanId":232958,"symbol":"tBTCUSD","pair":"BTCUSD"}'
    assert one(trades).kind is Kind.IGNORED


def test_a_refused_conf_is_told() -> None:
    assert one('{"event":"conf","status":"FAILED"}').kind is Kind.REFUSED
    assert one('{"event":"conf","status":"OK","flags":196608}').kind is Kind.IGNORED


def test_a_connection_asks_for_numbers_and_checksums_before_anything_else() -> None:
    path, said = wire.opening([])
    assert (path, [json.loads(message) for message in said]) == ("/ws/2", [{"event": "conf", "flags": 229376}])


def test_subscriptions_are_one_a_message_and_end_by_their_channel_s_number() -> None:
    asked = wire.subscribe([Subscription(Feed.DELTA, "tBTCUSD", depth=20), Subscription(Feed.BBO, "tETHUSD")], 1)
    assert [json.loads(message) for message in asked] == [
        {"event": "subscribe", "channel": "book", "symbol": "tBTCUSD", "prec": "P0", "freq": "F0", "len": "25"},
        {"event": "subscribe", "channel": "ticker", "symbol": "tETHUSD"},
    ]
    (ended,) = wire.unsubscribe([Subscription(Feed.DELTA, "#232957")], 1)
    assert json.loads(ended) == {"event": "unsubscribe", "chanId": 232957}
