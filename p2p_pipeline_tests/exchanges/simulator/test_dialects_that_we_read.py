"""What five simulated exchanges say, read by our decoders: written apart from each other, they must agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.simulator.dialects.bitfinex import printed as printed_there
from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.bitfinex.checksum import book_checksum as bitfinex_checksum
from p2p_pipeline.exchanges.venues.bitfinex.checksum import printed
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.venues.kraken.checksum import book_checksum as kraken_checksum
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.exchanges.venues.plain_book import PlainBook

NOW = 1_796_000_000.0
SYMBOL = "BTC/USDT"
SPELLED = {
    "kraken": "BTC/USDT", "coinbase": "BTC-USDT", "kucoin": "BTC-USDT", "bitfinex": "tBTCUST", "upbit": "USDT-BTC",
}  # fmt: skip
DEPTHS = {"kraken": 10, "bitfinex": 25, "upbit": 15}
FIVE = list(SPELLED)


@dataclass
class Client:
    """A socket to one simulated exchange in simulated time, read by our decoder."""

    exchange: str
    symbols: tuple[str, ...] = (SYMBOL,)
    hall: Hall = field(init=False)
    simulated: SimulatedExchange = field(init=False)
    line: Line = field(init=False)
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hall = Hall(ExchangesOptions(exchanges=(self.exchange,), symbols=self.symbols), NOW)
        self.simulated = self.hall.exchanges[self.exchange]
        self.wire = wire_of(self.exchange)
        path, said = self.wire.opening([])
        opened = self.simulated.open(path, NOW)
        assert opened is not None
        self.line, frames = opened
        self.told += self.read(frames)
        for message in said:
            self.say(message)

    def read(self, frames: list[Any]) -> list[Event]:
        return [
            event
            for frame in frames
            for event in self.wire.decode(
                frame if isinstance(frame, bytes) else frame.encode(), is_binary=isinstance(frame, bytes)
            )
        ]

    def say(self, message: str) -> list[Event]:
        found = self.read(self.simulated.heard(self.line, message, self.hall.now))
        self.told += found
        return found

    def subscribe(self, *wanted: Subscription) -> list[Event]:
        return [event for message in self.wire.subscribe(wanted, 1) for event in self.say(message)]

    def seconds(self, count: float) -> Iterator[list[Event]]:
        """What is told in each tenth of a second; the books stand as they were when it was told."""
        for tenth in range(1, int(count * 10) + 1):
            deliveries = self.hall.advance(NOW + tenth / 10)
            found = [event for _, frames in deliveries for event in self.read(frames)]
            self.told += found
            yield found

    def truth(self, depth: int | None = None) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        bids, asks = self.simulated.books[SYMBOL].top(depth)
        return numbers(bids), numbers(asks)


def numbers(levels: Any) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(quantity) for price, quantity in levels}


@pytest.mark.parametrize("exchange", ["kraken", "coinbase", "bitfinex"])
def test_a_book_made_of_snapshot_and_changes_is_the_true_one(exchange: str) -> None:
    client, book = Client(exchange), PlainBook()
    checksum_of = {"kraken": kraken_checksum, "bitfinex": bitfinex_checksum}.get(exchange)
    changes = checked = 0
    first = [event for event in client.subscribe(Subscription(Feed.DELTA, SPELLED[exchange])) if event.bids]
    assert [event.kind for event in first] == [Kind.SNAPSHOT]
    for found in [first, *client.seconds(0), *client.seconds(20)]:
        for event in found:
            if event.kind in (Kind.SNAPSHOT, Kind.DELTA):
                book.take(event, DEPTHS.get(exchange) if exchange == "kraken" else None)
                changes += event.kind is Kind.DELTA
            if event.checksum is not None:
                assert checksum_of is not None
                assert checksum_of(book.sorted_bids(), book.sorted_asks()) == event.checksum
                checked += 1
            if exchange == "bitfinex":
                assert event.exchange_time_us is not None or event.kind is Kind.ACK, "its age can be judged"
        assert event_kinds(found) <= {"SNAPSHOT", "DELTA", "CHECKSUM", "HEARTBEAT"}
    assert (numbers(book.sorted_bids()), numbers(book.sorted_asks())) == client.truth(DEPTHS.get(exchange))
    assert changes > 30
    assert checked > (20 if checksum_of else -1)


def event_kinds(events: list[Event]) -> set[str]:
    return {event.kind.name for event in events}


def test_kucoin_s_changes_go_on_from_the_snapshot_by_rest_and_give_the_true_book() -> None:
    client, book = Client("kucoin"), PlainBook()
    acks = client.subscribe(Subscription(Feed.DELTA, "BTC-USDT"), Subscription(Feed.TOP, "BTC-USDT", depth=5))
    assert [(event.kind, event.request_id) for event in acks] == [(Kind.ACK, "1"), (Kind.ACK, "2")]
    request = lists_of("kucoin").book_request("BTC-USDT")
    answer = client.simulated.answer("GET", request.path, dict(request.query), b"", NOW)
    assert answer is not None
    (snapshot,) = lists_of("kucoin").decode_answer(request.url, answer.body)
    book.take(snapshot)
    last = snapshot.last
    assert last is not None
    for found in client.seconds(20):
        for event in found:
            if event.kind is Kind.DELTA:
                assert event.first == last + 1
                assert event.last is not None
                last = event.last
                book.take(event)
            else:
                assert (event.kind, len(event.bids), len(event.asks)) == (Kind.TOP, 5, 5)
    assert (numbers(book.sorted_bids()), numbers(book.sorted_asks())) == client.truth()
    assert last > snapshot.last  # type: ignore[operator]


def test_each_of_upbit_s_frames_is_the_true_view_and_a_new_request_ends_the_old_one() -> None:
    client = Client("upbit", symbols=(SYMBOL, "ETH/USDT"))
    (first,) = client.subscribe(Subscription(Feed.TOP, "USDT-BTC"))
    for found in client.seconds(10):
        if found:
            first = found[-1]
    assert first.kind is Kind.TOP
    assert (numbers(first.bids), numbers(first.asks)) == client.truth(15)
    (best,) = client.subscribe(Subscription(Feed.BBO, "USDT-ETH"))
    assert (best.kind, best.symbol, len(best.bids)) == (Kind.TICKER, "USDT-ETH", 1)
    client.hall.advance(NOW + 10.1)
    later = [event for _, frames in client.hall.advance(NOW + 20) for event in client.read(frames)]
    assert {(event.kind, event.symbol) for event in later} == {(Kind.TICKER, "USDT-ETH")}
    assert [event.kind for event in client.say("PING")] == [Kind.PONG]
    assert [event.kind for event in client.say('[{"type":"orderbook","codes":["KRW-BTC"]}]')] == [Kind.REFUSED]


@pytest.mark.parametrize("exchange", ["kraken", "coinbase", "kucoin", "bitfinex"])
def test_best_prices_are_the_true_ones_whenever_they_are_told(exchange: str) -> None:
    client = Client(exchange)
    client.subscribe(Subscription(Feed.BBO, "*" if exchange == "kucoin" else SPELLED[exchange]))
    told = 0
    for found in client.seconds(30):
        quotes = [event for event in found if event.kind is Kind.TICKER and event.symbol in ("", SPELLED[exchange])]
        for newest in quotes[-1:]:
            bids, asks = client.truth(1)
            assert (list(numbers(newest.bids)), list(numbers(newest.asks))) == (list(bids), list(asks))
            told += 1
    assert told >= 3


@pytest.mark.parametrize("exchange", ["coinbase", "bitfinex"])
def test_all_messages_of_a_connection_are_counted(exchange: str) -> None:
    client = Client(exchange, symbols=(SYMBOL, "ETH/USDT"))
    other = {"coinbase": "ETH-USDT", "bitfinex": "tETHUST"}[exchange]
    client.subscribe(
        Subscription(Feed.DELTA, SPELLED[exchange]),
        Subscription(Feed.DELTA, other),
        Subscription(Feed.BBO, other),
    )
    for _ in client.seconds(20):
        pass
    counted = [event.connection_sequence for event in client.told if event.connection_sequence is not None]
    steps = {after - before for before, after in pairwise(counted)}
    # Events of one message share its number.
    assert steps <= {0, 1}
    assert counted[0] == (0 if exchange == "coinbase" else 1)
    assert {"HEARTBEAT"} <= event_kinds(client.told)


@pytest.mark.parametrize("exchange", FIVE)
def test_lists_say_what_the_model_has(exchange: str) -> None:
    client, lists = Client(exchange, symbols=(SYMBOL, "DOGE/USDT")), lists_of(exchange)
    answers = {}
    for request in (*lists.instrument_requests(), *lists.currency_requests()):
        answer = client.simulated.answer(request.method, request.path, dict(request.query), b"", NOW)
        assert answer is not None
        answers[request.path] = answer.body
    listed = lists.instruments(answers)
    found = {(one.base, one.quote): one for one in listed.instruments}
    models = {(book.instrument.base, book.instrument.quote): book for book in client.simulated.books.values()}
    assert found.keys() == models.keys()
    assert {one.reason.partition(" as ")[0] for one in listed.left_out} <= {"it is the same book"}
    for pair, one in found.items():
        what = models[pair].instrument
        assert one.symbol == client.simulated.dialect.symbol(models[pair])
        assert one.taker_fee in (None, what.taker_fee)
        if exchange not in ("bitfinex", "upbit"):
            steps = Decimal(1).scaleb(-what.price_decimals), Decimal(1).scaleb(-what.quantity_decimals)
            assert (one.price_step, one.quantity_step) == steps
            assert one.min_notional == what.min_notional
    chains = {one.asset: one for one in lists.currencies(answers).chains}
    if exchange in ("coinbase", "kucoin", "bitfinex"):
        assert {"BTC", "DOGE"} <= chains.keys()
        assert chains["BTC"].withdraw_open is True
    else:
        assert not chains


@pytest.mark.parametrize("exchange", FIVE)
def test_books_best_prices_and_the_clock_by_rest_are_the_true_ones(exchange: str) -> None:
    client, lists = Client(exchange), lists_of(exchange)

    def asked(request: Any) -> bytes:
        answer = client.simulated.answer(request.method, request.path, dict(request.query), b"", NOW)
        assert answer is not None
        return answer.body

    request = lists.book_request(SPELLED[exchange])
    (book,) = lists.decode_answer(request.url, asked(request))
    assert book.kind is Kind.SNAPSHOT
    assert (numbers(book.bids), numbers(book.asks)) == client.truth()
    bulk, clock = lists.bulk_request(), lists.time_request()
    if bulk is not None:
        rows = lists.decode_answer(bulk.url, asked(bulk))
        assert len(rows) == len(client.simulated.books)
        assert {row.kind for row in rows} == {Kind.TICKER}
    if clock is not None:
        assert lists.time_ms(asked(clock)) == int(NOW * 1000)


@pytest.mark.parametrize("exchange", FIVE)
def test_an_unknown_symbol_is_refused_or_silent_and_nonsense_is_answered(exchange: str) -> None:
    client = Client(exchange)
    found = client.subscribe(Subscription(Feed.BBO, {"bitfinex": "tNOPUSD"}.get(exchange, "NOPE-USD")))
    assert event_kinds(found) == (set() if exchange == "upbit" else {"REFUSED"})
    for nonsense in ("{", "[]", "null", '{"method":"x","type":"x","event":"x","id":1}'):
        kinds = event_kinds(client.say(nonsense))
        assert "UNREADABLE" not in kinds
        assert kinds


@pytest.mark.parametrize(("exchange", "back"), [("kraken", Status.HELLO), ("bitfinex", Status.BACK)])
def test_maintenance_is_announced_where_the_exchange_announces_it(exchange: str, back: str) -> None:
    client = Client(exchange)
    dialect: Any = client.simulated.dialect
    begun, over = (dialect.maintenance(client.line.session, is_over=is_over) for is_over in (False, True))
    assert [event.detail for event in client.read(begun)] == [Status.MAINTENANCE]
    assert [event.detail for event in client.read(over)] == [back]


def test_coinbase_gives_a_book_in_usd_for_its_name_in_usdc() -> None:
    client = Client("coinbase", symbols=("BTC/USD",))
    found = client.subscribe(Subscription(Feed.DELTA, "BTC-USDC"))
    assert [(event.kind, event.symbol) for event in found] == [
        (Kind.SNAPSHOT, "BTC-USD"),
        (Kind.ACK, "BTC-USD"),
        (Kind.ACK, "*"),
    ]


def test_two_ways_to_print_numbers_as_javascript_does_agree() -> None:
    texts = ["0.000001", "0.0000001", "0.00000015", "12.50", "100", "0.1", "60281.10", "0.00001", "123456.78901234"]
    assert [printed_there(text) for text in texts] == [printed(text) for text in texts]


def test_kucoin_s_token_leads_back_to_the_simulator() -> None:
    client, lists = Client("kucoin"), lists_of("kucoin")
    client.simulated.address = "127.0.0.1:5"
    request = lists.connect_request()
    assert request is not None
    answer = client.simulated.answer(request.method, request.path, {}, b"", NOW)
    assert answer is not None
    assert json.loads(answer.body)["data"]["instanceServers"][0]["endpoint"] == "ws://127.0.0.1:5/kucoin/endpoint"
    path = lists.connect_path(answer.body)
    assert path.startswith("/endpoint?token=")
    opened = client.simulated.open(path, NOW)
    assert opened is not None
    assert client.read(opened[1]) == [Event(Kind.STATUS, request_id="p2p", detail=Status.HELLO)]
