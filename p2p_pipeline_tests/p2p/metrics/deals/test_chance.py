from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.deals.calibration import calibrate
from p2p_pipeline.p2p.metrics.deals.chance import PRIOR, ChanceModel, doubt, honoured, learned
from p2p_pipeline.p2p.metrics.deals.followed import followed, judged, rescored
from p2p_pipeline.p2p.metrics.deals.schema import SCORES
from p2p_pipeline.p2p.metrics.deals.similar import CHANCES, learned_chance
from p2p_pipeline_tests.p2p.metrics.deals.made_up import GOOD, with_leg
from p2p_pipeline_tests.p2p.metrics.deals.scored_rows import NOON, row

Floats = NDArray[np.float64]
TRUTH = ChanceModel(-0.5, 1.0, 0.0, 0.3)


def parts(count: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).uniform(0.05, 0.95, (count, 3))


def fates(model: ChanceModel, values: Floats, hours: float, seed: int = 2) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(len(values)) < model.still_there(values, hours)


def test_a_market_that_is_followed_for_long_teaches_its_own_rule() -> None:
    values = parts(6000)
    found = learned(values, fates(TRUTH, values, 1.0), np.full(6000, 1.0), np.arange(6000) // 20)
    assert found is not None
    assert (found.hours, found.is_learned, PRIOR.is_learned) == (1.0, True, False)
    for name in ("level", "stability", "advertiser"):
        assert getattr(found, name) == pytest.approx(getattr(TRUTH, name), abs=0.1)
    # What was learned after an hour holds for other times: it is a rate.
    assert np.abs(found.still_there(values, 0.1) - TRUTH.still_there(values, 0.1)).max() < 0.05


def test_more_doubt_never_makes_a_deal_safer_whatever_the_past_says() -> None:
    values = parts(3000)
    upside_down = fates(TRUTH, 1 - values, 1.0)
    found = learned(values, upside_down, np.full(3000, 1.0), np.arange(3000) // 20)
    assert found is not None
    assert min(found.stability, found.liquidity, found.advertiser) >= 0


@pytest.mark.parametrize(("deals", "hours", "broken"), [(90, 45, 20), (400, 5, 100), (400, 40, 3)])
def test_too_few_deals_hours_or_fates_teach_nothing(deals: int, hours: int, broken: int) -> None:
    held = np.arange(deals) >= broken
    assert learned(parts(deals), held, np.full(deals, 0.1), np.arange(deals) * hours // deals) is None


def test_the_doubt_in_a_chance_to_last_an_hour_is_the_logarithm_of_its_rate() -> None:
    assert doubt(np.array([np.exp(-0.5)])) == pytest.approx(np.log(0.5))


def test_bait_and_a_poor_record_lower_the_chance_that_a_deal_is_meant() -> None:
    assert honoured(GOOD, 0.9) > 0.97
    assert honoured(GOOD, 0.05) == pytest.approx(honoured(GOOD, 0.9) / 10)
    unknown = honoured(with_leg(GOOD, 0, completion_rate=None), 0.9)
    assert honoured(with_leg(GOOD, 0, completion_rate=0.3), 0.9) < unknown < honoured(GOOD, 0.9)


def table(days: int, a_day: int = 240, legs: int = 1, **changed: Any) -> Any:
    """Deals of some days whose fate after 5 minutes follows the truth; `changed` says how the last day differs."""
    count = days * a_day
    values = parts(count)
    held = fates(TRUTH, values, 5 / 60 * 20)
    rows = []
    for n in range(count):
        last = changed if n >= count - a_day else {}
        at = NOON - timedelta(days=days) + timedelta(minutes=1440 / a_day * n)
        named = dict(zip(("stability_value", "liquidity_value", "advertiser_value"), values[n].tolist(), strict=True))
        rows.append({**row(n, 50.0, bool(held[n])), **named, "legs": legs, "snapshot_at": at, **last})
    return SCORES.table_of(rows)


@pytest.mark.parametrize(("kind", "legs"), [("chance_single", 1), ("chance_split", 2)])
def test_on_days_it_has_not_seen_the_chance_is_righter_than_one_share_for_all(kind: str, legs: int) -> None:
    rows = [entry for entry in calibrate(table(6, legs=legs), "m", NOON, 6).to_pylist() if entry["predictor"] == kind]
    assert {entry["horizon"] for entry in rows} == {"5"}
    assert rows[0]["judged_days"] >= 5
    assert rows[0]["brier"] < rows[0]["brier_before"] - 0.02
    for entry in rows:
        assert entry["share_low"] - 0.1 <= entry["mean_chance"] <= entry["share_high"] + 0.1
    model = learned_chance(rows, kind, 5.0)
    assert model.is_learned
    assert model.stability == pytest.approx(TRUTH.stability, abs=0.2)


def test_what_comes_later_changes_no_chance_and_no_score_of_the_days_before() -> None:
    found = []
    for scores in (table(4), table(4, legs_held_5=False, price=95, stability_value=0.5)):
        deals = followed(scores, "chance_single", "5")
        of_kind = {kind: [followed(scores, kind, "5")] for kind in CHANCES}
        earlier = judged(deals).chance[:-240]
        found.append((earlier, rescored(scores, of_kind, 5.0)[: 3 * 240]))
    assert len(found[0][0]) > 100
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert len(np.unique(found[0][1])) > 100, "scores are told by the chance of their day"


def test_a_fate_that_was_not_known_when_the_day_began_teaches_it_nothing() -> None:
    scores = table(2)
    deals = followed(scores, "chance_single", "5")
    second = float(np.unique(deals.days)[1])
    late = deals.at >= second * 86_400 - 120
    assert late.any()
    assert not (deals.known_at(second) & late).any()


def test_a_market_seen_for_one_day_is_told_by_the_general_rule_which_is_judged() -> None:
    rows = calibrate(table(1, 100), "m", NOON, 1).to_pylist()
    told = [entry for entry in rows if entry["predictor"] == "chance_single"]
    assert {entry["judged_days"] for entry in told} <= {0, 1}
    assert all(0 <= entry["brier"] <= 1 for entry in told)
    assert learned_chance([], "chance_single", 5.0) == PRIOR
