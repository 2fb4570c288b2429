"""The sentence a person came for: trade now, or wait, for how long, and what that usually gave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from p2p_pipeline.p2p.answers.windows import answer_object
from p2p_pipeline.p2p.answers.windows_now import now_or_wait
from p2p_pipeline.p2p.answers.windows_size import AskedSize
from p2p_pipeline.p2p.answers.windows_words import Money, headline, now_words
from p2p_pipeline.p2p.metrics.timing.walk_forward import summary
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.steps.windows import WindowsAnswer, advised
from p2p_pipeline.p2p.trading_hours import TradingHours
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MONDAY, NOISES, WEEK, hourly, rhythm

WEEKS = 10
END = datetime.fromtimestamp(MONDAY, UTC) + timedelta(weeks=WEEKS)
"""A Monday, 00:00 UTC: the hour after the newest price."""


@cache
def answer(wave: float, between: str = "0-24") -> WindowsAnswer:
    """Dearest at 18:00, cheapest at 6:00."""
    logs = NOISES["random walk"](WEEKS * WEEK, np.random.default_rng(1)) + rhythm(WEEKS * WEEK, wave)
    return advised(hourly(logs), parse_settings("timezone: UTC"), "UTC", TradingHours.parse(between))


def test_before_the_best_hours_waiting_is_advised_with_how_long_and_what_it_gave() -> None:
    found = answer(0.01)
    told = now_or_wait(found, END - timedelta(hours=5))
    best = sorted(hour.hour for hour in found.advice.hours)
    assert told.begins_at is not None
    assert told.begins_at.hour == best[0]
    assert told.wait_seconds == (told.begins_at - told.at).total_seconds()
    assert told.is_worth_waiting
    assert told.expected_improvement == pytest.approx(0.02, abs=0.003)
    assert told.past is not None
    assert told.past.quantile_10 < 0.02 < told.past.quantile_90
    assert told.past.chance_better > 0.9
    money = Money(Decimal(5000), "RUB")
    words = "\n".join(now_words(told, found, money))
    assert f"wait: the best hours begin Mon 0{best[0]}:00 in" in words
    assert "RUB of 5,000) over now" in words
    assert "this hour (23:00) usually is" in words


def test_in_a_best_hour_there_is_no_reason_to_wait() -> None:
    told = now_or_wait(answer(0.01), END + timedelta(hours=6, minutes=10))
    assert (told.is_worth_waiting, told.is_best_hour, told.wait_seconds) == (False, True, 0)
    assert told.expected_improvement == 0
    assert told.past is None
    assert "this is one of the best hours" in " ".join(now_words(told, answer(0.01), None))


def test_when_the_best_hours_are_days_off_the_best_of_the_next_day_is_told_beside_them() -> None:
    weeks, at = 26, np.arange(26 * WEEK)
    # Cheapest on Wednesdays at 6:00, of each day at 6:00.
    logs = NOISES["white"](len(at), np.random.default_rng(4)) / 4 - 0.006 * np.cos(2 * np.pi * (at - 54) / WEEK)
    found = advised(hourly(logs + rhythm(len(at), 0.002)), parse_settings("timezone: UTC"), "UTC")
    thursday = datetime.fromtimestamp(MONDAY, UTC) + timedelta(weeks=weeks, days=3, hours=22)
    told = answer_object(found, summary(found.weeks), thursday, AskedSize(Decimal(5000), "RUB", Decimal(5000)))
    assert told["few_best"][-1]["wait_hours"] > 24 > told["within_a_day"]["wait_hours"]
    assert told["within_a_day"]["improvement_fiat"] == Decimal(
        repr(5000 * told["within_a_day"]["improvement"])
    ).quantize(Decimal("0.01"))
    assert told["sentences"]["within_a_day"].startswith("the best of the next 24 hours each time: +0.")
    assert told["now_or_wait"]["wait_seconds"] > 24 * 3600
    soon = told["now_or_wait"]["within_a_day"]
    assert 0 < soon["wait_seconds"] < 24 * 3600
    assert 0 < soon["expected_improvement"] < told["now_or_wait"]["expected_improvement"]
    assert any(line.startswith("within a day: Fri ") for line in told["sentences"]["now"])


def test_outside_a_persons_hours_there_is_nothing_but_to_wait() -> None:
    found = answer(0.01, "8-22")
    told = now_or_wait(found, END - timedelta(minutes=50))
    assert (told.is_trading_time, told.is_worth_waiting) == (False, True)
    assert "now is outside your hours (8-22): the best begin Mon 08:00 in 8 h 50 min" in " ".join(
        now_words(told, found, None)
    )


def test_where_no_hour_is_better_there_is_no_reason_to_wait_and_the_past_is_shown_all_the_same() -> None:
    found = answer(0.0)
    assert not found.advice.hours
    away = next(hour for hour in range(24) if hour not in {at.hour for at in found.advice.candidates})
    told = now_or_wait(found, END + timedelta(hours=away))
    assert (told.is_worth_waiting, told.is_best_hour, told.expected_improvement) == (False, False, None)
    assert told.past is not None
    assert 0.2 < told.past.chance_better < 0.8
    assert "no reason to wait: no hour is known to be reliably better" in " ".join(now_words(told, found, None))


def test_what_comes_after_the_moment_is_not_in_the_answer_and_an_old_price_is_said_to_be() -> None:
    told = now_or_wait(answer(0.01), END + timedelta(hours=20))
    assert told.price_age_seconds == 21 * 3600
    words = " ".join(now_words(told, answer(0.01), None))
    assert "the newest price is 21 h old (2024-03-10 23:00): look again" in words
    assert "it was" in words


def test_money_and_what_it_is_against_are_in_the_headline_and_in_the_json() -> None:
    found = answer(0.01, "8-22")
    assert "better than a random time between 08:00 and 22:00" in headline(found, Money(Decimal(5000), "RUB"))
    told = answer_object(found, summary(found.weeks), END, AskedSize(Decimal(5000), "RUB", Decimal(5000)))
    assert (told["trading_hours"], told["against"]) == ("8-22", "a random time between 08:00 and 22:00")
    share = told["expected_improvement"]
    assert told["money"]["expected_improvement"] == (5000 * Decimal(repr(share))).quantize(Decimal("0.01"))
    assert told["money"]["fiat"] == "RUB"
    assert {hour["hour"] for hour in told["hours"]} <= set(range(8, 22))
    assert told["few_best"][0]["wait_hours"] >= told["candidate_wait_hours"] > 0
    assert told["seen"]["weeks"] == WEEKS
    assert told["now_or_wait"]["is_trading_time"] is False
    # Each of the day's hours comes within one: a wait of a day at most needs no answer of its own.
    assert told["within_a_day"] is told["now_or_wait"]["within_a_day"] is told["sentences"]["within_a_day"] is None
    assert answer_object(found, summary(found.weeks), END)["money"] is None
