"""The linear market is one market: ticker, candles and lists agree, and are the same whoever asks in which order."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest

from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.exchanges.simulator.linear.world import NOW, World, confirmed, merged, number

MARKET = LinearMarket(3, 4, 10.0)
SYMBOLS = [of.symbol for of in MARKET.contracts]


def test_a_ticker_is_a_function_of_seed_and_time_whoever_asked_for_which_before() -> None:
    def seen(market: LinearMarket, symbol: str, second: int) -> dict[str, str]:
        return market.ticker(symbol, market.paths[symbol].number_at(NOW + second))

    chance = Random(1)
    asked = [(chance.choice(SYMBOLS), chance.randrange(170)) for _ in range(this_many(100, 5_000))]
    again = LinearMarket(3, 4, 10.0)
    assert [seen(MARKET, *one) for one in asked] == [seen(again, *one) for one in reversed(asked)][::-1]
    hour_ago = int(NOW) // 3600 * 60 - 60
    of_who_never_looked = LinearMarket(3, 4, 10.0).candles("BTCUSDT", 15, hour_ago, hour_ago + 30)
    assert MARKET.candles("BTCUSDT", 15, hour_ago, hour_ago + 30) == of_who_never_looked
    assert seen(MARKET, "BTCUSDT", 0)["lastPrice"] != seen(LinearMarket(4, 4, 10.0), "BTCUSDT", 0)["lastPrice"]


@pytest.mark.parametrize("days", [0, 40, 200])
def test_each_ticker_could_be_a_real_one(days: int) -> None:
    for second in range(0, 180, 7):
        for symbol in SYMBOLS:
            is_like_a_real_one(symbol, int(NOW) + days * 86_400 + second)


def is_like_a_real_one(symbol: str, second: int) -> None:
    path = MARKET.paths[symbol]
    ticker = MARKET.ticker(symbol, path.number_at(second))
    of = path.contract
    value = {name: number(text) for name, text in ticker.items() if name not in ("symbol", "tickDirection")}
    assert value["bid1Price"] < value["ask1Price"]
    assert value["lastPrice"] in (value["bid1Price"], value["ask1Price"])
    assert value["lowPrice24h"] <= value["lastPrice"] <= value["highPrice24h"]
    assert value["lowPrice24h"] <= value["prevPrice1h"] <= value["highPrice24h"]
    assert abs(value["markPrice"] / value["lastPrice"] - 1) < Decimal("0.02")
    assert abs(value["indexPrice"] / value["markPrice"] - 1) < Decimal("0.01")
    worth = value["openInterest"] * value["markPrice"]
    assert value["openInterestValue"] == worth.quantize(Decimal("0.01"), ROUND_HALF_UP)
    for name in ("lastPrice", "bid1Price", "ask1Price", "highPrice24h", "lowPrice24h"):
        assert value[name] % number(of.tick_size) == 0, name
    for name in ("bid1Size", "ask1Size", "openInterest", "volume24h"):
        assert value[name] % number(of.step) == 0, name
    assert value["nextFundingTime"] % (of.funding_hours * 3_600_000) == 0
    assert 0 < value["nextFundingTime"] - second * 1000 <= of.funding_hours * 3_600_000 + 60_000


def test_a_candle_is_what_the_last_prices_of_its_time_were() -> None:
    world = World()
    symbols = world.symbols()
    world.say("subscribe", *(f"tickers.{symbol}" for symbol in symbols), *(f"kline.1.{symbol}" for symbol in symbols))
    world.run(60 - world.now % 60)
    before = merged(world.frames)
    frames = world.run(60.5)
    closed = confirmed(frames)
    assert {row["start"] for row in closed} >= {(int(NOW) // 60 + 1) * 60_000}
    for symbol in symbols:
        topic, last = f"kline.1.{symbol}", before[symbol]["lastPrice"]
        (row,) = [row for frame in frames if frame["topic"] == topic for row in frame["data"] if row["confirm"]][-1:]
        prices = [
            number(frame["data"]["lastPrice"])
            for frame in frames
            if frame["topic"] == f"tickers.{symbol}"
            and row["start"] <= frame["ts"] <= row["end"]
            and "lastPrice" in frame["data"]
        ]
        assert row["open"] == last
        assert number(row["low"]) <= min(prices, default=number(last))
        assert max(prices, default=number(last)) <= number(row["high"])
        assert number(row["close"]) == (prices or [number(last)])[-1]
        if world.linear.market.paths[symbol].a_minute > 3:
            assert {number(row["high"]), number(row["low"])} <= {*prices, number(last)}


def test_candles_of_rest_are_those_of_the_sockets_and_longer_ones_are_made_of_shorter() -> None:
    world = World(count=2, now=NOW - NOW % 300 + 290)
    symbol = world.symbols()[0]
    world.say("subscribe", f"kline.1.{symbol}", f"kline.5.{symbol}")
    told = confirmed(world.run(11))
    asked = {
        interval: world.ask("/v5/market/kline", category="linear", symbol=symbol, interval=interval, limit=6)["result"]
        for interval in (1, 5)
    }
    for row in told:
        values = [row[name] for name in ("open", "high", "low", "close", "volume", "turnover")]
        assert [str(row["start"]), *values] == asked[int(row["interval"])]["list"][1]
    assert sorted(row["interval"] for row in told) == ["1", "5"]
    minutes, (_, five, *_) = asked[1]["list"][1:], asked[5]["list"]
    assert [int(row[0]) for row in minutes] == sorted((int(row[0]) for row in minutes), reverse=True)
    assert five[1] == minutes[-1][1]
    assert five[4] == minutes[0][4]
    assert number(five[2]) == max(number(row[2]) for row in minutes)
    assert number(five[3]) == min(number(row[3]) for row in minutes)
    assert number(five[6]) == sum(number(row[6]) for row in minutes)


def test_the_figures_of_a_day_are_those_of_its_minutes() -> None:
    world = World(count=3)
    for symbol in world.symbols():
        last = world.now - world.now % 60
        asked = {"category": "linear", "symbol": symbol, "interval": 1, "limit": 720}
        rows = world.ask("/v5/market/kline", **asked, end=int(last) * 1000 - 1)["result"]["list"]
        rows += world.ask("/v5/market/kline", **asked, end=int(last - 43_200) * 1000 - 1)["result"]["list"]
        running = world.ask("/v5/market/kline", **{**asked, "limit": 1})["result"]["list"][0]
        (ticker,) = world.ask("/v5/market/tickers", category="linear", symbol=symbol)["result"]["list"]
        assert len({row[0] for row in rows}) == 1440
        assert number(ticker["highPrice24h"]) == max(number(row[2]) for row in (*rows, running))
        assert number(ticker["lowPrice24h"]) == min(number(row[3]) for row in (*rows, running))
        assert number(ticker["turnover24h"]) == sum(number(row[6]) for row in (*rows, running))
        assert number(ticker["volume24h"]) == sum(number(row[5]) for row in (*rows, running))
        assert ticker["prevPrice24h"] == rows[-1][1]
        assert ticker["lastPrice"] == running[4]


def test_markets_move_enough_for_a_session_to_trade_and_open_interest_goes_with_and_against_them() -> None:
    market = LinearMarket(1, this_many(30, 400), 400.0)
    chosen = [of.symbol for of in market.contracts if (of.quote, of.status) == ("USDT", "Trading")]
    seen = [
        {symbol: market.ticker(symbol, market.paths[symbol].number_at(NOW + 60 * more)) for symbol in chosen}
        for more in range(6)
    ]
    signals, with_price = 0, set()
    for symbol in chosen:
        at = [tickers[symbol] for tickers in seen]
        moves = [float(at[more]["markPrice"]) / float(at[0]["markPrice"]) - 1 for more in (1, 5)]
        interest = float(at[5]["openInterest"]) / float(at[0]["openInterest"]) - 1
        signals += any(abs(move) >= 0.005 for move in moves)
        with_price.add(interest * moves[1] > 0)
    assert signals >= len(chosen) // 15
    assert with_price == {True, False}
