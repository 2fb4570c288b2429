"""What was measured over time is whole, and what is said of it holds, or a check says so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.metrics.pricing.schema import QUOTES
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.over_time import advice_holds, higher_scores_hold, history_keeps_quotes, nothing_unusual
from p2p_pipeline_tests.p2p.quality.made_up import START, made


def look(**given: Any) -> dict[str, Any]:
    return {"snapshot_id": "x", "pages": 1, "stop_reason": "book_end", **given}


def quote(price: int | None, **given: Any) -> dict[str, Any]:
    return {
        "profile": "wide",
        "amount_fiat": Decimal(100),
        "snapshot_at": START,
        "best_split_price": None if price is None else Decimal(price),
        **given,
    }


def judged(quotes: pa.Table, history: pa.Table, *looks: dict[str, Any]) -> QualityOutcome:
    return history_keeps_quotes(made(SNAPSHOTS, *(looks or [look()])), quotes, history)


def kept(price: int | None, **given: Any) -> dict[str, Any]:
    value = None if price is None else Decimal(price)
    row = {"measure": "executable", "profile": "wide", "amount_fiat": Decimal(100), "observed_at": START}
    return {**row, "value": value, "origin": "live", **given}


def week(realised: float, *, is_covered: bool = True, verdict: str = "recommended") -> dict[str, Any]:
    return {"verdict": verdict, "realised": realised, "is_covered": is_covered}


def test_a_history_with_every_quote_once_passes() -> None:
    assert judged(made(QUOTES, quote(10), quote(None)), made(HISTORY, kept(10), kept(None))).passed


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (kept(11),),
        (kept(10), kept(10)),
        (kept(10), kept(12, profile="strict")),
        (kept(10, amount_fiat=Decimal(9)),),
    ],
    ids=["lost", "another price", "doubled", "one too many", "another size"],
)
def test_a_quote_lost_changed_or_doubled_on_its_way_to_the_history_fails(rows: tuple[dict[str, Any], ...]) -> None:
    outcome = judged(made(QUOTES, quote(10)), made(HISTORY, *rows))
    assert not outcome.passed
    assert outcome.sample


def test_an_empty_book_has_no_quotes_and_rows_without_a_value_and_passes() -> None:
    empty = kept(None, observed_at=START + timedelta(seconds=30))
    assert judged(made(QUOTES, quote(10)), made(HISTORY, kept(10), empty)).passed


def test_an_amount_that_could_not_be_placed_must_not_be_lost() -> None:
    assert not judged(made(QUOTES, quote(None)), made(HISTORY)).passed


def test_quotes_of_a_blocked_page_are_not_wanted_in_the_history() -> None:
    blocked = look(snapshot_id="blocked", stop_reason="soft_block")
    quotes = made(QUOTES, quote(10), quote(11, snapshot_id="blocked"))
    assert judged(quotes, made(HISTORY, kept(10)), look(), blocked).passed
    assert not judged(quotes, made(HISTORY, kept(10), kept(11)), look(), blocked).passed


def test_what_was_imported_beside_a_market_is_not_missed_among_its_quotes() -> None:
    rows = made(HISTORY, kept(10), kept(99, origin="imported"), kept(5, measure="vwap"))
    assert judged(made(QUOTES, quote(10)), rows).passed


def test_advice_that_lost_money_on_weeks_it_had_not_seen_fails() -> None:
    assert advice_holds(made(WALK_FORWARD, *[week(0.001)] * 20), 0.9).passed
    assert not advice_holds(made(WALK_FORWARD, *[week(-0.001)] * 20), 0.9).passed


def test_intervals_that_hold_much_less_often_than_they_say_fail() -> None:
    weeks = [week(0.001, is_covered=place % 10 < 9) for place in range(40)]
    assert advice_holds(made(WALK_FORWARD, *weeks), 0.9).passed
    too_narrow = [week(0.001, is_covered=place % 10 < 6) for place in range(40)]
    assert not advice_holds(made(WALK_FORWARD, *too_narrow), 0.9).passed


def test_no_week_to_judge_by_is_no_failure_and_says_so() -> None:
    outcome = advice_holds(WALK_FORWARD.empty(), 0.9)
    assert outcome.passed
    assert "no week" in outcome.observed


@pytest.mark.parametrize(("high", "passes"), [(0.45, False), (0.55, True), (None, False)])
def test_scores_that_rank_the_wrong_way_round_fail_when_chance_can_not_explain_it(
    high: float | None, *, passes: bool
) -> None:
    row = {"predictor": "chance_single", "outcome": "legs", "auc": 0.4, "auc_low": 0.35, "auc_high": high}
    assert higher_scores_hold(made(SCORE_CALIBRATION, row)).passed is passes


def test_another_predictor_may_rank_as_it_likes() -> None:
    for predictor in ("price", "score"):
        row = {"predictor": predictor, "outcome": "legs", "auc": 0.1, "auc_low": 0.05, "auc_high": 0.2}
        assert higher_scores_hold(made(SCORE_CALIBRATION, row)).passed


def test_only_the_newest_hour_can_be_unusual_now() -> None:
    def hour(number: int, state: str) -> dict[str, Any]:
        return {"hour_start": START + timedelta(hours=number), "state": state, "reason": f"it was {state}"}

    assert nothing_unusual(made(ANOMALIES, hour(0, "unusual"), hour(1, "normal"))).passed
    assert nothing_unusual(made(ANOMALIES, hour(0, "normal"), hour(1, "not_enough_history"))).passed
    outcome = nothing_unusual(made(ANOMALIES, hour(0, "normal"), hour(1, "regime_change")))
    assert not outcome.passed
    assert outcome.sample[0]["reason"] == "it was regime_change"
