"""Filled, withdrawn or unknown; competing outcomes; how often prices change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.outcomes import ENDINGS, classify, cumulative_incidence, incidences
from p2p_pipeline.p2p.metrics.behaviour.updates import update_rate


def ending(left: float, *, most: float = 100, low: float = 100, high: float = 5000) -> str:
    """How an offer at price 10 ends that was last seen with so much left."""
    row = {"last_available_asset": left, "most_available_asset": most, "last_price": 10.0}
    return str(ENDINGS[classify(pd.DataFrame([row | {"last_min_fiat": low, "last_max_fiat": high}]))[0]])


def test_what_was_left_at_the_last_look_says_how_an_offer_ended_or_that_it_does_not() -> None:
    assert ending(100) == "withdrawn"
    assert ending(60) == "withdrawn"
    assert ending(30) == "unknown"
    assert ending(10) == "filled"
    assert ending(0) == "filled"


def test_an_offer_below_its_own_smallest_order_was_filled_unless_it_always_was() -> None:
    assert ending(30, low=400, high=300) == "filled"
    assert ending(100, low=4000, high=1000) == "unknown"


def test_an_offer_that_one_smallest_order_could_have_taken_is_not_called_withdrawn() -> None:
    assert ending(100, low=600) == "unknown"


def test_an_offer_that_never_had_anything_is_not_called_withdrawn() -> None:
    assert ending(0, most=0) == "filled"


def test_cumulative_incidence_is_that_of_lifelines() -> None:
    random = np.random.default_rng(4)
    times = random.weibull(0.8, 300) * 4 + 0.2
    kinds = random.integers(-1, 2, 300)
    # lifelines counts an entry at the very beginning as none at all.
    entry = np.minimum(random.uniform(0, 0.2, 300), times / 2)
    at, curves = cumulative_incidence(times, kinds, entry, np.ones(300), 2)
    theirs = AalenJohansenFitter(calculate_variance=False).fit(times, kinds + 1, event_of_interest=1, entry=entry)
    found = theirs.cumulative_density_["CIF_1"]
    assert curves[0][at > 0.5] == pytest.approx(found.reindex(at).to_numpy()[at > 0.5], abs=1e-9)


def test_shares_of_all_endings_and_of_those_still_there_add_up_to_one() -> None:
    random = np.random.default_rng(5)
    times = random.exponential(1.0, 500)
    _, curves = cumulative_incidence(times, random.integers(0, 3, 500), np.zeros(500), np.ones(500), 3)
    assert curves[:, -1].sum() == pytest.approx(1.0)


def test_intervals_hold_the_truth_of_two_known_risks_and_nothing_finer_than_two_looks_is_told() -> None:
    random = np.random.default_rng(6)
    hours = random.exponential(8.0, 3000)
    gap = 600.0
    kinds = (random.random(3000) < 0.7).astype(np.int64)
    low = np.floor(hours * 3600 / gap) * gap
    cohort = Cohort(np.full(3000, 1.0), low, low + gap, np.arange(3000) // 2)
    for row in incidences(cohort, kinds, 0.99):
        share = {"filled": 0.3, "withdrawn": 0.7, "unknown": 0.0}[row.ending] * (1 - np.exp(-row.hours / 8.0))
        assert row.low - 0.005 <= share <= row.high + 0.005
    wide = Cohort(np.full(3000, 7200.0), low, low + 7200, np.arange(3000))
    assert min(row.hours for row in incidences(wide, kinds, 0.9)) == 6


def watched(rates_per_hour: NDArray[np.float64], gap_hours: float, hours: float, seed: int) -> pd.DataFrame:
    """Offers of as many advertisers that change their price at these rates, looked at every gap."""
    random = np.random.default_rng(seed)
    pairs = round(hours / gap_hours)
    changes = random.binomial(pairs, -np.expm1(-rates_per_hour * gap_hours))
    names = [f"k{n}" for n in range(len(rates_per_hour))]
    return pd.DataFrame(
        {
            "offer_id": names,
            "advertiser_id": names,
            "is_floating_price": False,
            "exposed_seconds": hours * 3600,
            "pairs": pairs,
            "price_changes": changes,
        }
    )


def test_the_interval_of_a_rate_knows_that_advertisers_differ() -> None:
    held = []
    for seed in range(60):
        rates = np.random.default_rng(seed + 500).gamma(0.5, 0.4, 80)
        found = update_rate(watched(rates, 1 / 120, 20.0, seed), 0.9)
        assert found is not None
        held.append(found.low <= 0.2 <= found.high)
    assert 0.78 <= np.mean(held) <= 0.99


def test_a_rate_from_looks_far_apart_is_a_lower_bound_and_the_correction_comes_closer() -> None:
    found = update_rate(watched(np.full(60, 3.0), 0.5, 40.0, 1), 0.9)
    assert found is not None
    assert found.per_hour < 2.0
    assert found.corrected_per_hour == pytest.approx(3.0, rel=0.1)


def test_no_rate_is_told_of_hours_that_nobody_watched_and_floating_prices_are_no_decisions() -> None:
    frame = watched(np.full(10, 1.0), 0.5, 2.0, 1)
    assert update_rate(frame, 0.9) is None
    frame = watched(np.full(10, 1.0), 0.5, 200.0, 1)
    assert update_rate(frame.assign(is_floating_price=True), 0.9) is None


def test_no_change_in_many_hours_bounds_the_rate() -> None:
    found = update_rate(watched(np.zeros(10), 0.5, 100.0, 1), 0.9)
    assert found is not None
    assert (found.per_hour, found.low) == (0.0, 0.0)
    assert 0 < found.high < 0.01
