"""Whatever a client sends or asks: a dialect answers in its own words or not at all, and never falls over."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Subscription
from p2p_pipeline_tests.effort import this_many

NOW = 1_796_000_000.0
WORDS = st.sampled_from(
    ["op", "method", "args", "params", "id", "sub", "unsub", "req", "event", "channel", "symbol", "type", "topic",
     "instId", "payload", "subscribe", "SUBSCRIBE", "SUBSCRIPTION", "book", "BTCUSDT", "market.btcusdt.mbp.150"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
MESSAGES = JSON.map(json.dumps) | st.text(max_size=20) | st.binary(max_size=20)
QUERIES = st.dictionaries(
    st.sampled_from(["symbol", "limit", "depth", "len", "type", "instId", "sz", "symbols", "markets", "currency_pair"]),
    st.sampled_from(["", "BTCUSDT", "0", "-1", "x", "99999999999999999999", "１"]) | st.text(max_size=4),
)


@cache
def hall(exchange: str) -> Hall:
    return Hall(ExchangesOptions(exchanges=(exchange,), symbols=("BTC/USDT",)), NOW)


@pytest.mark.parametrize("exchange", EXCHANGES)
@settings(max_examples=this_many(6, 500), deadline=None)
@given(message=MESSAGES, query=QUERIES)
def test_anything_is_answered_or_not(exchange: str, message: str | bytes, query: dict[str, str]) -> None:
    simulated = hall(exchange).exchanges[exchange]
    opened = simulated.open(wire_of(exchange).opening([Subscription(Feed.TOP, "BTCUSDT")])[0], NOW)
    assert opened is not None
    line = opened[0]
    assert all(isinstance(frame, str | bytes) for frame in simulated.heard(line, message, NOW))
    simulated.closed(line)
    lists = lists_of(exchange)
    bulk = lists.bulk_request()
    for request in filter(None, (lists.book_request("BTCUSDT"), bulk, *lists.instrument_requests())):
        answer = simulated.answer("GET", request.path, dict(request.query) | query, b"", NOW)
        assert answer is None or json.loads(answer.body) is not Ellipsis
