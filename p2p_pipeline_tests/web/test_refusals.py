"""No hour is better: said as plainly as a recommendation, with the test that failed, in commands and on pages."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p_pipeline.p2p.answers.windows_words import failed_words
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.steps.windows import WindowsAnswer, advised
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.refusals import failed_text
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import NOISES, WEEK, hourly

BY_LUCK = (FailedTest.BEST_HOUR, FailedTest.SIGNS, FailedTest.FOLLOWED)


@pytest.fixture(scope="module")
def nothing() -> WindowsAnswer:
    """Of a market without a rhythm."""
    logs = NOISES["white"](8 * WEEK, np.random.default_rng(5))
    return advised(hourly(logs), parse_settings("timezone: UTC"), "UTC")


def test_of_a_market_without_a_rhythm_the_test_is_named_with_its_chance(nothing: WindowsAnswer) -> None:
    advice = nothing.advice
    assert advice.verdict == "none"
    assert advice.failed in BY_LUCK
    assert advice.chance is not None
    assert advice.chance > advice.chance_allowed == pytest.approx(0.05)
    words = failed_words(advice)
    assert words is not None
    assert f"{advice.chance:.0%} likely" in words
    assert "5% is allowed" in words


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("failed", [one for one in FailedTest if one is not FailedTest.HISTORY])
def test_each_test_has_its_sentence_in_each_language(nothing: WindowsAnswer, failed: FailedTest, language: str) -> None:
    words = Words(language)
    told = failed_text(replace(nothing.advice, failed=failed), words, Figures(words, ZoneInfo("UTC")))
    others = {
        failed_text(replace(nothing.advice, failed=one), words, Figures(words, ZoneInfo("UTC")))
        for one in FailedTest
        if one is not failed
    }
    assert told.endswith(".")
    assert told not in others
    assert ("%" in told) == (failed in BY_LUCK)


def test_what_is_recommended_failed_nothing(nothing: WindowsAnswer) -> None:
    words = Words("en")
    assert failed_text(replace(nothing.advice, failed=None), words, Figures(words, ZoneInfo("UTC"))) == ""
    assert failed_words(replace(nothing.advice, failed=None)) is None
