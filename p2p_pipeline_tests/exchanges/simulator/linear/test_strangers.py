"""Strangers' clients read the linear market as it is: pybit over sockets, ccxt over sockets and by REST."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pybit import unified_trading

from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import RunningExchanges, running_exchanges
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.linear.world import NOW
from p2p_pipeline_tests.exchanges.simulator.strangers import RestingClock, stranger
from p2p_pipeline_tests.exchanges.simulator.test_strangers import eventually

BEFORE_A_MINUTE = NOW - NOW % 60 + 50


def options(clock: RestingClock) -> ExchangesOptions:
    return ExchangesOptions(
        exchanges=("bybit",), symbols=("BTC/USDT",), linear_symbols=6, linear_frames_per_second=24, clock=clock
    )


def ticker_now(running: RunningExchanges, symbol: str) -> dict[str, str]:
    with running.lock:
        assert running.hall.linear is not None
        market = running.hall.linear.market
        return market.ticker(symbol, market.paths[symbol].number_at(running.hall.told_until))


def candle_before(running: RunningExchanges, symbol: str) -> Any:
    with running.lock:
        assert running.hall.linear is not None
        start = int(running.hall.told_until) // 60 - 1
        return running.hall.linear.market.candles(symbol, 1, start, start)[0]


def test_pybit_merges_tickers_to_the_true_ones_and_is_told_of_closed_candles(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = RestingClock(BEFORE_A_MINUTE)
    tickers: list[Any] = []
    candles: list[Any] = []
    with running_exchanges(options(clock)) as running:
        address = running.url.replace("http", "ws") + "/bybit/v5/public/{CHANNEL_TYPE}"
        monkeypatch.setattr(unified_trading, "PUBLIC_WSS", address)
        client = unified_trading.WebSocket(testnet=False, channel_type="linear", restart_on_error=False)
        try:
            client.ticker_stream("BTCUSDT", tickers.append)
            client.kline_stream(1, "BTCUSDT", candles.append)
            for _ in range(12):
                clock.now += 1.0
                assert eventually(lambda: bool(tickers) and tickers[-1]["data"] == ticker_now(running, "BTCUSDT")), (
                    "pybit's merged ticker is not the true one"
                )
            assert eventually(lambda: any(row["confirm"] for told in candles for row in told["data"]))
        finally:
            client.exit()
        (over,) = [row for told in candles for row in told["data"] if row["confirm"]]
        assert over["start"] == candle_before(running, "BTCUSDT").start * 60_000


@only_long
@pytest.mark.long
def test_ccxt_lists_watches_and_fetches_what_is_there() -> None:
    clock = RestingClock(BEFORE_A_MINUTE)
    with running_exchanges(options(clock)) as running:
        asyncio.run(_read_by_ccxt(running, clock))


async def _read_by_ccxt(running: RunningExchanges, clock: RestingClock) -> None:
    client = stranger("bybit", running.url)
    client.options["fetchMarkets"] = {"types": ["linear"]}
    symbol = "BTC/USDT:USDT"
    try:
        markets = await client.load_markets()
        assert (markets[symbol]["precision"]["price"], markets[symbol]["precision"]["amount"]) == (0.1, 0.001)
        perpetuals = [of for of in markets.values() if of["swap"] and of["quote"] == "USDT" and of["active"]]
        assert len(perpetuals) == 6
        assert any(market["future"] and market["expiry"] for market in markets.values())
        true = ticker_now(running, "BTCUSDT")
        fetched = (await client.fetch_tickers([symbol], {"category": "linear"}))[symbol]
        assert (fetched["last"], fetched["bid"], fetched["ask"]) == tuple(
            float(true[name]) for name in ("lastPrice", "bid1Price", "ask1Price")
        )
        candles = await client.fetch_ohlcv(symbol, "1m", limit=5)
        assert len(candles) == 5
        assert candles[-1][4] == fetched["last"]
        await _watched(client, running, clock, symbol)
    finally:
        await client.close()


async def _watched(client: Any, running: RunningExchanges, clock: RestingClock, symbol: str) -> None:
    async def moving() -> None:
        while True:
            clock.now += 0.25
            await asyncio.sleep(0.05)

    mover = asyncio.create_task(moving())
    try:
        for _ in range(20):
            seen = (await asyncio.wait_for(client.watch_tickers([symbol]), 10))[symbol]
            assert seen["bid"] < seen["ask"]
            assert seen["low"] <= seen["last"] <= seen["high"]
        candles = await asyncio.wait_for(client.watch_ohlcv(symbol, "1m"), 20)
        assert candles[-1][3] <= candles[-1][4] <= candles[-1][2]
    finally:
        mover.cancel()
