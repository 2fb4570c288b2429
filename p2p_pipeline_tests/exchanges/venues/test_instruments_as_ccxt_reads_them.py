"""Instruments of five exchanges held against ccxt's reading of the same bodies; differences are explained by name.

ccxt takes 3 seconds to import: the long form.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.connector import lists_of
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.venues.recorded import answers, needs_recordings

FIVE = ("kraken", "coinbase", "kucoin", "bitfinex", "upbit")
NOW = 1_796_000_000.0

DIFFERENT = {
    ("coinbase", "taker"): "the list has no fee: ccxt says 1.2 % of its own, ours is the label of the capability",
    ("kucoin", "cost"): "ccxt takes quoteMinSize, the least of a market order; ours is minFunds, the least of any",
    ("kucoin", "taker"): "ccxt takes it from the tickers, ours is the class's rate times the pair's coefficient",
    ("bitfinex", "taker"): "ccxt still carries 0.2 %; the exchange has taken nothing since 2025-12",
    ("bitfinex", "price"): "ccxt says five significant digits; ours is the least step there can be",
    ("bitfinex", "amount"): "ccxt says eight decimals, which is our step",
    ("upbit", "cost"): "ccxt knows no minimum; 5,000 won is told by public clients",
}
OTHER_COINS = {("upbit", "TON"): "Tokamak Network"}
"""What a ticker means there by ccxt: the ticker stays ours, and identity/ holds it for doubtful."""
CCXT_ONLY = {"coinbase": "a product in USDC is a market of its own there; here a second name of the book in USD"}


def theirs_of(exchange: str, asked: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """ccxt's markets by its id, made of the answers that are given it."""
    import ccxt

    peer = getattr(ccxt, exchange)({"options": {"fetchMarkets": {"types": ["spot"], "fetchTickersFees": False}}})

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        path = urlsplit(url).path.removesuffix("/")
        return peer.parse_json(answer_to(exchange, path, asked).decode())

    peer.fetch = fetch
    return {market["id"]: market for market in peer.fetch_markets()}


def answer_to(exchange: str, path: str, asked: dict[str, bytes]) -> bytes:
    if exchange == "bitfinex":
        # ccxt asks for several lists at once.
        pairs = asked["/v2/conf/pub:info:pair"].decode().strip()[1:-1]
        return f"[{pairs},[],[],[]]".encode()
    nothing = {"coinbase": b'{"data":[],"products":[]}', "kraken": b'{"error":[],"result":{}}'}
    return next((body for known, body in asked.items() if known == path), nothing.get(exchange, b"[]"))


def compared(exchange: str, ours: tuple[Instrument, ...], theirs: dict[str, dict[str, Any]]) -> int:
    """Each of ours is there with the same names, steps, minima and fee; how many."""
    for one in ours:
        names = (one.symbol, *one.aliases)
        market = next(theirs[name] for name in names if name in theirs)
        assert (OTHER_COINS.get((exchange, one.base), one.base), one.quote) == (market["base"], market["quote"])
        limits = market["limits"]
        for what, our, their in (
            ("price", one.price_step, market["precision"]["price"]),
            ("amount", one.quantity_step, market["precision"]["amount"]),
            ("cost", one.min_notional, limits["cost"]["min"] or 0),
            ("quantity", one.min_quantity, limits["amount"]["min"] or 0),
            ("taker", one.taker_fee, market.get("taker")),
        ):
            if (exchange, what) not in DIFFERENT:
                assert our == Decimal(str(their)), f"{exchange} {one.symbol} {what}"
    return len(ours)


@pytest.mark.long
@only_long
@needs_recordings
@pytest.mark.parametrize("exchange", FIVE)
def test_recorded_bodies_give_what_ccxt_makes_of_them(exchange: str) -> None:
    recorded = answers(exchange)["instruments"]
    asked = {urlsplit(recorded.url).path: recorded.body}
    ours, theirs = lists_of(exchange).instruments(asked).instruments, theirs_of(exchange, asked)
    assert compared(exchange, ours, theirs) == len(theirs) - (exchange in CCXT_ONLY)


@pytest.mark.long
@only_long
@pytest.mark.parametrize("exchange", FIVE)
def test_forty_simulated_markets_give_what_ccxt_makes_of_them(exchange: str) -> None:
    simulated = Hall(ExchangesOptions(exchanges=(exchange,)), NOW).exchanges[exchange]
    asked = {}
    for request in lists_of(exchange).instrument_requests():
        answer = simulated.answer(request.method, request.path, dict(request.query), b"", NOW)
        assert answer is not None
        asked[request.path] = answer.body
    ours, theirs = lists_of(exchange).instruments(asked).instruments, theirs_of(exchange, asked)
    assert compared(exchange, ours, theirs) >= 40
