"""Stays become lives, and lives a cohort whose births and ends are known between bounds."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.lives import Lives, join_lives
from p2p_pipeline.p2p.metrics.behaviour.offer_days import offer_day_rows
from p2p_pipeline.p2p.metrics.behaviour.outcomes import ENDINGS, classify, incidences
from p2p_pipeline.p2p.metrics.behaviour.side_day import side_day
from p2p_pipeline.p2p.metrics.behaviour.states import Ending
from p2p_pipeline.p2p.simulator.market import SimulatedMarket
from p2p_pipeline_tests.p2p.metrics.behaviour.books import day_of, look, shown
from p2p_pipeline_tests.p2p.metrics.behaviour.coverage import sightings
from p2p_pipeline_tests.p2p.metrics.behaviour.simulated import MARKET, START, Stay, stays, tables, true_lives

HOUR = 3600.0
DAYS, GAP, REST = 4, 1200, 6 * HOUR


def lives_of(shown_at: set[int], hours: int = 48, rest: float = 6 * HOUR) -> Lives:
    """Hourly looks, of which some show the offer; another offer is always there."""
    looks = [look(60 * n, *([shown("a")] if n in shown_at else []), shown("z")) for n in range(hours)]
    day = day_of(*looks)
    found = join_lives(offer_day_rows(day), day.times, rest)
    assert found is not None
    return found


def spans(lives: Lives) -> list[tuple[int, int]]:
    rows = lives.frame[lives.frame["offer_id"] == "a"]
    since = (rows[["first_seen", "last_seen"]] - lives.looks[0]) // 3_600_000_000
    return [(int(low), int(high)) for low, high in since.itertuples(index=False)]


def test_an_absence_within_the_limit_is_a_rest_and_a_longer_one_an_end() -> None:
    assert spans(lives_of({10, 11, 15, 16})) == [(10, 16)]
    assert spans(lives_of({10, 11, 19, 20})) == [(10, 11), (19, 20)]


def test_a_limit_that_the_looks_cannot_tell_from_an_end_is_raised_and_says_so() -> None:
    lives = lives_of({10, 12}, rest=HOUR)
    assert lives.rest_seconds == 3 * HOUR
    assert spans(lives) == [(10, 12)]


def test_the_cohort_has_only_lives_that_were_absent_for_a_whole_rest_before_and_bounds_both_ends() -> None:
    cohort = lives_of({20, 21, 22}).cohort()
    assert len(cohort) == 1
    assert (cohort.birth_width[0], cohort.low[0], cohort.high[0]) == (HOUR, 2 * HOUR, 3 * HOUR)
    assert len(lives_of({3, 4, 5}).cohort()) == 0


def test_whoever_may_only_be_resting_when_the_window_ends_is_still_there() -> None:
    cohort = lives_of({20, *range(30, 45)}).cohort()
    assert np.isinf(cohort.high).tolist() == [False, True]
    assert cohort.low[1] == 11 * HOUR


def test_offers_without_a_key_are_each_their_own_advertiser() -> None:
    looks = [look(60 * n, *(shown(f"{k}", advertiser_id=None) for k in range(3) if n > 8)) for n in range(30)]
    day = day_of(*looks)
    lives = join_lives(offer_day_rows(day), day.times)
    assert lives is not None
    assert len(set(lives.cohort().cluster.tolist())) == 3


def test_without_a_complete_snapshot_nothing_is_known() -> None:
    day = day_of(look(0, shown("a"), stop="max_pages"))
    assert join_lives(offer_day_rows(day), day.times[day.is_complete]) is None


@cache
def simulated_lives() -> tuple[Lives, list[Stay]]:
    """Four simulated days through the tables, and every stay as it was written."""
    market, rows, looks = SimulatedMarket(MARKET, 1, 30), [], []
    size = (Decimal(40_000), Decimal(500))
    for day in range(DAYS):
        found = side_day(
            *tables(market, [START + day * 86_400 + n * GAP for n in range(86_400 // GAP)]), Side.BUY, size
        )
        assert found is not None
        rows.append(offer_day_rows(found))
        looks.append(found.times)
    lives = join_lives(pa.concat_tables(rows), np.concatenate(looks), REST)
    assert lives is not None
    truth = stays(market, Side.BUY, START - 86_400, START + (DAYS + 1) * 86_400)
    return lives, sorted(truth, key=lambda stay: (stay.offer_id, stay.since))


def test_days_joined_give_the_cohort_that_the_written_lives_give() -> None:
    lives, truth = simulated_lives()
    looks = lives.looks / 1e6
    ours = lives.cohort()
    theirs = sightings(truth, np.zeros(len(truth), dtype=np.int64), looks, REST).cohort(looks, REST)
    both = [sorted(zip(c.low.round(), c.high.round(), strict=True)) for c in (ours, theirs)]
    same = len(set(both[0]) & set(both[1])) / len(set(both[0]) | set(both[1]))
    # A floating price may hide an offer for minutes that the written life does not know of.
    assert len(ours) == pytest.approx(len(theirs), rel=0.02)
    assert same > 0.9


def test_the_bounds_of_filled_and_withdrawn_hold_the_truth() -> None:
    lives, truth = simulated_lives()
    born, cohort = lives.born(), lives.cohort()
    kinds = classify(born)
    ended = np.isfinite(cohort.high)
    by_name: dict[str, list[Stay]] = {}
    for life in true_lives(truth, REST):
        by_name.setdefault(life.offer_id, []).append(life)
    drained = np.array(
        [
            min(by_name[name], key=lambda life: abs(life.until - last)).is_drained
            for name, last in zip(born["offer_id"], born["last_seen"] / 1e6, strict=True)
        ]
    )
    of_ended = kinds[ended]
    assert np.mean(of_ended == 0) <= np.mean(drained[ended]) <= np.mean(of_ended != 1)
    # What is called withdrawn was.
    assert np.mean(drained[ended & (kinds == 1)]) < 0.05
    for row in incidences(cohort, kinds, 0.9):
        assert row.least <= row.share + 1e-9 <= row.most + 2e-9
        assert row.ending in ENDINGS
    central = {(row.ending, row.hours): row.share for row in incidences(cohort, kinds, 0.9)}
    assert central[Ending.WITHDRAWN, 24] > central[Ending.WITHDRAWN, 6]
