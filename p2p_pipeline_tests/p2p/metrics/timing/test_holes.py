"""Which weeks count, which don't, and why."""

from __future__ import annotations

from datetime import date

import numpy as np

from p2p_pipeline.p2p.answers.windows_words import holes_words
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.holes import WeekSeen, WeekState, spans, weeks_seen
from p2p_pipeline.p2p.metrics.timing.local_hours import local_hours
from p2p_pipeline.p2p.trading_hours import TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.advising import walk_forward
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, Floats, hourly, rhythm


def with_holes() -> Floats:
    """Sixteen weeks: two of them without a price, and the newest three with one look a day."""
    logs = NOISES["random walk"](16 * WEEK, np.random.default_rng(5)) + rhythm(16 * WEEK, 0.004)
    logs[8 * WEEK : 10 * WEEK] = np.nan
    logs[13 * WEEK :][np.arange(3 * WEEK) % 24 != 9] = np.nan
    return logs


def seen(logs: Floats, trading: TradingHours | None = None) -> list[WeekSeen]:
    series, trading = hourly(logs), trading or TradingHours()
    judged = {week.first_day for week in walk_forward(series, "UTC", trading=trading)}
    history = GainHistory.of(local_hours(series, "UTC"), series.key.market_side.side, trading)
    return weeks_seen(history, judged, 4)


def test_every_week_has_its_state_and_stretches_are_told_newest_first() -> None:
    found = seen(with_holes())
    assert [week.state for week in found] == (
        [WeekState.NOT_ADVISED] * 4
        + [WeekState.JUDGED] * 4
        + [WeekState.NO_PRICE] * 2
        + [WeekState.JUDGED] * 3
        + [WeekState.TOO_FEW_HOURS] * 3
    )
    assert [(span.weeks, span.first_day) for span in spans(found)][:2] == [
        (3, date(2024, 4, 1)),
        (3, date(2024, 3, 11)),
    ]
    assert holes_words(found) == (
        "judged on 7 of 16 weeks; the newest 3 had too few hours (from 2024-04-01); 2 had no price (2024-02-26 to "
        "2024-03-10); 4 came before there was enough history (2024-01-01 to 2024-01-28)"
    )


def test_weeks_are_counted_by_the_hours_a_person_can_trade_in() -> None:
    logs = with_holes()[: 8 * WEEK]
    logs[6 * WEEK :][np.arange(2 * WEEK) % 24 >= 9] = np.nan
    by_night, by_day = seen(logs, TradingHours.parse("22-6")), seen(logs, TradingHours.parse("12-20"))
    assert by_night[-2].state is WeekState.JUDGED
    assert by_day[-2].state is WeekState.NO_PRICE
    assert by_day[-2].hours_seen == 0


def test_a_week_that_has_just_begun_is_no_hole() -> None:
    assert seen(with_holes()[: 7 * WEEK + 30])[-1].state is WeekState.NOT_WHOLE


def test_without_a_week_to_judge_it_is_said_so() -> None:
    assert holes_words(()) == "not judged: there is no price"
    assert holes_words(seen(with_holes()[: 2 * WEEK])).startswith("not judged: there was no week to score it on; the")
