"""What comes before the first tick that counts: instruments, warm-up, universe."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline_tests.paper.machine.test_funding_and_commands import session_after
from p2p_pipeline_tests.paper.recordings import START, Recording, instrument
from p2p_pipeline_tests.paper.sessions import lines_of, of_type, types_of


def frozen(recording: Recording, **universe: Any) -> dict[str, Any]:
    found = of_type(lines_of(recording, universe={"warm_up_seconds": 1, **universe}), "universe_frozen")
    assert len(found) == 1
    return found[0]


def excluded(recording: Recording, **universe: Any) -> dict[str, str]:
    return {row["symbol"]: row["reason"] for row in frozen(recording, **universe)["excluded"]}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"contractType": "LinearFutures"}, "contract_type"),
        ({"quoteCoin": "USDC"}, "quote_coin"),
        ({"settleCoin": "USDC"}, "settle_coin"),
        ({"status": "PreLaunch"}, "status"),
        ({"lotSizeFilter": {}}, "unreadable"),
    ],
)
def test_only_usdt_perpetuals_in_trading_are_kept_and_each_other_is_told_with_its_reason(
    changed: dict[str, Any], reason: str
) -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), instrument("BBBUSDT", **changed))
    recording.snapshot(10).snapshot(10, "BBBUSDT").ticker(2_000)
    assert frozen(recording)["symbols"] == ["AAAUSDT"]
    assert excluded(recording) == {"BBBUSDT": reason}


def test_the_list_is_whole_only_with_all_its_pages() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), next_cursor="p2").snapshot(10).ticker(3_200)
    assert "universe_frozen" not in types_of(lines_of(recording))
    recording.instruments(instrument("BBBUSDT"), at=3_300, cursor="p2").snapshot(3_400, "BBBUSDT").ticker(4_500)
    assert frozen(recording) | {"at": 4_000, "symbols": ["AAAUSDT", "BBBUSDT"]} == frozen(recording)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"highPrice24h": "99.74", "lowPrice24h": "95"}, "volatility"),
        ({"turnover24h": "4999999.99"}, "turnover"),
        ({"openInterest": ""}, "field_unknown"),
        ({"bid1Price": "0"}, "field_unknown"),
        ({"lowPrice24h": "0"}, "field_unknown"),
    ],
)
def test_the_universe_needs_volatility_turnover_and_every_field(values: dict[str, str], reason: str) -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(10, **values).ticker(2_000)
    assert excluded(recording) == {"AAAUSDT": reason}


def test_exactly_the_least_is_enough_and_an_exclusion_tells_its_figures() -> None:
    enough = {"highPrice24h": "99.75", "lowPrice24h": "95", "turnover24h": "5000000"}
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(10, **enough).ticker(2_000)
    assert frozen(recording)["symbols"] == ["AAAUSDT"]
    rows = frozen(recording, min_volatility_pct="5.1")["excluded"]
    assert rows == [{"symbol": "AAAUSDT", "reason": "volatility", "volatility_pct": "5", "turnover24h": "5000000"}]


def test_the_first_by_turnover_take_part_and_equals_by_name() -> None:
    names = ["AAAUSDT", "BBBUSDT", "CCCUSDT", "DDDUSDT"]
    recording = Recording().instruments(*map(instrument, reversed(names)))
    for name, turnover in zip(names, ("6000000", "9000000", "10000000", "9000000.0"), strict=True):
        recording.snapshot(10, name, turnover24h=turnover)
    recording.ticker(2_000)
    assert frozen(recording, max_symbols=2)["symbols"] == ["CCCUSDT", "BBBUSDT"]
    assert list(excluded(recording, max_symbols=2).items()) == [("AAAUSDT", "max_symbols"), ("DDDUSDT", "max_symbols")]


def test_symbols_can_be_named_and_one_that_there_is_not_is_told() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), instrument("BBBUSDT"))
    recording.snapshot(10).snapshot(10, "BBBUSDT").ticker(2_000)
    assert excluded(recording, symbols=["AAAUSDT", "XUSDT"]) == {"BBBUSDT": "not_chosen", "XUSDT": "no_instrument"}


@pytest.mark.parametrize(("first", "at"), [(1_000, 3_000), (1_001, 4_000)])
def test_the_universe_is_frozen_at_the_first_tick_at_or_after_the_end_of_the_warm_up(first: int, at: int) -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(first).ticker(5_000)
    lines = lines_of(recording, universe={"warm_up_seconds": 2})
    states = [(line["at"], line["state"]) for line in of_type(lines, "session_state")]
    assert states[:2] == [(first, "WARMING_UP"), (at, "RUNNING")]


def test_the_session_starts_with_the_first_event_and_ticks_at_whole_seconds_after_it() -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).ticker(3_000)
    lines = lines_of(recording)
    assert (lines[0]["type"], lines[0]["at"]) == ("session_started", 0)
    assert of_type(lines, "snapshot")[0]["counters"]["ticks"] == 3


def test_a_symbol_that_begins_after_the_freeze_is_of_no_use() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), instrument("BBBUSDT")).snapshot(10)
    recording.ticker(2_500).snapshot(2_600, "BBBUSDT").kline(20_000, -50_000, "BBBUSDT")
    assert excluded(recording) == {"BBBUSDT": "field_unknown"}
    lines = lines_of(recording.ticker(20_100, "BBBUSDT").ticker(20_200, "CCCUSDT"))
    assert "BBBUSDT" not in {line.get("symbol") for line in lines}
    assert of_type(lines, "snapshot")[0]["counters"]["deltas_without_snapshot"] == 0


def test_frames_of_another_market_and_what_we_sent_are_no_events() -> None:
    recording = Recording().put(-5_000, {"op": "subscribe"}, direction="out")
    recording.put(-4_000, "{}", url="wss://stream.bybit.com/v5/public/spot")
    assert lines_of(recording.instruments(instrument("AAAUSDT")))[0]["at"] == 0


@pytest.mark.parametrize("asked", ["first%3D1%26last%3D9%2B", "first%253D1%2526last%253D9%252B"])
def test_a_cursor_is_known_again_whether_it_was_encoded_once_more_or_not(asked: str) -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), next_cursor="first%3D1%26last%3D9%2B")
    recording.instruments(instrument("BBBUSDT"), cursor=asked).snapshot(10).ticker(2_000)
    assert frozen(recording)["symbols"] == ["AAAUSDT"]


def test_a_page_out_of_turn_is_passed_over() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), next_cursor="p2").snapshot(10)
    recording.instruments(instrument("CCCUSDT"), at=20, cursor="p3").ticker(2_000)
    assert "universe_frozen" not in types_of(lines_of(recording))
    recording.instruments(instrument("BBBUSDT"), at=2_100, cursor="p2", next_cursor="p3").ticker(4_000)
    assert "universe_frozen" not in types_of(lines_of(recording))


def test_of_an_instrument_told_on_two_pages_the_first_wins() -> None:
    closed = instrument("BBBUSDT", status="Closed")
    recording = Recording().instruments(instrument("AAAUSDT"), closed, next_cursor="p2")
    recording.instruments(instrument("AAAUSDT", status="Closed"), instrument("BBBUSDT"), cursor="p2")
    recording.snapshot(10).snapshot(10, "BBBUSDT").ticker(2_000)
    assert frozen(recording)["symbols"] == ["AAAUSDT"]
    assert excluded(recording) == {"BBBUSDT": "status"}
    finer = instrument("AAAUSDT", priceFilter={"tickSize": "0.01"})
    recording = Recording().instruments(instrument("AAAUSDT"), next_cursor="p2").instruments(finer, cursor="p2")
    assert session_after(recording)[0].instruments["AAAUSDT"].tick_size == Decimal("0.1")


def running_at(recording: Recording) -> list[int]:
    lines = lines_of(recording, universe={"warm_up_seconds": 2})
    return [line["at"] for line in of_type(lines, "universe_frozen")]


def test_the_warm_up_begins_with_the_first_snapshot_of_a_kept_symbol_also_when_the_instruments_come_later() -> None:
    late = (instrument("AAAUSDT"), instrument("BBBUSDT"), instrument("CCCUSDT", status="Closed"))
    recording = Recording().put(0, "{}").snapshot(100).snapshot(1_400).snapshot(1_400, "BBBUSDT")
    assert running_at(recording.instruments(*late, at=1_500).ticker(4_500)) == [3_000]
    recording = Recording().put(0, "{}").snapshot(100, "CCCUSDT").snapshot(1_400)
    assert running_at(recording.instruments(*late, at=1_500).ticker(4_500)) == [4_000]
    recording = Recording().instruments(*late).snapshot(100, "CCCUSDT").snapshot(1_400)
    assert running_at(recording.ticker(4_500)) == [4_000]


def test_a_funding_time_that_was_shown_in_the_warm_up_alone_cools_down_too() -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(100, nextFundingTime=str(START + 4_000))
    recording.ticker(3_000, nextFundingTime=str(START + 90_000)).ticker(6_000)
    cooldown = {"before_seconds": 0, "after_seconds": 0}
    states = [
        (line["at"], line["state"]) for line in of_type(lines_of(recording, funding_cooldown=cooldown), "session_state")
    ]
    assert states[2:4] == [(4_000, "COOLDOWN"), (5_000, "RUNNING")]


def test_a_symbol_that_was_asked_for_and_is_not_kept_tells_why_it_is_not() -> None:
    recording = Recording().instruments(instrument("AAAUSDT"), instrument("BBBUSDT", status="Closed"))
    recording.snapshot(10).ticker(2_000)
    assert excluded(recording, symbols=["AAAUSDT", "BBBUSDT"]) == {"BBBUSDT": "status"}


def test_the_excluded_are_told_by_name() -> None:
    rows = [instrument(name) for name in ("DDDUSDT", "BBBUSDT", "CCCUSDT")]
    recording = Recording().instruments(*rows, instrument("AAAUSDT", status="Closed")).snapshot(10, "CCCUSDT")
    recording.ticker(2_000)
    assert list(excluded(recording)) == ["AAAUSDT", "BBBUSDT", "DDDUSDT"]
