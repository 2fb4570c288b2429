"""What holds for a session from the moment on at which it goes on after a crash, rule by rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.paper.machine.test_recovering import brief, ordered, said_after
from p2p_pipeline_tests.paper.recordings import START, Recording, instrument
from p2p_pipeline_tests.paper.sessions import armed, moved

ARMED_LINES, ORDERED_LINES, FILLED_LINES = 8, 10, 11


def after(recording: Recording, at: int, lines: int, **config: Any) -> list[Said]:
    """What is said from the resume on."""
    return list(said_after(recording, (at, lines), **config))[lines:]


def of_type(said: list[Said], type_: str) -> list[tuple[Any, ...]]:
    return [one for one in brief(said) if one[1] == type_]


def filled(side: str = "LONG") -> Recording:
    """A position since 22.3 s: LONG at 100.8, SHORT at 99.1; the mark of its signal is 101, or 99."""
    if side == "LONG":
        return ordered().ticker(22_300, ask1Price="100.8", bid1Price="100.7")
    return moved(armed(), 21_500, "-1").ticker(22_300, bid1Price="99.2", ask1Price="99.3")


def test_silence_counts_from_the_resume_on() -> None:
    said = after(armed().ticker(40_000), 25_000, ARMED_LINES)
    assert of_type(said, "symbol_stale") == [(36_000, "symbol_stale", None)]


def test_who_was_stale_stays_so_until_it_is_heard() -> None:
    recording = Recording().instruments(instrument("AAAUSDT")).snapshot(100).snapshot(15_500).ticker(18_000)
    said = after(recording, 12_000, 5)
    assert brief(said)[:2] == [(12_000, "session_state", "recovered"), (16_000, "symbol_fresh", None)]


def test_a_cooldown_goes_on_to_its_end() -> None:
    recording = armed(nextFundingTime="?").snapshot(21_000, nextFundingTime=str(START + 30_000))
    recording.snapshot(28_000).snapshot(36_500)
    said = after(recording, 27_000, ARMED_LINES + 1, funding_cooldown={"before_seconds": 5, "after_seconds": 5})
    assert of_type(said, "session_state")[:2] == [
        (27_000, "session_state", "recovered"), (36_000, "session_state", "cooldown_over"),
    ]  # fmt: skip


@pytest.mark.parametrize(("close", "conflicts"), [("100", 0), ("100.5", 1)])
def test_a_candle_of_before_is_known_by_its_end_and_close(close: str, conflicts: int) -> None:
    said = after(armed().kline(26_000, -40_000, close=close).ticker(27_000), 25_000, ARMED_LINES)
    assert len(of_type(said, "candle_conflict")) == conflicts
    assert of_type(said, "candle_confirmed") == of_type(said, "reference_missing") == []


def test_a_candle_of_before_without_a_reference_is_known_by_its_start() -> None:
    recording = armed().kline(21_000, -100_000, close="50").kline(26_000, -100_000, close="70").ticker(27_000)
    said = after(recording, 25_000, ARMED_LINES + 1)
    assert of_type(said, "candle_conflict") == of_type(said, "reference_missing") == []


@pytest.mark.parametrize(
    ("side", "prices", "expected"),
    [
        ("LONG", {}, "102.2"),
        ("SHORT", {}, "102.4"),
        ("LONG", {"bid1Price": ""}, "102.3"),
        ("SHORT", {"ask1Price": "0"}, "102.3"),
    ],
)
def test_a_position_is_closed_at_its_side_of_the_first_book_or_at_mark_as_a_forced_close(
    side: str, prices: dict[str, str], expected: str
) -> None:
    book = {"bid1Price": "102.2", "ask1Price": "102.4", "markPrice": "102.3", **prices}
    said = after(filled(side).snapshot(31_700, **book).snapshot(33_000), 25_000, FILLED_LINES)
    closed = [one for one in said if one.type == "position_closed"]
    assert [(one.at - START, str(one.fields["exit"]), one.fields["reason"]) for one in closed] == [
        (31_700, expected, "recovered")
    ]
    fields = closed[0].fields
    assert fields["fee"] == fields["exit"] * fields["quantity"] * Decimal("0.055") / 100
    summary = next(one for one in said if one.type == "summary").fields
    assert summary["by_reason"]["recovered"]["trades"] == summary["trades"] == 1


def test_without_any_price_a_position_waits_and_a_stop_takes_the_last_mark_that_the_log_names() -> None:
    said = after(filled().snapshot(31_700, bid1Price="", markPrice="").ticker(33_000), 25_000, FILLED_LINES)
    (closed,) = [one for one in said if one.type == "position_closed"]
    assert (closed.at - START, closed.fields["reason"], closed.fields["exit"]) == (33_000, "session_stop", 101)


def test_a_recovered_position_looks_at_no_stop_loss_and_pays_no_funding_that_nobody_has_heard_of() -> None:
    recording = filled().snapshot(31_700, bid1Price="50", markPrice="50", nextFundingTime=str(START + 40_000))
    said = after(recording.snapshot(41_000), 25_000, FILLED_LINES)
    assert of_type(said, "funding_applied") == []
    assert of_type(said, "position_closed") == [(31_700, "position_closed", "recovered")]


def test_a_cancelled_order_pauses_its_symbol_and_orders_go_on_being_counted() -> None:
    recording = ordered().instruments(instrument("AAAUSDT"), at=25_100)
    recording.snapshot(25_500, markPrice="101.0", ask1Price="101.1", openInterestValue="101000").ticker(27_000)
    said = after(recording, 25_000, ORDERED_LINES)
    assert brief(said)[1:3] == [(25_000, "order_cancelled", "recovered"), (26_000, "symbol_rearmed", None)]
    assert [(one.at - START, one.fields["order"]) for one in said if one.type == "order_placed"] == [(26_000, 2)]
