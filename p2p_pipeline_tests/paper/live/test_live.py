"""A live session against an exchange on loopback: what it asks for, what it survives, and that it can be replayed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.exchanges.words import Heartbeat, Limits
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.verifying import verify_log
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.inbox import put
from p2p_pipeline.paper.wire import asking
from p2p_pipeline_tests.paper.live.loopback import Loopback
from p2p_pipeline_tests.paper.live.sessions import Ran, ran


def lines_of(found: Ran, *types: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, found.log.splitlines()) if line["type"] in types]


def test_the_log_of_a_live_session_is_the_log_of_a_replay_of_its_frames_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as many connections as a hundred symbols have at an exchange that allows little on each
    limits = Limits(characters_per_connection=60, topics_per_connection=10, connects_per_minute=6000)
    monkeypatch.setattr(asking, "LIMITS", limits)
    exchange = Loopback(tuple(f"{letter * 3}USDT" for letter in "ABCDEF"), candle_every=0.3, frames_per_second=150)

    async def meanwhile(folder: SessionFolder) -> None:
        await asyncio.sleep(1.2)
        await exchange.lose_connections()
        put(folder, Command.CANCEL_ALL)
        await asyncio.sleep(1.1)
        put(folder, Command.CLOSE_ALL)
        await asyncio.sleep(0.5)

    found = asyncio.run(ran(exchange, tmp_path / "data", meanwhile, speed=4))
    assert found.log == found.replayed(tmp_path / "again")
    assert verify_log(found.folder.log).is_finished
    closed = {line["reason"] for line in lines_of(found, "position_closed")}
    assert closed & {"take_profit", "stop_loss"}
    lost = lines_of(found, "connection")
    assert {line["what"] for line in lost} == {"lost", "restored"}
    assert len({line["connection"] for line in lost}) > 2
    assert found.session.account.trades > 3
    last = found.boards[-1]
    assert (last.state, last.universe, last.trades) == ("STOPPED", 6, found.session.account.trades)
    assert last.log_lines == len(found.log.splitlines())
    assert all(one.reconnects for one in last.connections)


def test_tickers_of_all_are_asked_for_first_and_then_tickers_and_candles_of_the_universe_alone(tmp_path: Path) -> None:
    exchange = Loopback(tuple(f"{letter * 3}USDT" for letter in "ABCD"))

    async def meanwhile(_: SessionFolder) -> None:
        while not any(topic.startswith("kline") for topics in exchange.topics.values() for topic in topics):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        asked.append(set().union(*exchange.topics.values()))

    asked: list[set[str]] = []
    universe = {"warm_up_seconds": 1, "min_volatility_pct": 0, "min_turnover": 0, "max_symbols": 2}
    found = asyncio.run(ran(exchange, tmp_path, meanwhile, speed=10, universe=universe))
    first = next(one for one in exchange.heard if one["op"] == "subscribe")
    assert first["args"] == [f"tickers.{letter * 3}USDT" for letter in "ABCD"]
    assert asked == [{"tickers.AAAUSDT", "tickers.BBBUSDT", "kline.1.AAAUSDT", "kline.1.BBBUSDT"}]
    assert [path for path in exchange.asked if "instruments" in path] == [
        "/bybit/v5/market/instruments-info?category=linear&limit=1000",
        "/bybit/v5/market/instruments-info?category=linear&limit=1000&cursor=page%3D2",
    ]
    assert (found.boards[-1].universe, found.boards[-1].excluded) == (2, 2)


def test_a_topic_that_the_exchange_does_not_give_costs_its_symbol_and_no_other(tmp_path: Path) -> None:
    exchange = Loopback(
        tuple(f"{letter * 3}USDT" for letter in "ABCDEFG"), refused_topics=frozenset({"tickers.CCCUSDT"})
    )

    async def meanwhile(_: SessionFolder) -> None:
        while len(set().union(*exchange.topics.values())) < 12:
            await asyncio.sleep(0.05)

    universe = {"warm_up_seconds": 12, "min_volatility_pct": 0, "min_turnover": 0}
    found = asyncio.run(ran(exchange, tmp_path / "data", meanwhile, speed=10, universe=universe))
    (frozen,) = lines_of(found, "universe_frozen")
    assert len(frozen["symbols"]) == 6
    assert [(one["symbol"], one["reason"]) for one in frozen["excluded"]] == [("CCCUSDT", "field_unknown")]
    assert found.log == found.replayed(tmp_path / "again")


def test_an_exchange_that_refuses_at_first_is_asked_until_it_answers_and_the_board_says_why_it_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    busy = json.dumps({"retCode": 10006, "retMsg": "Too many visits!", "result": {}})
    exchange = Loopback(page=9, refusals=[(500, "down"), (200, busy)])

    async def meanwhile(_: SessionFolder) -> None:
        while not exchange.sockets:
            await asyncio.sleep(0.05)

    exchange.clock_behind_ms = 60_000
    found = asyncio.run(ran(exchange, tmp_path / "data", meanwhile, universe={"warm_up_seconds": 60}))
    assert "this machine's clock is 60.0 s ahead of the exchange's" in caplog.text
    assert found.boards[-1].counters["clock_ahead_ms"] // 1000 == 60
    reasons = " ".join(board.reason for board in found.boards)
    assert "500" in reasons
    assert "10006" in reasons
    assert len(exchange.asked) == 3
    # stopped before there was a universe: by the rules all the same
    assert found.boards[-1].state == "STOPPED"
    assert found.log == found.replayed(tmp_path / "again")


def test_a_session_that_can_not_begin_fails_with_a_sentence(tmp_path: Path) -> None:
    exchange = Loopback(refusals=[(403, "access too frequent")] * 99)

    async def meanwhile(_: SessionFolder) -> None:
        await asyncio.sleep(20)

    found = asyncio.run(ran(exchange, tmp_path, meanwhile, speed=20, start_seconds=10))
    assert found.boards[-1].state == "FAILED"
    assert found.boards[-1].reason == found.failure
    assert found.failure.startswith("it could not begin within 10 s: bybit ")
    assert verify_log(found.folder.log).is_finished


def test_a_connection_that_says_nothing_but_pongs_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = replace(asking.CAPABILITY, heartbeat=Heartbeat(ping_seconds=2, silence_seconds=6))
    monkeypatch.setattr(asking, "CAPABILITY", impatient)
    # the other shape of it; the loopback's own is the one that perpetuals are documented with
    exchange = Loopback(frames_per_second=0.01, pong={"op": "pong", "args": ["1"]})

    async def meanwhile(_: SessionFolder) -> None:
        await asyncio.sleep(1.1)

    found = asyncio.run(ran(exchange, tmp_path, meanwhile, speed=8))
    assert [one["op"] for one in exchange.heard].count("ping") >= 3
    assert {one.reconnects for one in found.boards[-1].connections} == {0}
    assert not found.session.account.counters["unreadable"]


def test_a_candle_whose_end_was_lost_is_asked_for_and_makes_the_references(tmp_path: Path) -> None:
    exchange = Loopback(candle_every=1e9, page=9, frames_per_second=100)

    async def meanwhile(folder: SessionFolder) -> None:
        while not folder.log.exists() or folder.log.read_bytes().count(b"candle_confirmed") < len(exchange.symbols):
            await asyncio.sleep(0.05)

    found = asyncio.run(ran(exchange, tmp_path / "data", meanwhile, speed=80, reference_max_age_seconds=60))
    assert {line["symbol"] for line in lines_of(found, "candle_confirmed")} == set(exchange.symbols)
    asked = [path for path in exchange.asked if "/kline?" in path]
    assert "category=linear" in asked[0]
    assert "interval=1" in asked[0]
    assert found.log == found.replayed(tmp_path / "again")


def test_a_subscription_that_is_not_answered_ends_its_connection_and_the_next_one_asks_again(tmp_path: Path) -> None:
    exchange = Loopback(page=9, unheard=1)

    async def meanwhile(_: SessionFolder) -> None:
        while not any(topics for topics in exchange.topics.values()):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)

    found = asyncio.run(ran(exchange, tmp_path / "data", meanwhile, speed=25))
    assert {one.reconnects for one in found.boards[-1].connections} == {1}
    assert {"lost", "restored"} == {line["what"] for line in lines_of(found, "connection")}
    assert found.log == found.replayed(tmp_path / "again")
