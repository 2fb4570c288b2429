"""Funding at its moments, the stop, and what else a person may tell a session."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.events import Command, Event, Rank
from p2p_pipeline.paper.machine.funding import note_funding
from p2p_pipeline.paper.machine.market import Market, Past
from p2p_pipeline.paper.machine.queue import Moments, in_order
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.wire.reading import read
from p2p_pipeline.paper.words import Said, SessionState
from p2p_pipeline_tests.paper.recordings import START, Recording
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, lines_of, moved, of_type, types_of

WIDE = {"exit": {"take_profit_pct": 50, "stop_loss_pct": 50}, "funding_cooldown": {"before_seconds": 0}}


def held(pct: str = "1", funding: int = 25_000, **values: str) -> Recording:
    """0.99 LONG at 100.8 (1 SHORT at 99.1) from 22.4 s on, its next funding at 25 s."""
    shown = {"nextFundingTime": str(START + funding), **values}
    touched = {"ask1Price": "100.7"} if pct == "1" else {"bid1Price": "99.2"}
    return moved(armed(), 21_200, pct, **shown).ticker(22_400, **touched)  # type: ignore[arg-type]


def paid(recording: Recording) -> list[tuple[Any, ...]]:
    found = of_type(lines_of(recording, **WIDE), "funding_applied", "funding_unknown")
    return [(line["type"], line["at"], line["rate"], line["mark"], line["amount"]) for line in found]


def test_a_long_pays_a_positive_rate_on_mark_and_a_short_receives_it() -> None:
    assert paid(held().ticker(26_000)) == [("funding_applied", 25_000, "0.0001", "101", "0.009999")]
    assert paid(held("-1").ticker(26_000)) == [("funding_applied", 25_000, "0.0001", "99", "-0.0099")]


def test_what_is_paid_lowers_the_equity() -> None:
    summary = of_type(lines_of(held().ticker(26_000), **WIDE), "summary")[0]
    assert summary["funding"] == "-0.009999"
    # entry, and the bid of the stop as a taker
    fees = (Decimal("100.8") * 2 + Decimal("100.9") * Decimal("5.5")) * Decimal("0.99") / 10_000
    assert Decimal(summary["fees"]) == fees
    assert Decimal(summary["equity"]) == 10_000 + Decimal("0.1") * Decimal("0.99") - fees - Decimal("0.009999")


def test_the_rate_and_the_mark_are_the_last_at_or_before_the_moment_while_it_was_the_next_one() -> None:
    recording = held().ticker(24_990, fundingRate="0.5").ticker(25_000, markPrice="102", fundingRate="-0.002")
    recording.ticker(25_000, nextFundingTime=str(START + 90_000), fundingRate="0.7", markPrice="103")
    assert paid(recording.ticker(26_000, markPrice="50")) == [
        ("funding_applied", 25_000, "-0.002", "103", "-0.20394")
    ]  # fmt: skip


def test_an_unknown_rate_pays_nothing_and_is_told() -> None:
    assert paid(held().ticker(24_000, fundingRate="").ticker(26_000)) == [("funding_unknown", 25_000, "0", "101", "0")]


@pytest.mark.parametrize(("at", "count"), [(24_999, 1), (25_000, 0)])
def test_only_a_position_filled_before_the_moment_pays(at: int, count: int) -> None:
    recording = moved(armed(), 21_200, nextFundingTime=str(START + 25_000)).ticker(at, ask1Price="100.7")
    assert len(paid(recording.ticker(26_000))) == count


def test_a_position_closed_before_the_moment_pays_nothing_and_each_moment_is_paid_once() -> None:
    assert paid(held().ticker(25_000, markPrice="1").ticker(26_000)) == []
    assert len(paid(held().ticker(25_001).ticker(26_000).ticker(27_000, nextFundingTime=str(START + 25_000)))) == 1


def test_a_funding_time_shown_after_it_has_passed_is_not_paid() -> None:
    assert paid(held(funding=90_000).ticker(25_500, nextFundingTime=str(START + 25_000)).ticker(27_000)) == []


def test_the_stop_cancels_orders_closes_positions_at_the_book_and_ends_with_the_summary() -> None:
    recording = armed("AAAUSDT", "BBBUSDT", "CCCUSDT")
    for symbol in ("CCCUSDT", "BBBUSDT", "AAAUSDT"):
        moved(recording, 21_200, symbol=symbol)
    recording.ticker(22_400, "BBBUSDT", ask1Price="100.7", bid1Price="100.6")
    recording.ticker(22_400, "AAAUSDT", ask1Price="100.7", bid1Price="")
    lines = lines_of(recording.ticker(23_000, "AAAUSDT", markPrice="101.2"))
    assert types_of(lines)[-7:] == [
        "session_state", "order_cancelled", "position_closed", "position_closed", "snapshot", "summary",
        "session_state",
    ]  # fmt: skip
    assert [line["state"] for line in of_type(lines, "session_state")][-2:] == ["STOPPING", "STOPPED"]
    assert of_type(lines, "order_cancelled")[-1]["reason"] == "session_stop"
    # the first has no bid: it is closed at mark
    closed = [(line["symbol"], line["exit"], line["reason"]) for line in of_type(lines, "position_closed")]
    assert closed == [("AAAUSDT", "101.2", "session_stop"), ("BBBUSDT", "100.6", "session_stop")]


def test_the_stop_cancels_by_name() -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_200, symbol="BBBUSDT")
    lines = lines_of(moved(recording, 21_200).ticker(22_100))
    assert [(line["symbol"], line["order"]) for line in of_type(lines, "order_cancelled")] == [
        ("AAAUSDT", 1), ("BBBUSDT", 2),
    ]  # fmt: skip


def test_the_stop_comes_after_the_tick_of_its_second() -> None:
    lines = lines_of(moved(armed(), 21_200).ticker(22_000))
    assert [line["at"] for line in of_type(lines, "order_placed", "order_cancelled")] == [22_000, 22_000]


def test_a_stale_position_is_closed_at_mark() -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_200).ticker(22_400, ask1Price="100.7", bid1Price="100.6")
    lines = lines_of(recording.ticker(29_000, "BBBUSDT"), stale_after_seconds=5, reference_max_age_seconds=5)
    assert of_type(lines, "position_closed")[0]["exit"] == "101"


def session_after(recording: Recording, **config: Any) -> tuple[Session, int]:
    """Where a session is after a recording, without its stop; and the time."""
    session = new_session("test", PaperSettings.model_validate({**CONFIG, **config}))
    arrived = in_order(from_line(orjson.dumps(line)) for line in recording.lines)
    moments = Moments(arrived[0].at)
    for at, rank, source, number, frame in arrived:
        for event in moments.before((at, rank, source, number)):
            advance(session, event)
        advance(session, Event(at, rank, source, number, read(frame, 1)))
    return session, arrived[-1].at


def told(session: Session, command: Command, at: int) -> list[Said]:
    return advance(session, Event(at, Rank.COMMAND, "", 0, command))


def test_close_all_and_cancel_all_go_on() -> None:
    recording = armed("AAAUSDT", "BBBUSDT")
    moved(moved(recording, 21_200), 21_200, symbol="BBBUSDT").ticker(22_400, ask1Price="100.7", bid1Price="100.6")
    session, at = session_after(recording)
    closed = told(session, Command.CLOSE_ALL, at)
    assert [(one.type, one.fields["reason"]) for one in closed] == [("position_closed", "close_all")]
    cancelled = told(session, Command.CANCEL_ALL, at)
    assert [(one.type, one.fields["reason"]) for one in cancelled] == [("order_cancelled", "cancel_all")]
    assert told(session, Command.CLOSE_ALL, at) == told(session, Command.CANCEL_ALL, at) == []
    assert session.state is SessionState.RUNNING


def test_a_second_stop_is_no_error_and_says_nothing() -> None:
    session, at = session_after(armed())
    assert told(session, Command.STOP, at)[-1].fields["state"] == "STOPPED"
    assert told(session, Command.STOP, at + 1) == []
    assert told(session, Command.CLOSE_ALL, at + 1) == []


def test_a_funding_moment_comes_before_the_second_of_its_time() -> None:
    recording = held().ticker(25_500)
    lines = lines_of(recording, exit=WIDE["exit"], funding_cooldown={"before_seconds": 0, "after_seconds": 0})
    found = [line["type"] for line in lines if line["at"] == 25_000]
    assert found == ["funding_applied", "session_state"]


def test_a_funding_time_shown_at_its_own_moment_is_paid() -> None:
    assert len(paid(held(funding=90_000).ticker(25_000, nextFundingTime=str(START + 25_000)).ticker(26_000))) == 1


TAKING = {"entry": {"offset_pct": 0, "post_only": False}, "funding_cooldown": {"before_seconds": 0}}


def test_a_funding_moment_is_an_event_of_its_symbol_that_fills_what_is_touched_already() -> None:
    recording = moved(armed(), 21_200, ask1Price="100.9", nextFundingTime=str(START + 22_500)).ticker(23_500)
    found = of_type(lines_of(recording, **TAKING), "order_filled", "funding_applied")
    # filled at the moment, not before it: it pays nothing
    assert [(line["type"], line["at"]) for line in found] == [("order_filled", 22_500)]


def crossed(funding: int) -> Recording:
    """A LONG at 101 is filled at 22.3 s by a book whose bid is at its take-profit already."""
    shown = {"nextFundingTime": str(START + funding), "bid1Price": "105"}
    return moved(armed(), 21_200, ask1Price="101.1", **shown).ticker(22_300, ask1Price="101")


def test_at_a_funding_moment_a_position_pays_before_it_is_closed() -> None:
    found = of_type(lines_of(crossed(25_000).put(26_000, "{}"), **TAKING), "funding_applied", "position_closed")
    assert [(line["type"], line["at"]) for line in found] == [("funding_applied", 25_000), ("position_closed", 25_000)]


def test_at_a_funding_moment_a_stale_position_pays_and_stays() -> None:
    recording = crossed(27_000).put(28_000, "{}")
    lines = lines_of(recording, **TAKING, stale_after_seconds=2, reference_max_age_seconds=2)
    found = of_type(lines, "funding_applied", "position_closed")
    assert [(line["type"], line["at"]) for line in found] == [("funding_applied", 27_000), ("position_closed", 28_000)]


def test_a_session_s_commands_go_by_name_whatever_came_first() -> None:
    recording = moved(moved(armed("AAAUSDT", "BBBUSDT"), 21_200, symbol="BBBUSDT"), 23_200)
    recording.ticker(24_400, "BBBUSDT", ask1Price="100.7").ticker(24_500, "AAAUSDT", ask1Price="100.7")
    closed = of_type(lines_of(recording), "position_closed")
    assert [(line["symbol"], line["order"]) for line in closed] == [("AAAUSDT", 2), ("BBBUSDT", 1)]


def test_a_funding_time_is_known_until_a_day_after_it_and_no_longer() -> None:
    market, hours = Market(Past(60_000)), 8 * 3_600_000
    for number in range(1, 40):
        at = number * hours
        market.values = {"nextFundingTime": Decimal(at + hours), "fundingRate": Decimal("0.0001")}
        assert note_funding(market, at) == (at + hours, True)
        assert note_funding(market, at + 1) == (None, False)
        expected = {one * hours for one in range(max(2, number - 3), number + 2)}
        assert market.shown_funding_times == expected
        assert market.rates.keys() == expected
