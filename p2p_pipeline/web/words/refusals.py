"""Why no hour is recommended, in the reader's language: which test failed, and by how much."""

from __future__ import annotations

from p2p_pipeline.p2p.metrics.timing.advice import Advice
from p2p_pipeline.p2p.metrics.timing.failed_test import FailedTest
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words


def failed_text(advice: Advice, words: Words, figures: Figures) -> str:
    """A sentence; empty when nothing failed or there is too little history, which the page says by itself."""
    text = words.text
    if advice.failed in (None, FailedTest.HISTORY):
        return ""
    luck = ""
    if advice.chance is not None:
        luck = text(
            "{chance} likely where no hour is better; {allowed} is allowed",
            chance=figures.bare_share(advice.chance, 0),
            allowed=figures.bare_share(advice.chance_allowed, 0),
        )
    return {
        FailedTest.PRICES: text("Too few hours have prices that move: there is nothing to compare."),
        FailedTest.BEST_HOUR: text(
            "The test that failed: so good a best hour, all hours having been looked at, is {luck}.", luck=luck
        ),
        FailedTest.SIGNS: text(
            "The test that failed: so good a best hour, whole weeks turned into their mirror image, is {luck}.",
            luck=luck,
        ),
        FailedTest.FOLLOWED: text(
            "The test that failed: what following gave in weeks that did not choose the hours is {luck}.", luck=luck
        ),
        FailedTest.HOURS_OF_DAY: text(
            "The test that failed: hours of the day by themselves. Weekdays differ; see the heatmap."
        ),
        FailedTest.HELD_OUT: text(
            "The test that failed: in weeks that did not choose the hours their mean may be nothing or less."
        ),
        FailedTest.RECENT: text(
            "The test that failed: what looked best when a week began has lately not been better in that week."
        ),
    }[advice.failed]
