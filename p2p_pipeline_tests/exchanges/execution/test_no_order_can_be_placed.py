"""No code path of the exchanges, or of paper sessions, can reach an order endpoint: by REST, a socket, or a library."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.venues.connector import NAMES, lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Request, Subscription
from p2p_pipeline.paper.wire.asking import (
    SOCKET_PATH,
    candles_request,
    instruments_request,
    kline_topic,
    ping,
    subscribe,
    ticker_topic,
    unsubscribe,
)
from p2p_pipeline_tests.test_architecture import MODULES, imports_of

ALLOWED = {
    "binance": ("/api/v3/depth", "/api/v3/ticker/bookTicker", "/api/v3/exchangeInfo", "/api/v3/time"),
    "okx": ("/api/v5/market/", "/api/v5/public/"),
    "kraken": ("/0/public/",),
    "bybit": ("/v5/market/",),
    "coinbase": ("/api/v3/brokerage/market/", "/api/v3/brokerage/time", "/currencies"),
    "kucoin": ("/api/v1/market/", "/api/v2/symbols", "/api/v3/currencies", "/api/v1/timestamp", "/api/v1/symbols"),
    "gate": ("/api/v4/spot/order_book", "/api/v4/spot/tickers", "/api/v4/spot/currency_pairs",
             "/api/v4/spot/currencies", "/api/v4/spot/time"),
    "mexc": ("/api/v3/depth", "/api/v3/ticker/bookTicker", "/api/v3/exchangeInfo", "/api/v3/time"),
    "bitget": ("/api/v2/spot/market/", "/api/v2/spot/public/", "/api/v2/public/time"),
    "htx": ("/market/", "/v1/common/", "/v2/settings/common/", "/v2/reference/currencies", "/v1/settings/common/"),
    "upbit": ("/v1/orderbook", "/v1/market/all"),
    "bingx": ("/openApi/spot/v1/market/", "/openApi/spot/v1/ticker/", "/openApi/spot/v1/common/symbols",
              "/openApi/swap/v2/server/time"),
    "bitfinex": ("/v2/book/", "/v2/tickers", "/v2/conf/pub:"),
    "xt": ("/v4/public/",),
}  # fmt: skip
"""What is asked by GET: public market data, lists and clocks."""

NEEDS_KEY = {
    "binance": "GET /sapi/v1/capital/config/getall",
    "okx": "GET /api/v5/asset/currencies",
    "kraken": "POST /0/private/WithdrawMethods",
    "bybit": "GET /v5/asset/coin/query-info",
    "mexc": "GET /api/v3/capital/config/getall",
    "bingx": "GET /openApi/wallets/v1/capital/config/getall",
    "upbit": "GET /v1/status/wallet",
}
"""Lists that an exchange gives only against a key. Nothing here has one or can sign: they are never sent."""

TOKEN = "POST /api/v1/bullet-public"
"""KuCoin's token for public sockets, the one request that is no GET."""

VERBS = {"subscribe", "unsubscribe", "subscription", "unsubscription", "sub", "unsub", "ping", "pong", "conf"}
"""What a message over a socket may ask for."""

ORDERS = re.compile(
    r"(?i)(/orders?\b(?!_?book)|batch.?orders?|order\.(place|test|cancel|create)|new_?order|place_?order|create_?order"
    r"|cancel_?order|add_?order|/withdraw(al)?s?\b|withdraw/apply|/transfer\b|/margin/|/trade/order|\bon\b\W+\bnull\b)"
)
SIGNING = re.compile(
    r"(?i)(\bhmac\b|ed25519|\bjwt\b|X-MBX-APIKEY|OK-ACCESS|KC-API|X-BAPI|API-Sign|ACCESS-SIGN|x-mexc-apikey|bfx-apikey"
    r"|validate-signature|\bcreate_order\b|\bapi_?secret\b)"
)
EXCHANGES = {
    name: path
    for name, path in MODULES.items()
    if name.startswith(("p2p_pipeline.exchanges.", "p2p_pipeline.paper."))
    and not name.startswith("p2p_pipeline.exchanges.simulator")
}
SENDERS = {"p2p_pipeline.exchanges.connections.rest", "p2p_pipeline.exchanges.connections.connection"}
"""The two files that send: what they are given by venues/ and nothing else."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def requests_of(exchange: str) -> Iterator[Request]:
    lists = lists_of(exchange)
    made = [lists.connect_request(), lists.book_request("BTCUSDT"), lists.bulk_request(), lists.time_request()]
    yield from (request for request in made if request is not None)
    yield from (*lists.instrument_requests(), *lists.currency_requests())


@pytest.mark.parametrize("exchange", NAMES)
def test_every_request_that_can_be_made_is_for_public_market_data(exchange: str) -> None:
    needing_key = NEEDS_KEY.get(exchange)
    for request in requests_of(exchange):
        asked = f"{request.method} {request.path}"
        if asked == needing_key:
            assert wire_of(exchange).CAPABILITY.currencies_need_key
            continue
        assert asked == TOKEN or request.method == "GET", asked
        assert asked == TOKEN or request.path.startswith(ALLOWED[exchange]), f"{asked} is not known to be public"
        assert not ORDERS.search(request.path)


@pytest.mark.parametrize("exchange", NAMES)
def test_every_message_that_can_be_sent_over_a_socket_asks_for_market_data_or_is_a_sign_of_life(exchange: str) -> None:
    wire = wire_of(exchange)
    wanted = [Subscription(feed, "BTCUSDT", 20) for feed in wire.CAPABILITY.feeds] + [Subscription(Feed.BBO, "BTCUSDT")]
    # Bitfinex ends a channel by its number.
    ended = [replace(one, symbol="#17") for one in wanted] if exchange == "bitfinex" else wanted
    messages = [*wire.subscribe(wanted, 1), *wire.unsubscribe(ended, 1), *wire.opening(wanted)[1]]
    messages += [text for text in (wire.ping(1), wire.snapshot_message("BTCUSDT", 1)) if text is not None]
    assert messages
    for message in messages:
        assert not ORDERS.search(message), message
        assert not re.search(r"(?i)\b(auth|login|apikey|sign)\b", message), message
        if message.startswith("{"):
            said = json.loads(message)
            verbs = {str(said[name]).lower() for name in ("op", "method", "event", "action", "reqType") if name in said}
            assert verbs <= VERBS, message


def strings_of(path: Path) -> Iterator[tuple[int, str]]:
    """Texts that a program could send: not its docstrings."""
    tree = tree_of(path)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_text_of_the_package_names_an_order_endpoint_and_nothing_can_sign() -> None:
    found = [
        f"{name} line {line}: {text!r}"
        for name, path in EXCHANGES.items()
        if ORDERS.search(whole := path.read_text(encoding="utf-8")) or SIGNING.search(whole)
        for line, text in strings_of(path)
        if ORDERS.search(text) or SIGNING.search(text)
    ]
    assert found == []
    names = [
        f"{name}: {module}"
        for name, path in EXCHANGES.items()
        for module in imports_of(path)
        if module.split(".")[0]
        in {"hmac", "jwt", "cryptography", "nacl", "ccxt", "pybit", "requests", "aiohttp", "urllib3"}
    ]
    assert names == [], "libraries that can sign, or can place an order"


def test_only_two_files_send_and_they_send_what_venues_wrote() -> None:
    verbs = {"post", "put", "delete", "patch", "request", "stream", "send"}
    found = set()
    for name, path in EXCHANGES.items():
        tree = tree_of(path)
        modules = imports_of(path)
        calls = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        if {module.split(".")[0] for module in modules} & {"httpx", "websockets", "socket", "http"} and calls & verbs:
            found.add(name)
    assert found == SENDERS
    made = {
        name
        for name, path in EXCHANGES.items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Request"
    }
    assert {".".join(name.split(".")[1:3]) for name in made} == {"exchanges.venues", "paper.wire"}


def test_what_a_paper_session_asks_for_is_public_market_data() -> None:
    for request in (instruments_request(""), instruments_request("next"), candles_request("BTCUSDT", 5)):
        assert request.method == "GET"
        assert request.path.startswith(ALLOWED["bybit"])
        assert ("category", "linear") in request.query
    topics = [ticker_topic("BTCUSDT"), kline_topic("BTCUSDT", 5)]
    for message in (subscribe(topics, 1), unsubscribe(topics, 1), ping(1)):
        assert not ORDERS.search(message)
        assert json.loads(message)["op"] in VERBS
    assert SOCKET_PATH == "/v5/public/linear"


def test_the_room_of_execution_knows_no_socket_and_nobody_hands_it_one() -> None:
    room = "p2p_pipeline.exchanges.execution"
    for name, path in MODULES.items():
        inside = name.startswith(f"{room}.")
        if not inside and "execution" not in path.read_text(encoding="utf-8"):
            continue
        for other in imports_of(path):
            if inside:
                assert not other.startswith(("httpx", "websockets", "socket", "p2p_pipeline.exchanges.connections")), (
                    name
                )
                assert not other.startswith("p2p_pipeline.exchanges.venues"), name
            else:
                assert not other.startswith(f"{room}."), f"{name} plans orders; this test must learn of it"
