"""The linear market's sockets and answers speak as Bybit's do, and a paper session reads all of it."""

from __future__ import annotations

import json
from itertools import pairwise
from urllib.parse import unquote

import pytest

from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.linear.wire import INTERVALS
from p2p_pipeline_tests.exchanges.simulator.linear.world import World, confirmed, merged
from p2p_pipeline_tests.shared_files import RECORDINGS

TICKER_FIELDS = [
    *("symbol", "tickDirection", "price24hPcnt", "lastPrice", "prevPrice24h", "highPrice24h", "lowPrice24h"),
    *("prevPrice1h", "markPrice", "indexPrice", "openInterest", "openInterestValue", "turnover24h", "volume24h"),
    *("nextFundingTime", "fundingRate", "bid1Price", "bid1Size", "ask1Price", "ask1Size"),
]


@pytest.fixture
def world() -> World:
    return World()


def test_a_ticker_is_a_snapshot_then_what_changed_and_comes_to_the_true_one(world: World) -> None:
    symbols = world.symbols()
    acknowledged, *first = world.say("subscribe", *(f"tickers.{symbol}" for symbol in symbols), req_id="7")
    assert {**acknowledged, "conn_id": ""} == {
        "success": True,
        "ret_msg": "",
        "conn_id": "",
        "req_id": "7",
        "op": "subscribe",
    }
    assert [(frame["type"], list(frame["data"])) for frame in first] == [("snapshot", TICKER_FIELDS)] * len(symbols)
    deltas = world.run(70)
    assert all(frame["type"] == "delta" and 1 < len(frame["data"]) < len(TICKER_FIELDS) for frame in deltas)
    told = merged(world.frames)
    for symbol in symbols:
        of = [frame for frame in world.frames if frame["topic"] == f"tickers.{symbol}"]
        assert all(later["ts"] - earlier["ts"] >= 99 and later["cs"] > earlier["cs"] for earlier, later in pairwise(of))
        number = world.linear.market.paths[symbol].number_at(world.now)
        assert told[symbol] == world.linear.market.ticker(symbol, number)


def test_a_candle_that_runs_is_told_now_and_then_and_once_when_it_is_over(world: World) -> None:
    symbols = world.symbols()
    world.say("subscribe", *(f"kline.1.{symbol}" for symbol in symbols))
    world.run(125)
    for symbol in symbols:
        rows = [row for frame in world.frames if frame["topic"] == f"kline.1.{symbol}" for row in frame["data"]]
        over = [row["start"] for row in rows if row["confirm"]]
        assert over == [1_796_000_000_000 // 60_000 * 60_000 + more * 60_000 for more in (0, 1)]
        assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)
        assert len(rows) > len(over)


def test_one_bad_topic_refuses_the_whole_request(world: World) -> None:
    for bad in ("tickers.NOBODYUSDT", "kline.7.BTCUSDT", "orderbook.50.BTCUSDT"):
        (told,) = world.say("subscribe", "tickers.BTCUSDT", bad)
        assert (told["success"], told["ret_msg"]) == (False, f"error:handler not found,topic:{bad}")
    assert world.run(5) == []
    (told,) = world.say("subscribe", "tickers.BTCUSDT", "tickers.BTCUSDT")
    assert told["ret_msg"] == "error:already subscribed,topic:tickers.BTCUSDT"
    world.say("subscribe", "tickers.BTCUSDT")
    (told,) = world.say("subscribe", "tickers.BTCUSDT")
    assert (told["success"], told["ret_msg"]) == (False, "error:already subscribed,topic:tickers.BTCUSDT")


def test_a_connection_may_ask_for_21000_characters_and_no_more() -> None:
    world = World(count=100)
    topics = [f"kline.{interval}.{symbol}" for symbol in world.symbols() for interval in INTERVALS]
    fitting = (
        next(count for count in range(len(topics)) if len(json.dumps(topics[:count], separators=(",", ":"))) > 21_000)
        - 1
    )
    first, *_ = world.say("subscribe", *topics[: fitting - 10])
    assert first["success"]
    (told,) = world.say("subscribe", *topics[fitting - 10 : fitting + 1])
    assert not told["success"]
    assert "21000" in told["ret_msg"]
    assert world.say("subscribe", *topics[fitting - 10 : fitting])[0]["success"]


def test_what_was_unsubscribed_is_quiet_and_ping_is_answered(world: World) -> None:
    world.say("subscribe", "tickers.BTCUSDT", "tickers.ETHUSDT")
    assert world.say("unsubscribe", "tickers.BTCUSDT")[0]["success"]
    assert {frame["topic"] for frame in world.run(5)} == {"tickers.ETHUSDT"}
    (pong,) = world.say("ping", req_id="1")
    assert (pong["success"], pong["ret_msg"], pong["op"], pong["req_id"]) == (True, "pong", "ping", "1")
    assert "topic" not in world.linear.heard(world.line, "no json", world.now)[0]


@pytest.mark.parametrize("spell", [str, unquote], ids=["as it came", "decoded"])
def test_instruments_come_in_pages_whose_cursor_may_be_spelled_in_any_way(world: World, spell: object) -> None:
    rows, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        answer = world.ask("/v5/market/instruments-info", category="linear", limit=1000, cursor=spell(cursor))  # type: ignore[operator]
        rows += answer["result"]["list"]
        cursor, pages = answer["result"]["nextPageCursor"], pages + 1
    names = [row["symbol"] for row in rows]
    assert pages > 2
    assert len(set(names)) == len(names)
    assert {row["contractType"] for row in rows} == {"LinearPerpetual", "LinearFutures"}
    assert {row["quoteCoin"] for row in rows} == {"USDT", "USDC"}
    assert {"Trading", "PreLaunch"} < {row["status"] for row in rows}
    assert set(world.symbols()) < set(names)


def test_rows_have_the_fields_of_real_ones(world: World) -> None:
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings beside the repository")
    for name, path in (("bybit_instruments_linear", "instruments-info"), ("bybit_tickers_linear", "tickers")):
        real = json.loads((RECORDINGS / "exchanges" / "rest" / f"{name}.json").read_text())["body"]
        told = world.ask(f"/v5/market/{path}", category="linear", symbol="BTCUSDT")
        assert set(real) == set(told)
        (row,), (wanted,) = told["result"]["list"], real["result"]["list"]
        assert set(wanted) <= set(row)
        for field, value in wanted.items():
            assert isinstance(row[field], type(value)), field
            assert not isinstance(value, dict) or set(row[field]) == set(value)


def test_what_is_asked_wrongly_is_refused_in_its_words(world: World) -> None:
    for query in (
        {"symbol": "NOBODY"},
        {"interval": "7", "symbol": "BTCUSDT"},
        {"interval": "1", "symbol": "BTCUSDT", "limit": "x"},
    ):
        assert world.ask("/v5/market/kline", category="linear", **query)["retCode"] == 10001
    assert world.ask("/v5/market/instruments-info", category="linear", cursor="nothing")["retCode"] == 10001
    assert len(world.ask("/v5/market/tickers", category="spot")["result"]["list"]) == 1
    assert int(world.ask("/v5/market/time")["result"]["timeSecond"]) == int(world.now)


def test_fundings_are_told_as_they_were_announced(world: World) -> None:
    rows = world.ask("/v5/market/funding/history", category="linear", symbol="BTCUSDT", limit=3)["result"]["list"]
    times = [int(row["fundingRateTimestamp"]) for row in rows]
    every = world.linear.market.paths["BTCUSDT"].contract.funding_hours * 3_600_000
    assert times == [times[0], times[0] - every, times[0] - 2 * every]
    assert 0 <= world.now * 1000 - times[0] < every
    before = World(count=12, now=times[0] / 1000 - 1)
    (first,) = before.say("subscribe", "tickers.BTCUSDT")[1:]
    assert first["data"]["fundingRate"] == rows[0]["fundingRate"]
    assert int(first["data"]["nextFundingTime"]) == times[0]
    before.run(5)
    assert int(merged(before.frames)["BTCUSDT"]["nextFundingTime"]) == times[0] + every


def test_confirms_go_wrong_as_they_are_told_to() -> None:
    def confirms(name: FaultName | None, **conditions: object) -> list[tuple[int, str]]:
        world = World(count=2)
        if name is not None:
            world.fault(name, symbol="BTCUSDT", **conditions)
        world.say("subscribe", "kline.1.BTCUSDT")
        return [(row["start"], row["close"]) for row in confirmed(world.run(120))]

    true = confirms(None)
    assert len(true) == 2
    assert confirms(FaultName.LOST_CONFIRM, count=1) == true[1:]
    assert confirms(FaultName.DOUBLE_CONFIRM) == [true[0], true[0], true[1], true[1]]
    first, other, *_ = confirms(FaultName.CONFLICTING_CONFIRM)
    assert first == true[0]
    assert other[0] == first[0]
    assert other[1] != first[1]
    assert confirms(FaultName.LATE_CONFIRM, amount=40) == true[:1]
    assert confirms(FaultName.LATE_CONFIRM, amount=2) == true


def test_a_late_confirm_comes_after_frames_of_the_next_candle() -> None:
    world = World(count=2)
    world.fault(FaultName.LATE_CONFIRM, amount=9)
    world.say("subscribe", "kline.1.BTCUSDT")
    rows = [row for frame in world.run(75) for row in frame["data"]]
    place = next(place for place, row in enumerate(rows) if row["confirm"])
    assert rows[place - 1]["start"] > rows[place]["start"]


def test_a_silent_symbol_is_silent_and_then_tells_all_that_it_is(world: World) -> None:
    world.say("subscribe", "tickers.BTCUSDT", "tickers.ETHUSDT")
    world.fault(FaultName.STALL, symbol="BTCUSDT", seconds=20)
    assert {frame["topic"] for frame in world.run(19.9)} == {"tickers.ETHUSDT"}
    views = world.steered("/ticker", symbol="BTCUSDT")
    assert views["published"] == merged(world.frames)["BTCUSDT"] != views["true"]
    assert "error" in world.steered("/ticker", symbol="BTC/USDT")
    world.run(5)
    path = world.linear.market.paths["BTCUSDT"]
    assert merged(world.frames)["BTCUSDT"] == world.linear.market.ticker("BTCUSDT", path.number_at(world.now))


def test_other_faults_befall_this_market_alone_and_end(world: World) -> None:
    spot = world.hall.exchanges["bybit"]
    for name in (FaultName.REFUSE_CONNECTION, FaultName.MAINTENANCE):
        world.hall.faults.replace((), world.now)
        world.fault(name)
        assert world.linear.open("/v5/public/linear", world.now) is None
        assert spot.open("/v5/public/spot", world.now) is not None
    answer = world.hall.answer("bybit", "GET", "/v5/market/tickers", {"category": "linear"}, b"", world.now)
    assert answer is not None
    assert answer.status == 503
    world.hall.faults.replace((), world.now)
    world.fault(FaultName.RATE_LIMIT, amount=2)
    codes = [world.ask("/v5/market/tickers", category="linear", symbol="BTCUSDT")["retCode"] for _ in range(3)]
    assert codes == [0, 0, 10006]
    assert world.ask("/v5/market/tickers", category="spot")["retCode"] == 0
    world.hall.faults.replace((), world.now)
    world.fault(FaultName.REFUSE_SUBSCRIPTION, symbol="BTCUSDT")
    assert not world.say("subscribe", "tickers.BTCUSDT")[0]["success"]
    world.hall.faults.replace((), world.now)
    world.fault(FaultName.DISCONNECT, amount=3)
    assert not world.line.must_close
    world.run(5)
    assert world.line.must_close


def test_an_exchange_whose_clock_is_ahead_goes_by_it_in_everything(world: World) -> None:
    world.fault(FaultName.CLOCK_SKEW, amount=20)
    world.say("subscribe", "tickers.BTCUSDT", "kline.1.BTCUSDT")
    frames = world.run(15)  # half past the minute: their candle is over, ours is not
    assert [row["confirm"] for row in confirmed(frames)] == [True]
    assert all(0 <= world.now + 20 - frame["ts"] / 1000 < 16 for frame in frames)
    rows = world.ask("/v5/market/kline", category="linear", symbol="BTCUSDT", interval=1, limit=1)["result"]["list"]
    assert int(rows[0][0]) / 1000 > world.now
    world.hall.faults.replace((), world.now)
    (later,) = [frame for frame in world.run(25) if frame["topic"].startswith("tickers.")][:1]
    assert later["ts"] > max(frame["ts"] for frame in frames)


def test_a_frame_can_be_lost_or_come_twice(world: World) -> None:
    world.say("subscribe", "tickers.BTCUSDT", "tickers.ETHUSDT")
    world.fault(FaultName.DROP, symbol="BTCUSDT")
    world.fault(FaultName.DOUBLE, symbol="ETHUSDT")
    frames = world.run(5)
    assert frames
    assert frames[::2] == frames[1::2]
    assert {frame["topic"] for frame in frames} == {"tickers.ETHUSDT"}
