from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.deals.grading import grade_parts, wilson_lower
from p2p_pipeline.p2p.metrics.deals.inputs import DealInputs
from p2p_pipeline.p2p.metrics.deals.score import WEIGHTS, Score
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.p2p.metrics.deals.made_up import (
    ALWAYS_KNOWN,
    DEAL_FIELDS,
    GOOD,
    LEG_FIELDS,
    TERMS,
    deal_inputs,
    scored,
    with_leg,
)

TINY = 1e-9
FEW_OR_MANY = settings(max_examples=this_many(20, 500), deadline=None)


def no_part_is_better(worse: Score, better: Score) -> bool:
    """Whether the first is nowhere above the second: in no part, and not in total."""
    pairs = zip(worse.parts, better.parts, strict=True)
    return worse.total <= better.total + TINY and all(low.value <= high.value + TINY for low, high in pairs)


@pytest.mark.parametrize("name", DEAL_FIELDS)
@FEW_OR_MANY
@given(data=st.data(), inputs=deal_inputs())
def test_better_news_of_the_deal_lowers_no_part_and_not_the_total(
    name: str, data: st.DataObject, inputs: DealInputs
) -> None:
    values, is_more_better = DEAL_FIELDS[name]
    one, other = sorted((data.draw(values), data.draw(values)))
    worse, better = (one, other) if is_more_better else (other, one)
    changed: tuple[dict[str, Any], dict[str, Any]] = {name: worse}, {name: better}
    assert no_part_is_better(scored(replace(inputs, **changed[0])), scored(replace(inputs, **changed[1])))


@pytest.mark.parametrize("name", LEG_FIELDS)
@FEW_OR_MANY
@given(data=st.data(), inputs=deal_inputs())
def test_better_news_of_any_leg_lowers_no_part_and_not_the_total(
    name: str, data: st.DataObject, inputs: DealInputs
) -> None:
    values, is_more_better = LEG_FIELDS[name]
    one, other = sorted((data.draw(values), data.draw(values)))
    worse, better = (one, other) if is_more_better else (other, one)
    place = data.draw(st.integers(0, len(inputs.legs) - 1))
    low, high = with_leg(inputs, place, **{name: worse}), with_leg(inputs, place, **{name: better})
    assert no_part_is_better(scored(low), scored(high))


@FEW_OR_MANY
@given(deal_inputs())
def test_the_contributions_are_what_is_missing_to_a_hundred(inputs: DealInputs) -> None:
    score = scored(inputs)
    assert 0 <= score.total <= 100
    assert all(part.contribution <= 0 for part in score.parts)
    assert 100 + sum(part.contribution for part in score.parts) == pytest.approx(score.total)
    assert score.total <= score.fresh_total + TINY


@pytest.mark.parametrize("name", [name for name in (*LEG_FIELDS, *DEAL_FIELDS) if name not in ALWAYS_KNOWN])
def test_what_is_unknown_is_neither_good_nor_the_worst_and_the_score_says_so(name: str) -> None:
    worst = {"completion_rate": 0.0, "orders_30d": 0, "presence": 0.0, "price_rank": 0.0, "held_minutes": 0.0}
    bad: dict[str, Any] = {name: worst.get(name, 0.9 if name in ("lead", "crossing") else 1e4)}
    unknown: dict[str, Any] = {name: None}
    if name in LEG_FIELDS:
        scores = [scored(with_leg(GOOD, 0, **change)) for change in (bad, unknown, {})]
    else:
        scores = [scored(replace(GOOD, **change)) for change in (bad, unknown, {})]
    assert scores[2].known_weight == 1.0
    assert scores[1].known_weight < 1.0
    assert any(low.value < high.value for low, high in zip(scores[1].parts, scores[2].parts, strict=True))
    assert any(low.value < high.value for low, high in zip(scores[0].parts, scores[1].parts, strict=True))
    assert scores[0].total <= scores[1].total <= scores[2].total
    assert any("not known" in part.reason for part in scores[1].parts)


def test_bait_is_not_averaged_away() -> None:
    bait = scored(with_leg(GOOD, 0, lead=0.06), replace(TERMS, next_price=10.6))
    assert scored(GOOD).total > 80
    assert bait.total < 10
    assert min(bait.parts, key=lambda part: part.contribution).name == "teaser"


def test_a_bait_leg_counts_by_its_share_of_the_amount() -> None:
    small = replace(GOOD.legs[0], share=0.01, lead=0.06)
    mixed = scored(replace(GOOD, legs=(replace(GOOD.legs[0], share=0.99), small)))
    assert mixed.value("teaser") > 0.95


def test_a_view_of_yesterday_says_nothing_about_now_but_remembers_what_it_was() -> None:
    old = scored(replace(GOOD, age_seconds=86_400.0))
    assert old.total < 1
    assert old.fresh_total == pytest.approx(scored(replace(GOOD, age_seconds=0.0)).total)


def test_the_weights_share_out_everything() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert [part.name for part in scored(GOOD).parts] == [grade.name for grade in grade_parts(GOOD)]
    assert {part.name for part in scored(GOOD).parts} == set(WEIGHTS)


def test_a_deal_without_a_leg_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one leg"):
        replace(GOOD, legs=())


def test_the_completion_rate_counts_by_how_many_orders_it_rests_on() -> None:
    assert wilson_lower(1.0, 0) == 0.0
    assert wilson_lower(1.0, 5) < wilson_lower(0.95, 400) < 0.95
    # Wilson, 1927: p = 0.9, n = 100, z = 1.96 gives 0.8256.
    assert wilson_lower(0.9, 100, 1.96) == pytest.approx(0.8256, abs=1e-4)
