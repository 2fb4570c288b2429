"""MEXC, Bitget, HTX and XT as simulated: our readers, written from the same documents, find the true books in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultRule
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.colon_checksum import colon_checksum
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Request, Subscription

NOW = 1_796_000_000.0
VENUES = ("mexc", "bitget", "htx", "xt")
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "LINK/USDT")
SYMBOLS = {"mexc": "ETHUSDT", "bitget": "ETHUSDT", "htx": "ethusdt", "xt": "eth_usdt"}


class Watched:
    """One socket at a simulated exchange, spoken to and read by our own wire."""

    def __init__(self, exchange: str, *feeds: Feed, symbol: str = "") -> None:
        self.wire, self.lists = wire_of(exchange), lists_of(exchange)
        self.symbol = symbol or SYMBOLS[exchange]
        self.hall = Hall(ExchangesOptions(exchanges=(exchange,), symbols=PAIRS), NOW)
        self.exchange: SimulatedExchange = self.hall.exchanges[exchange]
        self.subscriptions = [Subscription(feed, self.symbol) for feed in feeds]
        opened = self.exchange.open(self.wire.opening(self.subscriptions)[0], NOW)
        assert opened is not None
        self.line: Line = opened[0]

    def heard(self, messages: Sequence[str]) -> list[Event]:
        """What the exchange answers to ours."""
        return [
            event
            for message in messages
            for frame in self.exchange.heard(self.line, message, self.exchange.moment)
            for event in self.read(frame)
        ]

    def subscribed(self) -> list[Event]:
        return self.heard(self.wire.subscribe(self.subscriptions, 1))

    def read(self, frame: Outgoing) -> Sequence[Event]:
        is_binary = isinstance(frame, bytes)
        return self.wire.decode(frame if isinstance(frame, bytes) else frame.encode(), is_binary=is_binary)

    def until(self, seconds: float) -> Iterator[Event]:
        """All that comes up to then."""
        for _, frames in self.hall.advance(NOW + seconds):
            for frame in frames:
                yield from self.read(frame)

    def answered(self, request: Request) -> bytes:
        answer = self.exchange.answer("GET", request.path, dict(request.query), b"", self.exchange.moment)
        assert answer is not None, request.path
        return answer.body

    def true(self, depth: int | None = None) -> tuple[list[tuple[Decimal, Decimal]], ...]:
        return tuple(exact(side) for side in self.exchange.books["ETH/USDT"].top(depth))


def exact(side: Sequence[tuple[str, str]]) -> list[tuple[Decimal, Decimal]]:
    """Levels by their value: HTX spells a number in its own way."""
    return [(Decimal(price), Decimal(quantity)) for price, quantity in side]


class Plain:
    """A book of snapshots and deltas without any judgement, and whether each follows on the last."""

    def __init__(self) -> None:
        self.sides: tuple[dict[Decimal, tuple[str, str]], dict[Decimal, tuple[str, str]]] = ({}, {})
        self.last: int | None = None
        self.deltas = 0

    def take(self, event: Event, *, is_numbered: bool = True) -> None:
        if event.kind is Kind.SNAPSHOT:
            self.sides = ({}, {})
        elif is_numbered:
            assert self.last is not None
            assert self.last in (event.previous, None if event.first is None else event.first - 1)
            self.deltas += 1
        for side, levels in zip(self.sides, (event.bids, event.asks), strict=True):
            side.update({Decimal(price): (price, quantity) for price, quantity in levels})
            for price in [price for price, level in side.items() if not float(level[1])]:
                del side[price]
        self.last = event.last

    def best(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        bids, asks = self.sides
        return [bids[price] for price in sorted(bids, reverse=True)], [asks[price] for price in sorted(asks)]


def snapshot_of(watched: Watched, told: list[Event]) -> Event:
    """However the exchange gives the book that deltas follow on."""
    if watched.wire.CAPABILITY.book_from_rest:
        request = watched.lists.book_request(watched.symbol)
        (event,) = watched.lists.decode_answer(request.url, watched.answered(request))
        return event
    message = watched.wire.snapshot_message(watched.symbol, 9)
    events = watched.heard([message]) if message else told
    return next(event for event in events if event.kind is Kind.SNAPSHOT)


@pytest.mark.parametrize("exchange", VENUES)
def test_snapshot_and_deltas_make_the_true_book_at_every_change(exchange: str) -> None:
    watched, book = Watched(exchange, Feed.DELTA), Plain()
    told = watched.subscribed()
    assert told[0].kind is Kind.ACK
    book.take(snapshot_of(watched, told))
    for tenth in range(1, 200):
        for event in watched.until(tenth / 10):
            if event.kind is Kind.DELTA:
                assert event.symbol == watched.symbol
                book.take(event)
            else:
                assert event.kind is Kind.PING
        assert tuple(exact(side) for side in book.best()) == watched.true()
    assert book.deltas > 30


@pytest.mark.parametrize("exchange", VENUES)
def test_first_levels_and_best_prices_are_those_of_the_true_book(exchange: str) -> None:
    wanted = [feed for feed in (Feed.TOP, Feed.BBO) if feed in wire_of(exchange).CAPABILITY.feeds]
    watched = Watched(exchange, *wanted)
    kinds = [event.kind for event in watched.subscribed()]
    assert kinds.count(Kind.ACK) == (1 if exchange == "xt" else len(wanted))
    newest: dict[Kind, Event] = {}
    for second in range(1, 20):
        newest |= {event.kind: event for event in watched.until(second)}
        newest |= {event.kind: event for event in watched.until(second + 0.999)}
    assert {Kind.TOP, Kind.TICKER} & newest.keys() == {Kind.TOP if feed is Feed.TOP else Kind.TICKER for feed in wanted}
    if exchange in ("mexc", "bitget"):
        top = newest[Kind.TOP]
        assert (exact(top.bids), exact(top.asks)) == watched.true({"mexc": 20, "bitget": 50}[exchange])
    if Kind.TICKER in newest:
        ticker = newest[Kind.TICKER]
        assert (exact(ticker.bids), exact(ticker.asks)) == watched.true(1)


@pytest.mark.parametrize("exchange", ["htx", "xt"])
def test_a_view_that_comes_once_a_second_is_then_the_true_one(exchange: str) -> None:
    watched = Watched(exchange, Feed.TOP)
    watched.subscribed()
    found = 0
    for tenth in range(1, 100):
        for event in watched.until(tenth / 10):
            if event.kind is Kind.TOP and event.last == watched.exchange.books["ETH/USDT"].last:
                depth = wire_of(exchange).CAPABILITY.top_depth
                assert (exact(event.bids), exact(event.asks)) == watched.true(depth)
                found += 1
    assert 3 <= found <= 20


def test_bitgets_older_wire_has_a_checksum_that_verifies_and_a_fault_makes_it_wrong() -> None:
    watched, book = Watched("bitget", Feed.DELTA), Plain()
    opened = watched.exchange.open("/v2/ws/public", NOW)
    assert opened is not None
    watched.line = opened[0]
    argument = {"instType": "SPOT", "channel": "books", "instId": "ETHUSDT"}
    ack, snapshot = watched.heard([json.dumps({"op": "subscribe", "args": [argument]})])
    assert (ack.kind, snapshot.checksum) == (Kind.ACK, None)
    book.take(snapshot)
    for event in watched.until(10):
        book.take(event, is_numbered=False)
        assert event.checksum == colon_checksum(*book.best())
    watched.hall.faults.add(FaultRule(FaultName.WRONG_CHECKSUM), NOW + 10)
    spoilt = next(watched.until(12))
    book.take(spoilt, is_numbered=False)
    assert spoilt.checksum != colon_checksum(*book.best())


@pytest.mark.parametrize("exchange", VENUES)
def test_what_does_not_exist_is_refused_and_what_ends_is_silent(exchange: str) -> None:
    nothing = Watched(exchange, Feed.DELTA, symbol="NOSUCH" if exchange in ("mexc", "bitget") else "nosuch")
    assert [event.kind for event in nothing.subscribed()] == [Kind.REFUSED]
    watched = Watched(exchange, Feed.DELTA)
    watched.subscribed()
    watched.heard(watched.wire.unsubscribe(watched.subscriptions, 5))
    assert all(event.kind is Kind.PING for event in watched.until(6))


@pytest.mark.parametrize("exchange", VENUES)
def test_a_sign_of_life_is_answered_or_asked_for(exchange: str) -> None:
    watched = Watched(exchange, Feed.DELTA)
    ping = watched.wire.ping(1)
    if ping is not None:
        assert [event.kind for event in watched.heard([ping])] == [Kind.PONG]
        return
    pings = [event.detail for second in range(1, 22) for event in watched.until(second) if event.kind is Kind.PING]
    assert len(pings) == 4
    assert watched.heard(pings) == []


@pytest.mark.parametrize("exchange", VENUES)
def test_lists_best_prices_and_the_clock_are_read_as_they_are_told(exchange: str) -> None:
    watched = Watched(exchange)
    lists = watched.lists
    listed = lists.instruments({request.url: watched.answered(request) for request in lists.instrument_requests()})
    assert listed.left_out == ()
    by_pair = {f"{one.base}/{one.quote}": one for one in listed.instruments}
    for symbol, book in watched.exchange.books.items():
        one, what = by_pair[symbol], book.instrument
        assert one.symbol == watched.exchange.dialect.symbol(book)
        assert (one.price_step, one.quantity_step) == (
            Decimal(1).scaleb(-what.price_decimals),
            Decimal(1).scaleb(-what.quantity_decimals),
        )
        assert one.taker_fee == (None if exchange == "htx" else what.taker_fee)
        assert one.min_notional == what.min_notional or what.quote == "BTC"
    bulk = lists.bulk_request()
    assert bulk is not None
    best = {event.symbol: event for event in lists.decode_answer(bulk.url, watched.answered(bulk))}
    assert (exact(best[watched.symbol].bids), exact(best[watched.symbol].asks)) == watched.true(1)
    clock = lists.time_request()
    assert clock is not None
    assert lists.time_ms(watched.answered(clock)) == int(NOW * 1000)


@pytest.mark.parametrize("exchange", ["bitget", "htx", "xt"])
def test_public_lists_tell_where_an_asset_lives_and_what_is_closed(exchange: str) -> None:
    watched = Watched(exchange)
    (request,) = watched.lists.currency_requests()
    found = watched.lists.currencies({request.url: watched.answered(request)})
    assert found.left_out == ()
    chains = {one.asset: one for one in found.chains}
    usdt = None if exchange == "htx" else "0xdac17f958d2ee523a2206206994597c13d831ec7"
    assert (chains["USDT"].contract, chains["BTC"].contract) == (usdt, None if exchange == "htx" else "")
    assert chains["ETH"].withdrawal_fee == watched.exchange.books["ETH/USDT"].instrument.withdrawal_fee


def test_mexcs_list_of_currencies_wants_a_key_and_a_connection_has_thirty_streams() -> None:
    watched = Watched("mexc", Feed.DELTA)
    (request,) = watched.lists.currency_requests()
    assert watched.lists.currencies({request.url: watched.answered(request)}).chains == ()
    pairs = [watched.exchange.dialect.symbol(book) for book in watched.exchange.all()]
    topics = [f"spot@public.limit.depth.v3.api.pb@{pair}@{depth}" for pair in pairs for depth in (5, 10, 20)]
    topics += [f"spot@public.aggre.depth.v3.api.pb@{speed}@{pair}" for pair in pairs for speed in ("10ms", "100ms")]
    kinds = [event.kind for event in watched.heard([json.dumps({"method": "SUBSCRIPTION", "params": topics})])]
    assert kinds == [Kind.ACK] * 30 + [Kind.REFUSED] * (len(topics) - 30)
    assert len(topics) > 30
