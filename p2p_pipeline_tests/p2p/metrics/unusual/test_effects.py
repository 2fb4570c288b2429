"""Special days' effects are found when they are there, and not made out of a drifting price."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p_pipeline.p2p.metrics.unusual.effects import LEAST_OCCURRENCES, TagEffect, effects_by_tag
from p2p_pipeline.p2p.metrics.unusual.grid import HOUR_SECONDS
from p2p_pipeline.p2p.metrics.unusual.states import EffectState
from p2p_pipeline.p2p.metrics.unusual.tags import DayCalendar
from p2p_pipeline.p2p.settings_analytics import AnalyticsSettings, EventSettings
from p2p_pipeline_tests.p2p.metrics.unusual.made_up import FIRST_HOUR, Floats, series_of

CALENDAR = DayCalendar.of("BOB", AnalyticsSettings(), ZoneInfo("UTC"))
HOURS = np.arange(180 * 24) + FIRST_HOUR
WEEKENDS = np.array([CALENDAR.local_day(int(hour) * HOUR_SECONDS).weekday() >= 5 for hour in HOURS])


def walk(seed: int, drift: float = 0.0) -> Floats:
    return 2 + np.cumsum(np.random.default_rng(seed).normal(drift, 0.001, len(HOURS)))


def weekend_effect(levels: Floats, calendar: DayCalendar = CALENDAR) -> TagEffect:
    return effects_by_tag(series_of(np.exp(levels)), calendar, 0.9, seed=1)[0]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("effect", [0.01, -0.01])
def test_a_weekend_effect_is_found_with_its_size(seed: int, effect: float) -> None:
    found = weekend_effect(walk(seed) + np.log1p(effect) * WEEKENDS)
    assert found.state is EffectState.DIFFERS
    assert found.effect == pytest.approx(effect, abs=0.004)
    assert found.interval is not None
    assert found.interval[0] < (found.effect or 0) < found.interval[1]
    assert found.occurrences >= 23


def test_a_drift_without_weekends_makes_no_effect_in_nine_of_ten_series() -> None:
    states = [weekend_effect(walk(seed, drift=0.0003)).state for seed in range(10)]
    assert states.count(EffectState.DIFFERS) <= 1


def test_few_occurrences_are_a_state_and_no_number() -> None:
    found = weekend_effect(walk(1)[: 5 * 7 * 24])
    assert found.state is EffectState.TOO_FEW
    assert found.effect is None
    assert found.interval is None
    assert found.occurrences < LEAST_OCCURRENCES


def test_without_a_country_weekends_and_holidays_are_unknown_and_events_are_still_there() -> None:
    event = EventSettings(name="strike", first=date(2025, 3, 3), last=date(2025, 3, 5))
    analytics = AnalyticsSettings(events=(event,))
    found = effects_by_tag(series_of(np.exp(walk(1))), DayCalendar.of("USD", analytics, ZoneInfo("UTC")), 0.9, seed=1)
    assert [effect.state for effect in found] == [
        EffectState.HOLIDAYS_UNKNOWN,
        EffectState.HOLIDAYS_UNKNOWN,
        EffectState.TOO_FEW,
    ]
    assert found[2].occurrences == 1


def test_the_same_seed_gives_the_same_interval_and_a_series_of_nothing_no_number() -> None:
    levels = walk(2)
    assert weekend_effect(levels) == weekend_effect(levels)
    assert weekend_effect(np.empty(0)).state is EffectState.TOO_FEW


def test_days_hardly_seen_do_not_count() -> None:
    levels = walk(3)
    levels[np.arange(len(levels)) % 24 > 8] = np.nan
    assert weekend_effect(levels).days == 0
