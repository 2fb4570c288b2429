"""What is made to go wrong goes wrong as at an exchange, only where it was asked for, and ends."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultRule, parse_faults, rule_from_json
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.limits import too_many
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.kernel.errors import InvalidInput

NOW = 1_796_000_000.0


@pytest.fixture
def hall() -> Hall:
    return Hall(ExchangesOptions(exchanges=("binance",), symbols=("BTC/USDT", "ETH/USDT")), NOW)


@pytest.fixture
def binance(hall: Hall) -> SimulatedExchange:
    return hall.exchanges["binance"]


def opened(binance: SimulatedExchange, path: str = "/ws/btcusdt@depth/ethusdt@depth") -> Line:
    found = binance.open(path, binance.moment)
    assert found is not None
    return found[0]


def told(hall: Hall, seconds: float) -> list[Any]:
    """All that is told while time passes as it does: a quarter of a second at once."""
    until, found = hall.now + seconds, []
    while hall.now < until:
        found += [json.loads(frame) for _, frames in hall.advance(hall.now + 0.25) for frame in frames]
    return found


def deltas(hall: Hall, seconds: float, symbol: str = "BTCUSDT") -> list[Any]:
    return [delta for delta in told(hall, seconds) if delta["s"] == symbol]


def add(hall: Hall, name: FaultName, **conditions: Any) -> None:
    hall.faults.add(FaultRule(name, **conditions), hall.now)


def holes(found: list[Any]) -> int:
    return sum(later["U"] != sooner["u"] + 1 for sooner, later in pairwise(found))


def test_dropped_doubled_and_reordered_frames_break_the_chain_of_the_symbol_meant_and_no_other(
    hall: Hall, binance: SimulatedExchange
) -> None:
    opened(binance)
    assert holes(deltas(hall, 20)) == 0
    for name in (FaultName.DROP, FaultName.DOUBLE, FaultName.REORDER):
        add(hall, name, symbol="BTC/USDT", probability=0.2, seconds=20)
        found = told(hall, 20)
        assert holes([delta for delta in found if delta["s"] == "BTCUSDT"]) > 0
        assert holes([delta for delta in found if delta["s"] == "ETHUSDT"]) == 0
        assert hall.faults.befell[name] > 0
        told(hall, 2)
        assert holes(deltas(hall, 20)) == 0


def test_a_dropped_frame_is_lost_once_when_it_is_asked_for_once(hall: Hall, binance: SimulatedExchange) -> None:
    opened(binance)
    add(hall, FaultName.DROP, symbol="BTC/USDT", count=1)
    before = deltas(hall, 5)
    assert holes(before + deltas(hall, 30)) <= 1
    assert hall.faults.befell == {FaultName.DROP: 1}
    assert hall.faults.rules() == []


def test_a_stalled_book_is_silent_while_rest_tells_the_true_one_and_goes_on_where_it_was(
    hall: Hall, binance: SimulatedExchange
) -> None:
    opened(binance)
    before = deltas(hall, 5)
    add(hall, FaultName.STALL, symbol="BTC/USDT", seconds=20)
    quiet = told(hall, 15)
    assert {delta["s"] for delta in quiet} == {"ETHUSDT"}
    answer = binance.answer("GET", "/api/v3/depth", {"symbol": "BTCUSDT"}, b"", hall.now)
    assert answer is not None
    assert json.loads(answer.body)["lastUpdateId"] > before[-1]["u"] + 20
    assert holes(before + deltas(hall, 10)) == 0


def test_sockets_end_when_they_are_as_old_as_was_asked(hall: Hall, binance: SimulatedExchange) -> None:
    line = opened(binance)
    add(hall, FaultName.DISCONNECT, exchange="binance", amount=10)
    hall.advance(NOW + 9)
    assert not line.must_close
    hall.advance(NOW + 11)
    assert line.must_close


def test_a_clock_ahead_shows_in_frames_and_in_the_time_that_is_asked_for(
    hall: Hall, binance: SimulatedExchange
) -> None:
    opened(binance)
    add(hall, FaultName.CLOCK_SKEW, exchange="binance", amount=-7)
    assert all(-8_000 < delta["E"] - hall.now * 1000 < -6_999 for delta in deltas(hall, 1))
    answer = binance.answer("GET", "/api/v3/time", {}, b"", hall.now)
    assert answer is not None
    assert json.loads(answer.body)["serverTime"] == int((hall.now - 7) * 1000)


def test_a_refused_subscription_is_answered_as_for_an_unknown_symbol(hall: Hall, binance: SimulatedExchange) -> None:
    add(hall, FaultName.REFUSE_SUBSCRIPTION, symbol="BTC/USDT")
    opened(binance)
    assert {delta["s"] for delta in told(hall, 5)} == {"ETHUSDT"}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_exchange_has_words_of_its_own_for_too_many_requests(exchange: str) -> None:
    answer = too_many(exchange)
    words = json.dumps(json.loads(answer.body)).lower()
    assert answer.status == 429 or any(code in words for code in ("10006", "100410", "too many"))


def test_a_limit_of_requests_a_second_lets_so_many_pass(hall: Hall, binance: SimulatedExchange) -> None:
    add(hall, FaultName.RATE_LIMIT, amount=3)
    answers = [binance.answer("GET", "/api/v3/time", {}, b"", NOW + tenth / 10) for tenth in range(10)]
    assert [answer.status for answer in answers if answer is not None] == [200] * 3 + [429] * 7
    later = binance.answer("GET", "/api/v3/time", {}, b"", NOW + 3)
    assert later is not None
    assert later.status == 200


def test_faults_are_read_from_a_line_and_nonsense_is_one_sentence() -> None:
    drop, stall = parse_faults("drop@kraken:0.1, stall")
    assert (drop.name, drop.exchange, drop.probability) == (FaultName.DROP, "kraken", 0.1)
    assert (stall.exchange, stall.probability) == (None, 1.0)
    for text, said in (("drip", "drop"), ("drop@ftx", "kraken"), ("drop:often", "0.1"), ("drop:3", "from 0 to 1")):
        with pytest.raises(InvalidInput, match=said):
            parse_faults(text)
    with pytest.raises(InvalidInput, match="amount"):
        rule_from_json({"name": "drop", "until": 3})
