"""Orders, fills, exits and their prices, each by the rule of paper.md that it guards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline_tests.paper.recordings import START, Recording
from p2p_pipeline_tests.paper.sessions import armed, lines_of, moved, of_type, types_of

ORDER = ("order_placed", "order_rejected", "order_filled", "order_expired", "order_cancelled", "position_closed")


def placed(pct: str = "1", **changed: Any) -> Recording:
    """A LONG at 100.8 (a SHORT at 99.1 when the move is -1) is placed on the tick at 22 s: mark is 101 (or 99)."""
    return moved(armed(**changed), 21_200, pct).ticker(22_050)


def filled(**changed: Any) -> Recording:
    """And filled at 22.4 s: 0.99 at 100.8; take-profit 101.5, stop-loss 100.3."""
    return placed(**changed).ticker(22_400, ask1Price="100.7", bid1Price="100.6")


def story(recording: Recording, **config: Any) -> list[dict[str, Any]]:
    """What happened to the first order, without what every line has."""
    found = of_type(lines_of(recording, **config), *ORDER)
    return [{name: value for name, value in line.items() if name not in ("n", "prev", "symbol")} for line in found]


def test_a_long_is_a_limit_below_mark_rounded_down_and_its_quantity_is_rounded_down() -> None:
    assert story(placed())[0] == {
        "at": 22_000, "type": "order_placed", "order": 1, "side": "LONG", "limit": "100.8", "quantity": "0.99",
        "expires_at": 52_000,
    }  # fmt: skip


def test_a_short_is_a_limit_above_mark_rounded_up() -> None:
    first = story(placed("-1"))[0]
    # 99 x 1.001 = 99.099
    assert (first["side"], first["limit"], first["quantity"]) == ("SHORT", "99.1", "1")


def test_a_limit_on_the_tick_stays_there() -> None:
    assert story(placed(), entry={"offset_pct": 0, "notional": 100})[0]["limit"] == "101"


@pytest.mark.parametrize(
    ("reason", "changed", "config"),
    [
        ("quantity_below_minimum", {"minOrderQty": "1"}, {}),
        ("quantity_above_maximum", {"maxOrderQty": "0.98"}, {}),
        # 0.99 x 100.8 = 99.792
        ("notional_below_minimum", {"minNotionalValue": "99.793"}, {}),
        ("would_take", {}, {"entry": {"offset_pct": 0}}),
    ],
)
def test_an_order_that_can_not_be_is_rejected_and_its_symbol_armed_again_after_a_pause(
    reason: str, changed: dict[str, str], config: dict[str, Any]
) -> None:
    lot = {"qtyStep": "0.01", "minOrderQty": "0.01", "maxOrderQty": "1000", "minNotionalValue": "5", **changed}
    recording = moved(armed(lotSizeFilter=lot), 21_200, ask1Price="101").ticker(23_500)
    lines = lines_of(recording, **config)
    rejected = of_type(lines, "order_rejected")
    assert [line["reason"] for line in rejected] == [reason, reason]
    assert [line["at"] for line in of_type(lines, "order_rejected", "symbol_rearmed")] == [22_000, 23_000, 23_000]


@pytest.mark.parametrize(
    ("changed", "config"),
    [
        ({"minOrderQty": "0.99", "maxOrderQty": "0.99", "minNotionalValue": "99.792"}, {}),
        ({}, {"entry": {"offset_pct": 0, "post_only": False}}),
    ],
)
def test_an_order_just_within_the_limits_is_placed(changed: dict[str, str], config: dict[str, Any]) -> None:
    lot = {"qtyStep": "0.01", "minOrderQty": "0.01", "maxOrderQty": "1000", "minNotionalValue": "5", **changed}
    recording = moved(armed(lotSizeFilter=lot), 21_200, ask1Price="101").ticker(22_100)
    assert story(recording, **config)[0]["type"] == "order_placed"


def test_no_order_without_equity() -> None:
    # the entry's fee alone is more than there was
    recording = filled().ticker(22_500, markPrice="100", bid1Price="100.2").ticker(22_600, markPrice="101")
    recording.ticker(24_500, ask1Price="101.1")
    account = {"start_equity": "0.01", "max_positions": 1}
    last = story(recording, account=account)[-1]
    assert (last["type"], last["reason"]) == ("order_rejected", "no_equity")


def test_a_fill_is_whole_at_the_limit_and_says_by_how_many_ticks_the_price_went_beyond() -> None:
    assert story(filled())[1] == {
        "at": 22_400, "type": "order_filled", "order": 1, "side": "LONG", "price": "100.8", "quantity": "0.99",
        "fee": "0.0199584", "touched_by": "best", "ticks_beyond": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("touch", "values"),
    [("best", {"ask1Price": "100.8"}), ("last", {"lastPrice": "100.8"}), ("mark", {"markPrice": "100.8"})],
)
def test_only_the_configured_price_touches_an_entry_and_reaching_the_limit_is_enough(
    touch: str, values: dict[str, str]
) -> None:
    not_quite = dict.fromkeys(values, "100.9")
    recording = placed().ticker(22_300, **not_quite).ticker(22_400, **values)  # type: ignore[arg-type]
    found = of_type(lines_of(recording, touch_price=touch), "order_filled")
    assert [(line["at"], line["touched_by"], line["ticks_beyond"]) for line in found] == [(22_400, touch, "0")]
    others = {"best", "last", "mark"} - {touch}
    assert all(not of_type(lines_of(recording, touch_price=other), "order_filled") for other in others)


def test_a_short_entry_is_touched_from_below() -> None:
    recording = placed("-1").ticker(22_300, bid1Price="99").ticker(22_400, bid1Price="99.1")
    assert [line["at"] for line in of_type(lines_of(recording), "order_filled")] == [22_400]


def test_an_order_placed_on_a_tick_is_filled_by_a_later_event_never_on_it() -> None:
    recording = moved(armed(), 21_200, ask1Price="100.9").ticker(22_000).ticker(22_700)
    found = story(recording, entry={"offset_pct": 0, "post_only": False})
    assert [(line["type"], line["at"]) for line in found[:2]] == [("order_placed", 22_000), ("order_filled", 22_700)]


def test_a_candle_of_the_symbol_is_an_event_that_fills_too() -> None:
    recording = moved(armed(), 21_200, ask1Price="100.9").kline(22_300, 20_000, confirm=False).ticker(22_900)
    found = story(recording, entry={"offset_pct": 0, "post_only": False})
    assert found[1]["at"] == 22_300


def test_an_order_expires_at_the_first_tick_at_or_after_its_time_unless_it_was_filled_before() -> None:
    recording = placed().ticker(24_999).ticker(25_500)
    entry = {"timeout_seconds": "2.5"}
    found = of_type(lines_of(recording, entry=entry), "order_expired", "symbol_rearmed")
    assert [(line["type"], line["at"]) for line in found] == [("order_expired", 25_000)]
    in_time = placed().ticker(25_000, ask1Price="100.8").ticker(25_500)
    assert "order_expired" not in types_of(lines_of(in_time, entry=entry))


def test_a_take_profit_is_filled_at_its_price_rounded_away_from_the_entry() -> None:
    # 100.8 x 1.006 = 101.4048
    recording = filled().ticker(23_300, bid1Price="101.4").ticker(23_400, bid1Price="101.7")
    assert story(recording)[2] == {
        "at": 23_400, "type": "position_closed", "order": 1, "side": "LONG", "entry": "100.8", "exit": "101.5",
        "quantity": "0.99", "reason": "take_profit", "realised": "0.693", "fee": "0.020097",
    }  # fmt: skip


def test_a_stop_loss_is_triggered_by_mark_and_filled_at_the_worse_of_it_and_the_bid() -> None:
    # 100.8 x 0.996 = 100.3968
    recording = filled().ticker(23_300, markPrice="100.4", bid1Price="99").ticker(23_400, markPrice="100.3")
    closed = story(recording)[2]
    assert (closed["at"], closed["reason"], closed["exit"]) == (23_400, "stop_loss", "99")
    better = filled().ticker(23_400, markPrice="100.3", bid1Price="100.5")
    assert story(better)[2]["exit"] == "100.3"


@pytest.mark.parametrize(("trigger", "field"), [("mark", "markPrice"), ("last", "lastPrice"), ("best", "bid1Price")])
def test_only_the_configured_price_triggers_a_stop(trigger: str, field: str) -> None:
    recording = filled().ticker(23_400, **{field: "100.3"})  # type: ignore[arg-type]
    closed = of_type(lines_of(recording, stop_trigger=trigger), "position_closed")[0]
    assert (closed["at"], closed["reason"]) == (23_400, "stop_loss")
    for other in {"mark", "last", "best"} - {trigger}:
        assert of_type(lines_of(recording, stop_trigger=other), "position_closed")[0]["reason"] == "session_stop"


def test_a_short_mirrors_both_exits() -> None:
    # entry 99.1: take-profit 98.5054 down to 98.5, stop-loss 99.4964 up to 99.5
    opened = placed("-1").ticker(22_400, bid1Price="99.1", ask1Price="99.2")
    won = story(Recording_of(opened).ticker(23_000, ask1Price="98.6").ticker(23_400, ask1Price="98.5"))[2]
    assert (won["at"], won["reason"], won["exit"], won["realised"]) == (23_400, "take_profit", "98.5", "0.6")
    lost = story(
        Recording_of(opened).ticker(23_000, markPrice="99.4").ticker(23_400, markPrice="99.5", ask1Price="99.7")
    )
    assert (lost[2]["at"], lost[2]["reason"], lost[2]["exit"], lost[2]["realised"]) == (
        23_400,
        "stop_loss",
        "99.7",
        "-0.6",
    )


def Recording_of(other: Recording) -> Recording:  # noqa: N802 - a copy
    copy = Recording()
    copy.lines = list(other.lines)
    return copy


def test_an_event_that_touches_both_exits_closes_at_the_stop_loss() -> None:
    recording = filled().ticker(23_400, markPrice="100.3", bid1Price="101.5", ask1Price="101.6")
    assert story(recording)[2]["reason"] == "stop_loss"


def test_an_entry_filled_at_an_event_is_closed_only_by_a_later_one() -> None:
    recording = placed().ticker(22_400, ask1Price="100.7", markPrice="100").ticker(22_600)
    assert [(line["type"], line["at"]) for line in story(recording)[1:]] == [
        ("order_filled", 22_400),
        ("position_closed", 22_600),
    ]


def test_each_kind_of_fill_pays_its_own_fee() -> None:
    fee_of = {"entry": "taker", "take_profit": "maker", "stop_loss": "taker", "forced": "maker"}
    fees = {"maker": "1", "taker": "10"}
    entry, closed = story(filled().ticker(23_400, bid1Price="101.5"), fee_of=fee_of, fees_pct=fees)[1:3]
    assert Decimal(entry["fee"]) == Decimal("100.8") * Decimal("0.99") / 10
    assert Decimal(closed["fee"]) == Decimal("101.5") * Decimal("0.99") / 100
    forced = story(filled(), fee_of=fee_of, fees_pct=fees)[2]
    assert (forced["reason"], Decimal(forced["fee"])) == ("session_stop", Decimal("100.6") * Decimal("0.99") / 100)


def test_a_symbol_is_armed_again_at_the_first_tick_after_the_pause() -> None:
    recording = filled().ticker(23_400, bid1Price="101.5").ticker(27_000)
    rearmed = of_type(lines_of(recording, rearm_seconds="1.6"), "symbol_rearmed")
    assert rearmed[0]["at"] == 25_000


def test_at_most_so_many_symbols_have_an_order_or_a_position_and_the_next_follows_when_there_is_room() -> None:
    recording = armed("AAAUSDT", "BBBUSDT", "CCCUSDT")
    for symbol in ("CCCUSDT", "BBBUSDT", "AAAUSDT"):
        moved(recording, 21_200, symbol=symbol)
    recording.ticker(25_500)
    account = {"max_positions": 2}
    lines = lines_of(recording, account=account, entry={"timeout_seconds": 2}, rearm_seconds=10)
    found = of_type(lines, "order_placed")
    assert [(line["symbol"], line["at"]) for line in found] == [
        ("AAAUSDT", 22_000), ("BBBUSDT", 22_000), ("CCCUSDT", 24_000),
    ]  # fmt: skip


def test_on_a_second_each_step_goes_over_all_symbols_before_the_next_step_begins() -> None:
    """At 24 s the order of B expires, the pause around a funding time is over, A is judged: in this order."""
    recording = moved(armed("AAAUSDT", "BBBUSDT"), 21_200, symbol="BBBUSDT")
    recording.ticker(22_100, nextFundingTime=str(START + 23_000))
    moved(recording, 23_500).ticker(24_500)
    cooldown = {"before_seconds": 0, "after_seconds": "0.5"}
    account, entry = {"max_positions": 1}, {"timeout_seconds": 2}
    lines = lines_of(recording, account=account, entry=entry, funding_cooldown=cooldown, rearm_seconds=0)
    told = [(line["type"], line.get("symbol")) for line in lines if line["at"] == 24_000]
    assert told == [
        ("order_expired", "BBBUSDT"), ("session_state", None), ("symbol_rearmed", "BBBUSDT"), ("signal", "AAAUSDT"),
        ("order_placed", "AAAUSDT"),
    ]  # fmt: skip


def test_an_order_for_nothing_is_rejected_even_where_nothing_is_the_minimum() -> None:
    lot = {"qtyStep": "5", "minOrderQty": "0", "maxOrderQty": "1000", "minNotionalValue": "0"}
    recording = moved(armed(lotSizeFilter=lot), 21_200).ticker(22_100)
    first = story(recording)[0]
    assert (first["type"], first.get("reason"), first["quantity"]) == ("order_rejected", "quantity_below_minimum", "0")


def test_a_win_is_a_trade_that_realised_something_and_each_reason_is_summed() -> None:
    def summary(recording: Recording) -> dict[str, Any]:
        return of_type(lines_of(recording), "summary")[0]

    won = summary(filled().ticker(23_400, bid1Price="101.5"))
    assert (won["trades"], won["wins"]) == (1, 1)
    assert won["by_reason"] == {"take_profit": {"trades": 1, "realised": "0.693", "fees": "0.020097"}}
    lost = summary(filled().ticker(23_400, markPrice="100.3"))
    assert (lost["trades"], lost["wins"], list(lost["by_reason"])) == (1, 0, ["stop_loss"])
    own = {name: lost[name] for name in ("trades", "wins", "realised", "fees", "funding", "equity")}
    assert lost["fill_models"]["touch"] == own
