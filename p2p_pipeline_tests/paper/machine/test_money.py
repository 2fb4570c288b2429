"""What is earned and paid to the last digit, and prices where rounding, zero or a fee would show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline_tests.paper.machine.test_broker import filled, placed, story
from p2p_pipeline_tests.paper.machine.test_funding_and_commands import session_after
from p2p_pipeline_tests.paper.recordings import Recording
from p2p_pipeline_tests.paper.sessions import armed, lines_of, moved, of_type

FEE_OF_ENTRY = Decimal("0.0199584")


def summary(recording: Recording, **config: Any) -> dict[str, Any]:
    return of_type(lines_of(recording, **config), "summary")[0]


def test_a_price_that_is_a_whole_number_of_ticks_is_rounded_no_further() -> None:
    free = {"entry": {"offset_pct": 0}}
    assert story(placed("-1"), **free)[0]["limit"] == "99"
    # 101 x 1.01 = 102.01; of 100 x 1.01 = 101 nothing is left to round
    recording = moved(armed(), 21_200, "1", markPrice="100.5", openInterestValue="100500").ticker(22_050)
    recording.ticker(22_400, ask1Price="100", bid1Price="99.9").ticker(22_500, bid1Price="101")
    closed = story(recording, entry={"offset_pct": "0.4"}, exit={"take_profit_pct": 1, "stop_loss_pct": 1})[2]
    assert (closed["entry"], closed["exit"], closed["reason"]) == ("100", "101", "take_profit")


@pytest.mark.parametrize(("start", "count"), [(FEE_OF_ENTRY, 1), (FEE_OF_ENTRY + Decimal("1E-15"), 2)])
def test_an_equity_of_exactly_zero_is_none(start: Decimal, count: int) -> None:
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_200).ticker(22_400, ask1Price="100.8")
    moved(recording, 23_200, symbol="BBBUSDT").ticker(24_100)
    lines = lines_of(recording, account={"start_equity": str(start)})
    assert len(of_type(lines, "order_placed")) == count


@pytest.mark.parametrize(("touch", "field"), [("last", "lastPrice"), ("mark", "markPrice")])
def test_a_take_profit_is_touched_by_the_configured_price(touch: str, field: str) -> None:
    recording = placed().ticker(22_400, **{field: "100.7"})  # type: ignore[arg-type]
    recording.ticker(23_300, bid1Price="105").ticker(23_400, **{field: "101.5"})  # type: ignore[arg-type]
    closed = story(recording, touch_price=touch)[2]
    assert (closed["at"], closed["reason"], closed["exit"]) == (23_400, "take_profit", "101.5")


@pytest.mark.parametrize(
    ("recording", "loss"),
    [(placed().ticker(22_400, ask1Price="100.7"), 150), (placed("-1").ticker(22_400, bid1Price="99.2"), 10)],
)
def test_an_exit_of_more_than_a_hundred_per_cent_down_asks_for_no_price_below_zero(
    recording: Recording, loss: int
) -> None:
    session, _ = session_after(recording, exit={"take_profit_pct": 150, "stop_loss_pct": loss})
    position = session.traded["AAAUSDT"].position
    assert position is not None
    assert min(position.take_profit, position.stop_loss) == 0


def test_a_stop_loss_pays_its_own_fee() -> None:
    fees = {"fee_of": {"stop_loss": "taker"}, "fees_pct": {"maker": "1", "taker": "10"}}
    closed = story(filled().ticker(23_400, markPrice="100.3", bid1Price="100.3"), **fees)[2]
    assert Decimal(closed["fee"]) == Decimal("100.3") * Decimal("0.99") / 10


@pytest.mark.parametrize(("bid", "wins"), [("100.8", 0), ("100.81", 1)])
def test_a_win_realised_more_than_nothing_whatever_its_fees(bid: str, wins: int) -> None:
    found = summary(placed().ticker(22_400, ask1Price="100.7", bid1Price=bid))
    assert (found["trades"], found["wins"]) == (1, wins)


def test_a_snapshot_shows_the_equity_with_open_positions_at_mark_and_an_account_without() -> None:
    session, at = session_after(placed().ticker(22_400, ask1Price="100.8", markPrice="102"))
    assert session.account.equity == 10_000 - FEE_OF_ENTRY
    assert session.snapshot(at).fields["equity"] == 10_000 - FEE_OF_ENTRY + Decimal("1.2") * Decimal("0.99")


def test_a_forced_close_without_book_and_mark_is_at_the_last_mark_there_was() -> None:
    recording = filled().ticker(23_000, markPrice="101.3").ticker(23_100, markPrice="", bid1Price="")
    assert story(recording)[2]["exit"] == "101.3"
