"""References, signals, cooldown and staleness."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.machine.strategy import Signal, evaluate
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.recordings import START, TICKER, Recording, instrument, kline_message, kline_row
from p2p_pipeline_tests.paper.sessions import FIRST_END, armed, lines_of, moved, of_type, types_of


def signals(recording: Recording, **config: Any) -> list[tuple[int, str]]:
    return [(line["at"], line["side"]) for line in of_type(lines_of(recording, **config), "signal")]


def before_candle() -> Recording:
    return Recording().instruments(instrument("AAAUSDT")).snapshot(100).ticker(19_000)


def candle(recording: Recording, at: int, end: int = FIRST_END, close: str = "100", **row: Any) -> Recording:
    return recording.put(at, kline_message("AAAUSDT", 1, [kline_row(end - 60_000, 1, close, **row)]))


def test_a_confirmed_candle_gives_both_references_and_arms_the_symbol() -> None:
    found = of_type(lines_of(armed()), "candle_confirmed", "symbol_armed")
    assert [line["type"] for line in found] == ["candle_confirmed", "symbol_armed"]
    expected = {"close": "100", "ref_oiv": "100000", "ref_oiv_at": 19_000, "start": -40_000, "end": 19_999}
    assert found[0].items() >= expected.items()


def test_the_reference_is_the_value_as_of_the_last_frame_at_or_before_the_end_of_the_candle() -> None:
    recording = before_candle().ticker(19_990, ts=19_999, openInterestValue="7").ticker(19_995, ts=20_000)
    recording.ticker(19_996, ts=20_000, openInterestValue="9")
    found = of_type(lines_of(candle(recording, 23_000)), "candle_confirmed")[0]
    assert (found["ref_oiv"], found["ref_oiv_at"]) == ("7", 19_999)


@pytest.mark.parametrize(("age", "types"), [(10_000, ["candle_confirmed"]), (10_001, ["reference_missing"])])
def test_a_reference_older_than_the_limit_is_none(age: int, types: list[str]) -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(100, nextFundingTime="")
    recording.ticker(10_500, ts=FIRST_END - 1 - age)
    candle(recording, 20_100)
    found = types_of(of_type(lines_of(recording), "candle_confirmed", "reference_missing", "symbol_armed"))
    assert found == [*types, *(["symbol_armed"] if age == 10_000 else [])]


def test_a_candle_without_its_own_reference_replaces_neither() -> None:
    recording = moved(armed(), 70_000)
    # its own open interest value is 20 s old at its end
    recording.put(80_500, kline_message("AAAUSDT", 1, [kline_row(FIRST_END, 1, "101")])).ticker(82_000, ts=60_000)
    lines = lines_of(recording, reference_max_age_seconds=5, stale_after_seconds=100)
    assert of_type(lines, "reference_missing")[0]["at"] == 80_500
    assert {line["ref_close"] for line in of_type(lines, "signal")} == {"100"}


def test_of_a_candle_told_twice_the_first_wins_and_other_numbers_are_a_conflict() -> None:
    recording = candle(candle(armed(), 20_600), 20_700, volume="2")
    found = of_type(lines_of(candle(recording, 20_800, close="50")), "candle_confirmed", "candle_conflict")
    assert [(line["type"], line["at"]) for line in found] == [
        ("candle_confirmed", 20_500), ("candle_conflict", 20_700), ("candle_conflict", 20_800),
    ]  # fmt: skip


def test_a_newer_candle_replaces_the_references_and_one_that_comes_too_late_does_not() -> None:
    recording = armed().ticker(79_000).put(80_100, kline_message("AAAUSDT", 1, [kline_row(FIRST_END, 1, "102")]))
    late = FIRST_END - 120_000
    recording.ticker(80_150, ts=FIRST_END - 60_500 - 1000)
    recording.put(80_200, kline_message("AAAUSDT", 1, [kline_row(late, 1, "50")]))
    moved(recording, 80_500, "3").ticker(81_500)
    lines = lines_of(recording, stale_after_seconds=100)
    assert [line["close"] for line in of_type(lines, "candle_confirmed")] == ["100", "102", "50"]
    assert {line["ref_close"] for line in of_type(lines, "signal")} == {"102"}
    assert len(of_type(lines, "symbol_armed")) == 1


def test_a_candle_frame_is_a_list_and_what_is_not_confirmed_or_of_another_timeframe_counts_for_nothing() -> None:
    rows = [kline_row(FIRST_END - 60_000, 1, "100"), kline_row(FIRST_END, 1, "101", confirm=False)]
    recording = before_candle().put(20_500, kline_message("AAAUSDT", 1, rows))
    recording.put(20_600, kline_message("AAAUSDT", 5, [kline_row(-100_000, 5, "90")]))
    lines = lines_of(recording)
    assert [line["close"] for line in of_type(lines, "candle_confirmed")] == ["100"]
    assert "reference_missing" not in types_of(lines)


def test_candles_before_the_universe_is_frozen_are_passed_over() -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(100)
    candle(recording, 500, end=0)
    assert "candle_confirmed" not in types_of(lines_of(recording.ticker(3_000)))


def test_a_signal_needs_both_moves_and_exactly_the_threshold_is_enough() -> None:
    def at(price: str, oiv: str) -> list[tuple[int, str]]:
        values = {"markPrice": price, "openInterestValue": oiv}
        return signals(armed().ticker(21_200, **values).ticker(22_100))  # type: ignore[arg-type]

    assert at("100.5", "100500") == [(22_000, "LONG")]
    assert at("100.499999999999999", "100500") == []
    assert at("100.5", "100499.99") == []
    assert at("99.5", "99500") == [(22_000, "SHORT")]
    assert at("99.5", "100500") == []


def test_a_signal_tells_its_moves_to_twelve_decimals() -> None:
    recording = armed().ticker(21_200, markPrice="100.6666666666666666", openInterestValue="100700").ticker(22_100)
    found = of_type(lines_of(recording), "signal")[0]
    assert (found["price_move_pct"], found["oiv_move_pct"]) == ("0.666666666667", "0.7")


def test_a_direction_can_be_switched_off() -> None:
    assert signals(moved(armed(), 21_200).ticker(22_100), long=None) == []


def test_when_both_directions_hold_neither_counts() -> None:
    same = {"price_move_pct": "0.5", "oiv_move_pct": "0.5"}
    lines = lines_of(moved(armed(), 21_200).ticker(23_100), short=same)
    assert "signal" not in types_of(lines)
    assert of_type(lines, "snapshot")[0]["counters"]["conflicting_signal"] == 2


def test_nothing_is_evaluated_between_ticks() -> None:
    recording = moved(armed(), 21_200)
    moved(recording, 21_900, "0").ticker(22_100)
    assert signals(recording) == []


@pytest.mark.parametrize(("funding", "signal"), [(21_000, 24_000), (23_000, 26_000), (23_001, 22_000)])
def test_around_a_funding_time_nothing_is_evaluated(funding: int, signal: int) -> None:
    """The moves are there from the tick of 22 s on; the pause is 1 s before and 2.5 s after, both ends included."""
    recording = moved(armed(), 21_200, nextFundingTime=str(START + funding)).ticker(28_000)
    cooldown = {"before_seconds": 1, "after_seconds": "2.5"}
    assert signals(recording, funding_cooldown=cooldown)[0][0] == signal


def test_a_cooldown_includes_both_its_ends_and_says_when_it_is_over() -> None:
    recording = armed().ticker(21_200, nextFundingTime=str(START + 25_000)).ticker(30_500)
    lines = lines_of(recording, funding_cooldown={"before_seconds": 2, "after_seconds": 1})
    found = [(line["at"], line["state"], line["reason"]) for line in of_type(lines, "session_state")][2:4]
    assert found == [(23_000, "COOLDOWN", "funding"), (27_000, "RUNNING", "cooldown_over")]


def test_a_symbol_without_ticker_frames_for_longer_than_the_limit_is_stale_and_its_order_is_cancelled() -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_000).ticker(26_000, "BBBUSDT")
    lines = lines_of(recording.ticker(27_500), stale_after_seconds=4, reference_max_age_seconds=5)
    found = of_type(lines, "symbol_stale", "order_cancelled", "symbol_fresh")
    mine = [(line["at"], line["type"]) for line in found if line["symbol"] == "AAAUSDT"]
    # silent for exactly 4 s at the tick of 25 s
    late = [one for one in mine if one[0] > 20_500]
    assert late[:2] == [(26_000, "symbol_stale"), (26_000, "order_cancelled")]


def test_a_stale_symbol_is_not_evaluated_and_is_armed_again_when_it_is_fresh() -> None:
    recording = moved(armed(), 33_500)
    lines = lines_of(recording.ticker(34_600), stale_after_seconds=5, reference_max_age_seconds=5)
    found = of_type(lines, "symbol_stale", "symbol_fresh", "symbol_armed", "signal")
    assert [(line["type"], line["at"]) for line in found][-3:] == [
        ("symbol_fresh", 34_000), ("symbol_armed", 34_000), ("signal", 34_000),
    ]  # fmt: skip


def test_a_stale_position_stays_and_its_exits_wait_for_the_next_ticker_frame() -> None:
    recording = moved(armed(), 21_200).ticker(22_400, ask1Price="100.7", bid1Price="101.5")
    recording.kline(30_000, 20_000, confirm=False).ticker(30_500)
    lines = lines_of(recording, stale_after_seconds=5, reference_max_age_seconds=5)
    assert [line["at"] for line in of_type(lines, "position_closed")] == [30_500]


def test_a_lost_connection_drops_its_tickers_and_a_change_counts_only_on_a_new_snapshot() -> None:
    recording = armed().put(20_800, "", kind="close").put(21_000, "", kind="open")
    moved(recording, 21_200).ticker(22_100)
    lines = lines_of(recording)
    assert "signal" not in types_of(lines)
    told = [(line["what"], line["gap_ms"], line["at"]) for line in of_type(lines, "connection")]
    assert told == [("lost", 0, 20_800), ("restored", 200, 21_000)]
    values = {"markPrice": "101", "openInterestValue": "101000"}
    assert signals(recording.snapshot(22_500, **values).ticker(23_100)) == [(23_000, "LONG")]


def test_a_change_from_another_connection_than_the_snapshot_says_nothing() -> None:
    recording = moved(armed(), 21_200)
    recording.lines[-1]["connection"] = "ws2"
    assert signals(recording.ticker(22_100)) == []


def test_a_candle_of_a_stale_symbol_is_taken_but_arms_and_evaluates_nothing() -> None:
    recording = moved(before_candle(), 21_200)
    candle(recording, 30_000).kline(32_500, 20_000, confirm=False)
    lines = lines_of(recording, stale_after_seconds=5)
    assert types_of(of_type(lines, "candle_confirmed", "symbol_armed", "signal")) == ["candle_confirmed"]


def test_even_a_change_that_names_every_field_counts_for_nothing_before_its_snapshot() -> None:
    recording = armed().put(20_800, "", kind="close").put(21_000, "", kind="open")
    recording.ticker(21_200, **{**TICKER, "markPrice": "101", "openInterestValue": "101000"})  # type: ignore[arg-type]
    lines = lines_of(recording.ticker(22_100))
    assert "signal" not in types_of(lines)
    assert of_type(lines, "snapshot")[0]["counters"]["deltas_without_snapshot"] == 2


@pytest.mark.parametrize("unknown", ["lastPrice", "bid1Price", "ask1Price", "openInterest"])
def test_a_symbol_of_which_one_field_is_unknown_is_not_evaluated(unknown: str) -> None:
    assert "signal" not in types_of(lines_of(moved(armed(), 21_200, **{unknown: ""}).ticker(22_100)))


@pytest.mark.parametrize(("close", "oiv"), [("100", "0"), ("0", "100000")])
def test_nothing_is_measured_in_per_cent_of_zero(close: str, oiv: str) -> None:
    recording = candle(before_candle().ticker(19_500, openInterestValue=oiv), 20_500, close=close)
    assert "reference_missing" in types_of(lines_of(recording))


def test_a_new_reference_is_judged_at_the_next_tick_also_without_a_new_price() -> None:
    # 0.3 % above 100 is too little, and above 99.5 enough; the frame is younger than the second candle
    recording = moved(armed(), 21_200, "0.3", ts=FIRST_END + 60_000)  # type: ignore[arg-type]
    candle(recording, 22_500, end=FIRST_END + 60_000, close="99.5").put(24_000, "{}")
    config = {"long": {"price_move_pct": "0.5", "oiv_move_pct": "0.2"}, "reference_max_age_seconds": 100}
    assert signals(recording, **config) == [(23_000, "LONG")]


@pytest.mark.parametrize(
    ("mark", "oiv", "signal"),
    [
        ("100.5", "100500", Signal.LONG), ("100.4999", "100500", Signal.NONE), ("99.5", "99500", Signal.SHORT),
        ("99.5", "100500", Signal.NONE), ("99", "99000", Signal.SHORT), ("101", "99000", Signal.NONE),
    ],
)  # fmt: skip
def test_the_decision_by_itself_is_exact_and_knows_its_directions(mark: str, oiv: str, signal: Signal) -> None:
    reference = Reference(0, Decimal(100), Decimal(100_000))

    def judged(**config: Any) -> Signal:
        return evaluate(Decimal(mark), Decimal(oiv), reference, PaperSettings.model_validate(config))

    assert judged() is signal
    assert judged(long=None) is (Signal.NONE if signal is Signal.LONG else signal)
    assert judged(short=None) is (Signal.NONE if signal is Signal.SHORT else signal)
    both = {"price_move_pct": "-50", "oiv_move_pct": "-50"}
    assert judged(long=both, short=both) is Signal.NONE


def test_each_move_has_its_own_threshold() -> None:
    recording = moved(armed(), 21_200, "1").ticker(22_100)
    assert signals(recording, long={"price_move_pct": "0.5", "oiv_move_pct": "2"}) == []
    assert signals(recording, long={"price_move_pct": "2", "oiv_move_pct": "0.5"}) == []


def test_an_order_that_is_stale_and_out_of_time_on_one_second_is_cancelled_and_not_expired() -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_200).put(26_500, "{}")
    lines = lines_of(recording, stale_after_seconds=4, entry={"timeout_seconds": 4}, reference_max_age_seconds=4)
    found = of_type(lines, "order_expired", "order_cancelled")
    assert [(line["type"], line["at"]) for line in found] == [("order_cancelled", 26_000)]


def test_any_funding_time_that_was_shown_cools_down_whatever_others_there_are() -> None:
    for other in (60_000, 61_000, 62_500, 77_777, 90_001, 100_000, 130_000):
        recording = armed().ticker(20_700, nextFundingTime=str(START + 25_000))
        recording.ticker(20_800, nextFundingTime=str(START + other)).ticker(27_500)
        lines = lines_of(recording, funding_cooldown={"before_seconds": 1, "after_seconds": 1})
        states = [(line["at"], line["state"]) for line in of_type(lines, "session_state")]
        assert states[2:4] == [(24_000, "COOLDOWN"), (27_000, "RUNNING")]


def test_in_each_step_of_a_second_symbols_go_by_name_whatever_their_turnover_and_what_came_first() -> None:
    recording = Recording().instruments(instrument("BBBUSDT"), instrument("AAAUSDT"))
    recording.snapshot(100).snapshot(100, "BBBUSDT", turnover24h="99000000")
    for symbol in ("BBBUSDT", "AAAUSDT"):
        recording.ticker(19_000, symbol).kline(20_500, FIRST_END - 60_000, symbol)
    moved(recording, 21_200, symbol="BBBUSDT")
    moved(recording, 21_300)
    lines = lines_of(recording.put(33_000, "{}"), entry={"timeout_seconds": 2}, stale_after_seconds=9)
    told = ("signal", "order_expired", "symbol_rearmed", "symbol_stale")
    names = [(line["type"], line["symbol"]) for line in of_type(lines, *told) if line["at"] > 21_000]
    assert names[:6] == [(type_, symbol) for type_ in told[:3] for symbol in ("AAAUSDT", "BBBUSDT")]
    assert [symbol for type_, symbol in names if type_ == "symbol_stale"] == ["AAAUSDT", "BBBUSDT"]
