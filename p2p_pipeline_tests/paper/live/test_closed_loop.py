"""Whatever goes wrong at the exchange: a session believes nothing false, and its frames give its log again."""

from __future__ import annotations

from typing import Any

import pytest

from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SymbolState
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.paper.live.closed_loop import ClosedLoop, loaded

NOW = 1_796_000_000.0
DEMO = {
    "timeframe_minutes": 1,
    "long": {"price_move_pct": 0.2, "oiv_move_pct": 0.2},
    "short": {"price_move_pct": -0.2, "oiv_move_pct": -0.2},
    "entry": {"offset_pct": 0.02},
    "exit": {"take_profit_pct": 0.2, "stop_loss_pct": 0.2},
    "universe": {"min_volatility_pct": 0, "min_turnover": 0, "max_symbols": 400, "warm_up_seconds": 2},
}


def loop(symbols: int = 8, frames_a_second: float = 8.0, **changed: Any) -> ClosedLoop:
    options = ExchangesOptions(
        exchanges=("bybit",),
        symbols=("BTC/USDT",),
        linear_symbols=symbols,
        linear_frames_per_second=frames_a_second,
    )
    return ClosedLoop(PaperSettings.model_validate({**DEMO, **changed}), options, NOW)


def is_true_and_the_same_again(of: ClosedLoop) -> None:
    of.stop()
    assert of.untrue == []
    assert of.untrue_candles() == []
    assert of.session.account.counters["deltas_without_snapshot"] == 0
    assert of.replayed() == of.said


def candles(said: list[Any]) -> list[tuple[str, int]]:
    return sorted((one["symbol"], one["start"]) for one in loaded(said, "candle_confirmed"))


def test_faults_of_a_market_one_after_the_other() -> None:
    of = loop()
    of.run(25)
    symbols = sorted(of.session.traded)
    assert len(symbols) == 8
    minute = int(NOW // 60) * 60_000
    expected = [[(symbol, minute + 60_000 * more) for symbol in symbols] for more in range(6)]

    of.fault(FaultName.DOUBLE_CONFIRM)
    of.fault(FaultName.CONFLICTING_CONFIRM, symbol=symbols[0])
    said = of.run(60)
    assert candles(said) == expected[0]
    assert {one["symbol"] for one in loaded(said, "candle_conflict")} == {symbols[0]}

    of.end_faults()
    of.fault(FaultName.LOST_CONFIRM)
    said = of.run(60)
    assert candles(said) == expected[1]
    first = min(one["at"] for one in loaded(said, "candle_confirmed"))
    assert first > minute + 120_000 + 8_000  # out of a REST answer, not sooner

    of.end_faults()
    of.fault(FaultName.LATE_CONFIRM, amount=5)
    assert candles(of.run(60)) == expected[2]

    of.end_faults()
    of.fault(FaultName.STALL, symbol=symbols[1], seconds=20)
    said = of.run(30)
    assert {one["symbol"] for one in loaded(said, "symbol_stale")} == {symbols[1]}
    assert {one["symbol"] for one in loaded(said, "symbol_fresh")} == {symbols[1]}

    of.fault(FaultName.REFUSE_CONNECTION, seconds=15)
    of.fault(FaultName.DISCONNECT, seconds=2, amount=1)
    said = of.run(30)
    assert [one["what"] for one in loaded(said, "connection")] == ["lost", "restored"]
    assert {one["symbol"] for one in loaded(said, "symbol_fresh")} == set(symbols)
    is_true_and_the_same_again(of)
    assert of.session.account.counters["unreadable"] == 0
    assert of.counted()["position_closed"] > 0


def test_a_session_begins_as_soon_as_the_exchange_lets_it() -> None:
    of = loop()
    of.fault(FaultName.MAINTENANCE, seconds=5)
    of.fault(FaultName.RATE_LIMIT, seconds=9)
    of.fault(FaultName.REFUSE_SUBSCRIPTION, symbol="BTCUSDT", seconds=12)
    of.run(30)
    assert "BTCUSDT" in of.session.instruments
    assert len(of.session.traded) == 7  # who gave no ticker by the end of the warm-up takes no part
    is_true_and_the_same_again(of)


def test_a_ticker_that_was_lost_is_believed_no_longer_than_until_the_next_one_and_doubles_change_nothing() -> None:
    of = loop()
    of.run(20)
    of.fault(FaultName.DOUBLE)
    of.run(40)
    assert of.untrue == []
    of.end_faults()
    of.fault(FaultName.DROP, count=5)
    of.run(20)
    # Bybit's deltas have no number that goes on by one: a hole can't be seen, fields that don't change stay old.
    of.untrue.clear()
    of.run(15)
    assert {line.split()[2] for line in of.untrue} <= {"openInterest:", "fundingRate:", "highPrice24h:", "lowPrice24h:"}
    of.untrue.clear()
    of.stop()
    assert of.replayed() == of.said


@only_long
@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    "faults",
    [
        {},
        {FaultName.DOUBLE: {}, FaultName.DOUBLE_CONFIRM: {}},
        {FaultName.LOST_CONFIRM: {"probability": 0.3}},
        {
            FaultName.LATE_CONFIRM: {"probability": 0.5, "amount": 12},
            FaultName.CONFLICTING_CONFIRM: {"probability": 0.5},
        },
        {FaultName.DISCONNECT: {"amount": 300}},
        {FaultName.STALL: {"symbol": "ETHUSDT"}},
        {FaultName.RATE_LIMIT: {"probability": 0.5}, FaultName.LOST_CONFIRM: {"probability": 0.3}},
        {FaultName.CLOCK_SKEW: {"amount": 2}},
    ],
    ids=lambda faults: "+".join(faults) or "none",
)
def test_an_hour_at_each_fault(faults: dict[FaultName, dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    of = loop(24, 24.0)
    of.run(30)
    for name, conditions in faults.items():
        of.fault(name, **conditions)
    of.run(3_600)
    is_true_and_the_same_again(of)
    counted = of.counted()
    assert counted["position_closed"] > 50
    if FaultName.STALL in faults:
        assert of.states[SymbolState.STALE] > 3_000
    with capsys.disabled():
        befell = {str(name): count for name, count in of.hall.faults.befell.items()}
        print(  # noqa: T201 - the long form tells its figures
            f"\n{'+'.join(faults) or 'none'}: befell {befell}; {dict(counted)}; symbol-seconds {dict(of.states)}"
        )
