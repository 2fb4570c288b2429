"""Strangers' clients read the simulator's books correctly: ccxt.pro for all fourteen, pybit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from pybit import unified_trading

from p2p_pipeline.exchanges.simulator.dialects.catalogue import dialect_of
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import RunningExchanges, running_exchanges
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.strangers import ROUND_SECONDS, RestingClock, has_moved, read_by_stranger

NOW = 1_796_000_000.0
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


def equal_rounds(exchange: str, symbol: str, rounds: int) -> int:
    clock = RestingClock(NOW)
    options = ExchangesOptions(exchanges=(exchange,), symbols=SYMBOLS, clock=clock)
    with running_exchanges(options) as running:
        return asyncio.run(read_by_stranger(running, clock, exchange, symbol, rounds))


def test_ccxt_rebuilds_the_true_book_of_binance_out_of_deltas() -> None:
    assert equal_rounds("binance", "ETH/USDT", 8) >= 7


@only_long
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_ccxt_reads_the_true_book_at_every_exchange(exchange: str) -> None:
    assert dialect_of(exchange) is not None
    for symbol in SYMBOLS:
        assert equal_rounds(exchange, symbol, 100) >= 90


def test_pybit_rebuilds_the_true_book_of_bybit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = RestingClock(NOW), list[Any]()
    options = ExchangesOptions(exchanges=("bybit",), symbols=SYMBOLS, clock=clock)
    with running_exchanges(options) as running:
        address = running.url.replace("http", "ws") + "/bybit/v5/public/{CHANNEL_TYPE}"
        monkeypatch.setattr(unified_trading, "PUBLIC_WSS", address)
        client = unified_trading.WebSocket(testnet=False, channel_type="spot", restart_on_error=False)
        try:
            client.orderbook_stream(50, "ETHUSDT", seen.append)
            for _ in range(8):
                clock.now += ROUND_SECONDS
                assert eventually(
                    lambda: bool(seen) and has_moved(running, clock) and _is_pybits(running, seen[-1]["data"])
                )
        finally:
            client.exit()
    assert len(seen) >= 8


def _is_pybits(running: RunningExchanges, data: Any) -> bool:
    with running.lock:
        book = running.hall.book("bybit", "ETH/USDT")
        bids, asks = (dict(side) for side in book.top(50))
    return (dict(data["b"]), dict(data["a"])) == (bids, asks)


def eventually(check: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
