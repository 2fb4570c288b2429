"""What an order would have come to under stricter fills, each by the rule of docs/paper.md that it guards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.machine.fill_models import FillModels
from p2p_pipeline.paper.words import FillModel
from p2p_pipeline_tests.paper.machine.test_broker import placed
from p2p_pipeline_tests.paper.machine.test_funding_and_commands import session_after, told
from p2p_pipeline_tests.paper.recordings import START, Recording
from p2p_pipeline_tests.paper.sessions import lines_of, of_type

WIDE = {"exit": {"take_profit_pct": 50, "stop_loss_pct": 50}}
AWAY: dict[str, Any] = {"ask1Price": "101.1", "bid1Price": "100.9"}


def models(recording: Recording, **config: Any) -> dict[str, dict[str, Any]]:
    """The three of the summary; a LONG of 0.99 at 100.8 was placed at 22 s (a SHORT of 1 at 99.1)."""
    return of_type(lines_of(recording, **config), "summary")[0]["fill_models"]  # type: ignore[no-any-return]


def trades(recording: Recording, **config: Any) -> dict[str, int]:
    return {model: figures["trades"] for model, figures in models(recording, **config).items()}


def test_the_log_has_the_three_of_them_the_session_s_own_first_with_the_same_figures() -> None:
    found = models(placed())
    assert set(found) == {"touch", "through", "queue_late"}
    assert {tuple(sorted(figures)) for figures in found.values()} == {
        ("equity", "fees", "funding", "realised", "trades", "wins")
    }


@pytest.mark.parametrize(("ask", "count"), [("100.8", 0), ("100.71", 0), ("100.7", 1)])
def test_through_wants_the_price_a_whole_tick_beyond_the_limit(ask: str, count: int) -> None:
    recording = placed().ticker(22_300, ask1Price=ask).ticker(22_400, **AWAY)
    assert trades(recording, **WIDE)["through"] == count


@pytest.mark.parametrize(("bid", "count"), [("99.1", 0), ("99.2", 1)])
def test_through_mirrors_a_short(bid: str, count: int) -> None:
    recording = placed("-1").ticker(22_300, bid1Price=bid).ticker(22_400, bid1Price="98.9")
    assert trades(recording, **WIDE) == {"touch": 1, "through": count, "queue_late": 0}


def test_through_is_filled_at_the_limit_all_the_same() -> None:
    found = models(placed().ticker(22_300, ask1Price="100", bid1Price="101"), **WIDE)["through"]
    # out at the bid of the stop: 101; fees of 100.8 as a maker and of 101 as a taker
    assert Decimal(found["realised"]) == Decimal("0.2") * Decimal("0.99")
    assert Decimal(found["fees"]) == Decimal("0.99") * (Decimal("100.8") * 2 + 101 * Decimal("5.5")) / 10_000


def test_a_late_queue_is_filled_at_the_next_second_only_when_the_price_is_still_there() -> None:
    left = placed().ticker(22_300, ask1Price="100").ticker(22_999, **AWAY).ticker(23_500)
    assert trades(left, **WIDE) == {"touch": 1, "through": 1, "queue_late": 0}
    stayed = placed().ticker(22_300, ask1Price="100.8").ticker(23_000, ask1Price="100.8").ticker(23_500, **AWAY)
    assert trades(stayed, **WIDE) == {"touch": 1, "through": 0, "queue_late": 1}
    # away at that second's own millisecond, before the second
    late = placed().ticker(22_300, ask1Price="100.8").ticker(23_000, **AWAY).ticker(23_500)
    assert trades(late, **WIDE)["queue_late"] == 0


def test_a_touch_that_was_gone_at_the_second_is_forgotten_until_the_next_one() -> None:
    recording = placed().ticker(22_300, ask1Price="100.8").ticker(22_500, **AWAY).ticker(23_500, ask1Price="100.8")
    assert trades(recording, **WIDE)["queue_late"] == 0
    assert trades(recording.ticker(24_100), **WIDE)["queue_late"] == 1


def test_what_was_touched_and_lost_its_connection_is_not_filled_late() -> None:
    recording = placed().ticker(22_300, ask1Price="100").put(22_500, "", kind="close")
    recording.put(22_600, "", kind="open").ticker(23_500)
    assert trades(recording, **WIDE) == {"touch": 1, "through": 1, "queue_late": 0}


def test_the_second_at_which_an_order_expires_still_fills_what_was_touched_before_it() -> None:
    entry = {"timeout_seconds": 2}
    recording = placed().ticker(23_900, ask1Price="100.8").ticker(24_500)
    assert trades(recording, **WIDE, entry=entry)["queue_late"] == 1
    too_late = placed().ticker(24_500, ask1Price="100.7").ticker(25_500)
    assert set(trades(too_late, **WIDE, entry=entry).values()) == {0}
    # touched in time, beyond only after the end: under `through` it had expired
    beyond_late = placed().ticker(22_900, ask1Price="100.8").ticker(24_500, ask1Price="100").ticker(25_500)
    assert trades(beyond_late, **WIDE, entry=entry) == {"touch": 1, "through": 0, "queue_late": 1}


def held() -> Recording:
    """All three hold 0.99 from 100.8 on at 23.1 s: take-profit 101.5, stop-loss 100.3."""
    return placed().ticker(22_300, ask1Price="100.7", bid1Price="100.6").ticker(23_100)


def test_a_take_profit_is_held_to_the_same_as_an_entry() -> None:
    touched = models(held().ticker(23_400, bid1Price="101.5").ticker(23_500, bid1Price="100.6").ticker(24_500))
    assert {name for name, figures in touched.items() if figures["wins"]} == {"touch"}
    beyond = models(held().ticker(23_400, bid1Price="101.6").ticker(23_500, bid1Price="100.6").ticker(24_500))
    assert {name for name, figures in beyond.items() if figures["realised"] == "0.693"} == {"touch", "through"}
    stayed = models(held().ticker(23_400, bid1Price="101.5").ticker(24_500, bid1Price="100.6"))
    assert {name for name, figures in stayed.items() if figures["realised"] == "0.693"} == {"touch", "queue_late"}


def test_a_stop_loss_is_the_session_s_own_and_comes_before_a_take_profit_that_waits_for_its_second() -> None:
    recording = held().ticker(23_400, bid1Price="101.5").ticker(23_500, bid1Price="100.1", markPrice="100.3")
    found = models(recording.ticker(24_500))
    assert Decimal(found["queue_late"]["realised"]) == Decimal("0.99") * (Decimal("100.1") - Decimal("100.8"))
    assert found["queue_late"]["realised"] == found["through"]["realised"]


def test_an_entry_filled_at_an_event_is_closed_only_by_a_later_one() -> None:
    recording = placed().ticker(22_300, ask1Price="100.7", bid1Price="100", markPrice="100.3")
    at_once = models(recording)
    # only the stop closes it: forced fees, and not the stop-loss's
    assert Decimal(at_once["through"]["fees"]) == Decimal("0.99") * (Decimal("201.6") + 550) / 10_000


def test_one_event_that_reaches_both_exits_closes_at_the_stop_loss() -> None:
    found = models(held().ticker(23_400, bid1Price="101.6", markPrice="100.3").ticker(24_500))
    assert {figures["realised"] for figures in found.values()} == {"-0.495"}


def test_funding_is_paid_by_what_is_open_before_its_moment() -> None:
    recording = placed().ticker(22_100, nextFundingTime=str(START + 25_000)).ticker(24_200, ask1Price="100.7")
    found = models(recording.ticker(26_000), **WIDE, funding_cooldown={"before_seconds": 0})
    # the late one was filled on the second of the moment itself, after it
    assert {name: figures["funding"] for name, figures in found.items()} == {
        "touch": "-0.009999", "through": "-0.009999", "queue_late": "0",
    }  # fmt: skip


def test_a_stale_symbol_s_waiting_shadows_are_cancelled_and_what_is_open_stays() -> None:
    recording = placed().ticker(22_300, ask1Price="100.8").ticker(22_400, **AWAY)
    recording.ticker(30_000, ask1Price="100", bid1Price="99.9").ticker(31_500)
    found = models(recording, **WIDE, stale_after_seconds=5, reference_max_age_seconds=5)
    assert {name: figures["trades"] for name, figures in found.items()} == {"touch": 1, "through": 0, "queue_late": 0}
    kept = held().ticker(31_000, bid1Price="101.6", ask1Price="101.7").ticker(31_500)
    assert trades(kept, stale_after_seconds=5, reference_max_age_seconds=5) == dict.fromkeys(found, 1)


def test_a_shadow_may_outlive_the_session_s_order_and_meet_the_next_one() -> None:
    recording = placed().ticker(22_300, ask1Price="100.8").ticker(22_400, **AWAY).ticker(22_500, bid1Price="101.5")
    recording.ticker(22_600, bid1Price="100.9").ticker(24_100).ticker(24_500, ask1Price="100.7").ticker(25_100)
    assert trades(recording, account={"max_positions": 1}) == {"touch": 2, "through": 2, "queue_late": 2}


def test_commands_take_the_shadows_along() -> None:
    session, at = session_after(placed().ticker(22_300, ask1Price="100.8").ticker(22_400, **AWAY))
    told(session, Command.CANCEL_ALL, at)
    assert not session.traded["AAAUSDT"].shadows
    assert not session.models.shadowed
    session, at = session_after(held())
    told(session, Command.CLOSE_ALL, at)
    assert {model: figures["trades"] for model, figures in session.results().items()} == {
        "touch": 1, "through": 1, "queue_late": 1,
    }  # fmt: skip
    assert session.traded["AAAUSDT"].is_idle


def test_while_it_runs_each_model_shows_its_open_positions_at_mark() -> None:
    session, _ = session_after(placed().ticker(22_300, ask1Price="100.7", bid1Price="100.6", markPrice="102"))
    fee = Decimal("100.8") * Decimal("0.99") * 2 / 10_000
    at_mark = 10_000 - fee + Decimal("1.2") * Decimal("0.99")
    now = {model: figures["equity"] for model, figures in session.results().items()}
    assert now == {"touch": at_mark, "through": at_mark, "queue_late": 10_000}
    left_out = {model: figures["equity"] for model, figures in session.results(is_at_mark=False).items()}
    assert left_out == {"touch": 10_000 - fee, "through": 10_000 - fee, "queue_late": 10_000}


def test_a_symbol_without_order_costs_nothing() -> None:
    session, _ = session_after(placed().ticker(22_300, ask1Price="100.8").ticker(22_400, **AWAY).ticker(52_500))
    assert session.traded["AAAUSDT"].shadows == []
    assert session.models.shadowed == set()


def test_models_that_began_anew_after_a_crash_say_since_when() -> None:
    found = FillModels.from_start(Decimal(9_000), since=7).results({}, is_at_mark=True)
    assert {model: (figures["since"], figures["equity"]) for model, figures in found.items()} == {
        FillModel.THROUGH: (7, 9_000), FillModel.QUEUE_LATE: (7, 9_000),
    }  # fmt: skip


def test_a_shadow_goes_on_when_the_session_s_own_position_is_closed() -> None:
    recording = held().ticker(23_400, bid1Price="101.5").ticker(23_500, bid1Price="101.6")
    session, _ = session_after(recording)
    assert {model: figures["trades"] for model, figures in session.results().items()} == {
        "touch": 1, "through": 1, "queue_late": 0,
    }  # fmt: skip


def test_an_exit_that_was_there_when_its_entry_was_filled_late_waits_for_an_event_too() -> None:
    recording = placed().ticker(22_400, ask1Price="100.8", bid1Price="101.6").put(24_500, "{}")
    session, _ = session_after(recording)
    assert session.results()["queue_late"]["trades"] == 0
    session, _ = session_after(recording.ticker(24_600).put(25_500, "{}"))
    assert session.results()["queue_late"]["wins"] == 1


def test_each_kind_of_fill_pays_its_own_fee_under_every_model() -> None:
    fees = {"fee_of": {"entry": "maker", "take_profit": "taker", "stop_loss": "maker"}}
    fees["fees_pct"] = {"maker": "1", "taker": "10"}
    won = models(held().ticker(23_400, bid1Price="101.6").ticker(24_500), **fees)
    assert {Decimal(figures["fees"]) for figures in won.values()} == {Decimal("0.99") * (1008 + 10150) / 1000}
    lost = models(held().ticker(23_400, bid1Price="100.3", markPrice="100.3").ticker(24_500), **fees)
    assert {Decimal(figures["fees"]) for figures in lost.values()} == {Decimal("0.99") * (1008 + 1003) / 1000}
