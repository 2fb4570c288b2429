"""OKX, Bybit, Gate, BingX as simulated: what our own decoders make of them is the true book, at each of its changes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.listing import assets_of
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Request, Subscription, message_sent_at

NOW = 1_796_000_000.0
NOW_MS = int(NOW * 1000)
FIRST = ("okx", "bybit", "gate", "bingx")


class Talk:
    """One simulated exchange, one socket, and what our decoder understands of it."""

    def __init__(self, exchange: str) -> None:
        self.wire, self.lists, self.name = wire_of(exchange), lists_of(exchange), exchange
        self.hall = Hall(ExchangesOptions(exchanges=(exchange,), symbols=("BTC/USDT", "ETH/USDT")), NOW)
        self.exchange: SimulatedExchange = self.hall.exchanges[exchange]
        self.truth = self.exchange.books["BTC/USDT"]
        self.symbol = self.exchange.dialect.symbol(self.truth)
        found = self.exchange.open(self.wire.opening([])[0], NOW)
        assert found is not None
        self.line: Line = found[0]

    def read(self, frames: Sequence[Outgoing]) -> list[Event]:
        events: list[Event] = []
        for frame in frames:
            body = frame.encode() if isinstance(frame, str) else frame
            events += self.wire.decode(body, is_binary=isinstance(frame, bytes))
        assert [event for event in events if event.kind is Kind.UNREADABLE] == []
        return events

    def say(self, message: str, at: float = NOW) -> list[Event]:
        return self.read(self.exchange.heard(self.line, message_sent_at(message, int(at * 1000)), at))

    def subscribe(self, *feeds: Feed, depth: int | None = None) -> list[Event]:
        wanted = [Subscription(feed, self.symbol, depth) for feed in feeds]
        return [event for message in self.wire.subscribe(wanted, 1) for event in self.say(message)]

    def later(self, seconds: float) -> list[Event]:
        return [event for _, frames in self.hall.advance(NOW + seconds) for event in self.read(frames)]

    def ask(self, request: Request, at_ms: int = NOW_MS) -> bytes:
        sent = request.sent_at(at_ms)
        answer = self.exchange.answer("GET", sent.path, dict(sent.query), b"", at_ms / 1000)
        assert answer is not None
        return answer.body

    def true_top(self, depth: int | None = None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        bids, asks = self.truth.top(depth)
        return bids, asks


def follow(book: dict[str, dict[str, str]], event: Event) -> None:
    if event.kind is Kind.SNAPSHOT:
        book["bids"], book["asks"] = dict(event.bids), dict(event.asks)
        return
    for side, levels in (("bids", event.bids), ("asks", event.asks)):
        book[side] |= dict(levels)
        book[side] = {price: quantity for price, quantity in book[side].items() if float(quantity)}


@pytest.mark.parametrize("exchange", FIRST)
def test_a_book_of_snapshot_and_deltas_is_the_true_one_at_each_update(exchange: str) -> None:
    talk, deltas = Talk(exchange), 0
    acknowledged, snapshot = talk.subscribe(Feed.DELTA)
    assert (acknowledged.kind, acknowledged.request_id) == (Kind.ACK, "1")
    assert (snapshot.kind, snapshot.symbol, snapshot.last) == (Kind.SNAPSHOT, talk.symbol, talk.truth.last)
    book: dict[str, dict[str, str]] = {}
    follow(book, snapshot)
    last = snapshot.last
    for tenth in range(1, 150):
        for event in [one for one in talk.later(tenth / 10) if one.kind is Kind.DELTA]:
            assert event.previous == last if exchange == "okx" else event.first == (last or 0) + 1
            follow(book, event)
            last, deltas = event.last, deltas + 1
        assert last == talk.truth.last
        assert [dict(side) for side in talk.true_top()] == [book["bids"], book["asks"]]
    assert deltas > 20


@pytest.mark.parametrize("exchange", FIRST)
def test_first_levels_and_best_prices_are_the_true_ones(exchange: str) -> None:
    talk = Talk(exchange)
    told = talk.subscribe(Feed.BBO, Feed.TOP, depth=5)
    depth = 1 if exchange == "bybit" else 5
    for moment in range(40):
        told += talk.later(moment / 10)
    tops = [event for event in told if event.kind is Kind.TOP]
    best = [event for event in told if event.kind is (Kind.TOP if exchange == "bybit" else Kind.TICKER)]
    bids, asks = talk.true_top(depth)
    assert (sorted(tops[-1].bids, key=lambda level: -float(level[0])), sorted(tops[-1].asks)) == (bids, asks)
    assert (best[-1].bids[0], best[-1].asks[0]) == (bids[0], asks[0])
    assert len(tops) > 1, "it moves"


@pytest.mark.parametrize("exchange", FIRST)
def test_what_was_unsubscribed_stays_silent(exchange: str) -> None:
    talk, wanted = Talk(exchange), [Subscription(Feed.DELTA, Talk(exchange).symbol)]
    talk.subscribe(Feed.DELTA)
    (ended,) = [event for message in talk.wire.unsubscribe(wanted, 9) for event in talk.say(message)]
    assert ended.kind in (Kind.ACK, Kind.IGNORED)
    assert {event.kind for event in talk.later(3)} <= {Kind.PING}


@pytest.mark.parametrize("exchange", FIRST)
def test_a_symbol_that_is_not_there_is_refused(exchange: str) -> None:
    talk = Talk(exchange)
    unknown = Subscription(Feed.DELTA, talk.symbol.replace("BTC", "NOSUCH"))
    (event,) = [event for message in talk.wire.subscribe([unknown], 5) for event in talk.say(message)]
    assert (event.kind, event.request_id) == (Kind.REFUSED, "5")
    assert event.detail
    assert [one for one in talk.later(2) if one.bids] == []


@pytest.mark.parametrize("exchange", FIRST)
@pytest.mark.parametrize("message", ["{", "[]", "null", "{}", '{"op":1}', '{"channel":"spot.obu","event":"subscribe"}'])
def test_nonsense_is_answered_and_never_breaks_the_exchange(exchange: str, message: str) -> None:
    talk = Talk(exchange)
    (answer,) = talk.exchange.heard(talk.line, message_sent_at(message, NOW_MS), NOW)
    assert any(event.kind is Kind.REFUSED for event in talk.read([answer]))


@pytest.mark.parametrize("exchange", ["okx", "bybit", "gate"])
def test_a_sign_of_life_is_answered(exchange: str) -> None:
    talk = Talk(exchange)
    message = talk.wire.ping(NOW_MS)
    assert message is not None
    assert [event.kind for event in talk.say(message)] == [Kind.PONG]


def test_bingx_pings_every_five_seconds_in_two_ways_and_takes_the_pongs() -> None:
    talk = Talk("bingx")
    pings = [event for second in range(1, 22) for event in talk.later(second) if event.kind is Kind.PING]
    assert len(pings) == 4
    assert {ping.detail == "Pong" for ping in pings} == {True, False}
    assert [event for ping in pings for event in talk.say(ping.detail, NOW + 22)] == []


def test_bingx_sends_asks_worst_first_packed_and_swaps_its_letters() -> None:
    talk = Talk("bingx")
    _, top = talk.exchange.heard(talk.line, '{"id":"1","reqType":"sub","dataType":"BTC-USDT@depth20"}', NOW)
    assert isinstance(top, bytes)
    asks = json.loads(gzip.decompress(top))["data"]["asks"]
    assert asks == [list(level) for level in reversed(talk.true_top(20)[1])]
    *_, ticker = talk.say('{"id":"2","reqType":"sub","dataType":"BTC-USDT@ticker"}')
    assert [side[0] for side in (ticker.bids, ticker.asks)] == [side[0] for side in talk.true_top(1)]


def test_bybit_takes_ten_topics_a_request_and_all_or_none_of_them() -> None:
    talk = Talk("bybit")
    topics = [f"orderbook.50.{name}" for name in ("BTCUSDT", "NOSUCH")]
    (refused,) = talk.say(json.dumps({"op": "subscribe", "args": topics}))
    (many,) = talk.say(json.dumps({"op": "subscribe", "args": [topics[0]] * 11}))
    assert (refused.kind, refused.detail) == (Kind.REFUSED, "Invalid topic: orderbook.50.NOSUCH")
    assert (many.kind, many.detail) == (Kind.REFUSED, "args size >10")
    assert talk.line.session.subscriptions == {}


def test_gate_refuses_the_same_stream_twice_and_goes_on_from_a_rest_snapshot() -> None:
    talk = Talk("gate")
    talk.subscribe(Feed.DELTA)
    (twice,) = talk.subscribe(Feed.DELTA)
    assert (twice.kind, twice.symbol, twice.detail) == (Kind.REFUSED, "BTC_USDT", "2 Alert sub ob.BTC_USDT.50")
    talk = Talk("gate")
    asked = {"channel": "spot.order_book_update", "event": "subscribe", "payload": ["BTC_USDT", "100ms"]}
    talk.say(json.dumps({"time": int(NOW), **asked}))
    request = talk.lists.book_request("BTC_USDT")
    (snapshot,) = talk.lists.decode_answer(request.url, talk.ask(request))
    first = next(event for tenth in range(1, 100) for event in talk.later(tenth / 10) if event.kind is Kind.DELTA)
    assert (first.first or 0) <= (snapshot.last or 0) + 1 <= (first.last or 0)


def test_okx_says_after_a_minute_of_calm_that_its_book_stands() -> None:
    talk = Talk("okx")
    _, snapshot = talk.subscribe(Feed.DELTA)
    said = talk.read(talk.exchange.dialect.beat(talk.line.session, Calm(talk.exchange, NOW_MS + 61_000)))
    assert [(event.kind, event.previous, event.last, event.bids) for event in said] == [
        (Kind.DELTA, snapshot.last, snapshot.last, ())
    ]


class Calm:
    """An exchange's books at another time."""

    address = ""

    def __init__(self, exchange: SimulatedExchange, now_ms: int) -> None:
        self._exchange, self._now = exchange, now_ms

    def all(self) -> Any:
        return self._exchange.all()

    def now_ms(self) -> int:
        return self._now


@pytest.mark.parametrize("exchange", FIRST)
def test_lists_books_best_prices_and_the_clock_come_by_rest(exchange: str) -> None:
    talk = Talk(exchange)
    (asked,) = talk.lists.instrument_requests()
    listed = talk.lists.instruments({asked.url: talk.ask(asked)})
    assert listed.left_out == ()
    theirs = {talk.exchange.dialect.symbol(book): book.instrument for book in talk.exchange.all()}
    assert {one.symbol for one in listed.instruments} == set(theirs)
    for one in listed.instruments:
        what = theirs[one.symbol]
        assert (one.base, one.quote) == (what.base, what.quote)
        steps = [Decimal(1).scaleb(-decimals) for decimals in (what.price_decimals, what.quantity_decimals)]
        assert [one.price_step, one.quantity_step] == steps
        assert one.min_notional == (0 if exchange == "okx" else what.min_notional)
        assert one.taker_fee in (None, what.taker_fee)
    request = talk.lists.book_request(talk.symbol)
    (book,) = talk.lists.decode_answer(request.sent_at(NOW_MS).url, talk.ask(request))
    bids, asks = talk.true_top()
    assert (book.kind, dict(book.bids), dict(book.asks)) == (Kind.SNAPSHOT, dict(bids), dict(asks))
    bulk = talk.lists.bulk_request()
    assert bulk is not None
    best = {event.symbol: event for event in talk.lists.decode_answer(bulk.url, talk.ask(bulk))}
    assert set(best) == set(theirs)
    assert (best[talk.symbol].bids[0][0], best[talk.symbol].asks[0][0]) == (bids[0][0], asks[0][0])
    clock = talk.lists.time_request()
    assert clock is not None
    assert talk.lists.time_ms(talk.ask(clock)) == NOW_MS


@pytest.mark.parametrize("exchange", FIRST)
def test_currencies_want_a_key_except_at_gate_and_paths_that_are_not_there_are_not_found(exchange: str) -> None:
    talk = Talk(exchange)
    (asked,) = talk.lists.currency_requests()
    found = talk.lists.currencies({asked.url: talk.ask(asked)})
    if exchange == "gate":
        assert {(one.asset, one.chain, one.contract) for one in found.chains} == {
            (what.ticker, what.chain, what.contract) for what in assets_of(talk.exchange.all())
        }
    else:
        assert found.chains == ()
        assert found.left_out[0].name == "the list"
    assert talk.exchange.answer("GET", "/api/none", {}, b"", NOW) is None


@pytest.mark.parametrize("apart", [-61, 61, None])
def test_gate_refuses_a_request_whose_time_is_not_now(apart: int | None) -> None:
    talk = Talk("gate")
    (text,) = talk.wire.subscribe([Subscription(Feed.DELTA, talk.symbol)], 1)
    said = text if apart is None else message_sent_at(text, NOW_MS + apart * 1000)
    (refused,) = talk.read(talk.exchange.heard(talk.line, said, NOW))
    assert refused.kind is Kind.REFUSED
    assert "time" in refused.detail
    asked = [message_sent_at(text, NOW_MS + 59_000), *talk.wire.unsubscribe([Subscription(Feed.DELTA, talk.symbol)], 2)]
    kinds = [event.kind for one in asked for event in talk.say(one)]
    assert Kind.REFUSED not in kinds
