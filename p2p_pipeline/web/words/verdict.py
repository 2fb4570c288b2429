"""Whether a price is good now, in one sentence; or why that can't be said."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.p2p.answers.priced import PricedAnswer
from p2p_pipeline.p2p.answers.standing import PriceStanding
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words

SAME_SHARE = 0.0005
"""A difference that nobody would change a plan for."""
OLD_SECONDS = 3 * 3600
"""Stored prices that end longer ago are the reason why nothing can be compared."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a price, and how it is marked."""

    kind: str
    """`better`, `worse`, `level` or `unknown`."""
    text: str
    how_often: str
    """On how many days it was worse; empty where that isn't known."""


def verdict(stands: PriceStanding, told: PricedAnswer, words: Words, figures: Figures) -> Verdict | None:
    """The verdict on the best split; None without one, and of a book too old to trade by."""
    if told.found.quote.best_split is None or told.age.is_stale:
        return None
    usual = stands.usual
    if usual is None:
        return Verdict("unknown", _unknown(stands, told, words, figures), "")
    gain = usual.improvement_over_usual
    share = figures.bare_share(abs(gain))
    how_often = words.many(
        "better than on {share} of one day before",
        "better than on {share} of the {count} days before",
        usual.days,
        share=figures.bare_share(usual.percentile, 0),
    )
    if abs(gain) < SAME_SHARE:
        return Verdict("level", words.text("As good as this hour usually is."), how_often)
    if gain > 0:
        text = words.text("Good now: {share} better than this hour usually is.", share=share)
        return Verdict("better", text, how_often)
    text = words.text("Not good now: {share} worse than this hour usually is.", share=share)
    return Verdict("worse", text, how_often)


def _unknown(stands: PriceStanding, told: PricedAnswer, words: Words, figures: Figures) -> str:
    newest = stands.newest_stored_at
    if newest is None:
        return words.text("Whether that is good can't be said yet: no prices of such a size are stored.")
    age = (told.asked_at - newest).total_seconds()
    if age > OLD_SECONDS:
        return words.text("Whether that is good can't be said: the stored prices end {age} ago.", age=figures.age(age))
    return words.text("Whether that is good can't be said yet: it takes five days of stored prices to know this hour.")
